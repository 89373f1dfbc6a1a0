"""`python -m benchmarks.truth.arriving DIR`: small batches of records, each settled as it arrives.

Sends DIR/arrivals.csv to the hub that DATABASE_URL names, in batches of one system as the API takes them; every batch
is a transaction of its own with all checks of the database on. The figures go to DIR/arrivals.json.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import django

from benchmarks.truth.loading import ENTITY_TYPE, batches

AT_ONCE = 100
WARMING = 3  # batches that come first and are not counted: a hub in use has read its rules and planned its queries


def main() -> int:
    """Measure on a hub that `benchmarks.truth.loading` filled."""
    django.setup()
    from django.utils import timezone  # after setup, as what follows

    from benchmarks.truth.checking import incomplete
    from benchmarks.truth.copying import last_rows, seconds_to_copy
    from benchmarks.truth.meters import Meter, Spent
    from mdm.actors import Actor
    from mdm.models import SourceSystem
    from mdm.services.submissions import Submission, submit_payloads

    folder = Path(sys.argv[1])
    systems = {system.name: system for system in SourceSystem.objects.all()}
    sent = [
        [Submission(systems[name], ENTITY_TYPE, payload) for payload in payloads]
        for name, payloads in batches(folder / "arrivals.csv", AT_ONCE)
    ]

    def submit(batch: list[Submission]) -> float:
        started = time.monotonic()
        submit_payloads(batch, actor=Actor("benchmark"), at=timezone.now())
        return time.monotonic() - started

    for batch in sent[:WARMING]:
        submit(batch)
    before = last_rows()
    meter, spent = Meter(), list[Spent]()
    with meter.watching(), meter.spent(spent):
        took = [submit(batch) for batch in sent[WARMING:]]
    rows, copied = seconds_to_copy(after=before)
    figures = {
        **asdict(spent[0]),
        "records": sum(map(len, sent[WARMING:])),
        "batch_seconds": sorted(took),
        "rows": rows,
        "copy_seconds": copied,
        "incomplete": incomplete(),
    }
    (folder / "arrivals.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
