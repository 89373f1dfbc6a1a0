"""`python -m benchmarks.truth.loading DIR PROCESSES`: source records to golden records, then the rows alone by COPY.

Reads DIR/load.csv into the empty hub that DATABASE_URL names, as `load --no-settle` for each system and then `match
--train --processes` do; the figures go to DIR/load.json. With one process they tell the phases, too.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import django

from benchmarks.customers.noise import SOURCES
from benchmarks.rehearsing.filling import mapping

ENTITY_TYPE = "customer"
AT_ONCE = 5_000
Batch = tuple[str, list[dict[str, str]]]  # source system, payloads


def main() -> int:
    """Fill the database that DATABASE_URL names; prints how far it is."""
    django.setup()
    from django.utils import timezone  # after setup, as what follows

    from benchmarks.truth.checking import incomplete
    from benchmarks.truth.copying import seconds_to_copy
    from benchmarks.truth.meters import Meter, Spent
    from mdm.actors import SYSTEM
    from mdm.models import SystemMode
    from mdm.services.rule_set_versions import ensure_rule_sets
    from mdm.services.settlement import settle_pending
    from mdm.services.systems import connect_system, put_mapping
    from mdm.services.training import train_match_model
    from mdm.side_by_side import side_by_side

    folder, processes, at = Path(sys.argv[1]), int(sys.argv[2]), timezone.now()
    ensure_rule_sets(actor=SYSTEM, at=at)
    for name in SOURCES:
        system = connect_system(
            name.lower(),
            label=name,
            connector="",
            base_url="",
            credentials_reference="",
            settings={},
            mode=SystemMode.LIVE,
            actor=SYSTEM,
            at=at,
        )
        put_mapping(system, mapping(name.lower()), actor=SYSTEM, at=at)

    def receive() -> None:
        received = Progress("received")
        names = [name.lower() for name in SOURCES]
        for count in side_by_side(partial(receive_all, folder / "load.csv"), names, processes=processes):
            received.advance(count)

    def settle() -> None:
        settle_pending(
            ENTITY_TYPE,
            actor=SYSTEM,
            at=timezone.now(),
            progress=Progress("settled").advance,
            processes=processes,
        )

    meter, spent = Meter(), list[Spent]()
    steps: dict[str, Callable[[], object]] = {
        "receive": receive,
        "train": lambda: train_match_model(ENTITY_TYPE, actor=SYSTEM, at=timezone.now()),
        "settle": settle,
    }
    with meter.watching():
        for step in steps.values():
            with meter.spent(spent):
                step()
    rows, copied = seconds_to_copy(after={})
    figures = {
        "steps": {name: asdict(each) for name, each in zip(steps, spent, strict=True)},
        "rows": rows,
        "copy_seconds": copied,
        "incomplete": incomplete(),
    }
    (folder / "load.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def receive_all(file: Path, name: str) -> int:
    """Take in what one system tells in the file; returns how many records."""
    from django.utils import timezone  # after setup, as what follows

    from mdm.actors import SYSTEM
    from mdm.services.intake import receive_payloads, source_system

    received, system = 0, source_system(name)
    for _, payloads in batches(file, AT_ONCE, of=name):
        receive_payloads(system, ENTITY_TYPE, payloads, actor=SYSTEM, at=timezone.now())
        received += len(payloads)
    return received


class Progress:
    """Prints a line whenever another 20,000 are done."""

    EVERY = 20_000

    def __init__(self, done: str) -> None:
        self._done, self._count = done, 0

    def advance(self, count: int) -> None:
        """So many more are done."""
        before, self._count = self._count, self._count + count
        if before // self.EVERY != self._count // self.EVERY:
            print(f"{self._done} {self._count}", flush=True)


def batches(file: Path, size: int, *, of: str | None = None) -> Iterator[Batch]:
    """The rows of a file in their order, as each system, or one `of` them, sends its own; batches of `size` at most."""
    waiting: dict[str, list[dict[str, str]]] = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            name = row["source"].lower()
            if of is not None and name != of:
                continue
            waiting[name].append(row)
            if len(waiting[name]) == size:
                yield name, waiting.pop(name)
    yield from waiting.items()


if __name__ == "__main__":
    sys.exit(main())
