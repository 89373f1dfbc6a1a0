"""`python -m benchmarks.rehearsing.measuring NUMBER OUT.json`: rehearse one draft, seconds by phase and peak memory.

Run in a process of its own. Before it, the same rows are read with COPY and nothing else. Seconds of the processor are
those of this process, PostgreSQL's not among them: on a machine with other work they tell more than the clock.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import django

_COPIED = (
    "COPY (SELECT id, key, accepted, received_at FROM mdm_sourcerecord) TO STDOUT",
    "COPY (SELECT id, document FROM mdm_goldenrecord) TO STDOUT",
    "COPY (SELECT source_record_id, golden_record_id FROM mdm_crosswalkentry WHERE unlinked_at IS NULL) TO STDOUT",
)


def main() -> int:
    """Measure on the database that DATABASE_URL names."""
    django.setup()
    from django.utils import timezone  # after setup, as what follows

    from mdm.actors import SYSTEM
    from mdm.services.rehearsal import rehearse

    copied = seconds_to_copy()
    phases: list[tuple[str, float]] = []
    started_mb, started, started_cpu = peak_mb(), time.monotonic(), time.process_time()
    outcome = rehearse(
        "customer",
        int(sys.argv[1]),
        actor=SYSTEM,
        clock=timezone.now,
        on_phase=lambda phase: phases.append((phase, time.monotonic())),
    )
    ended = time.monotonic()
    ends = [begun for _, begun in phases[1:]] + [ended]
    figures = {
        "seconds": ended - started,
        "cpu_seconds": time.process_time() - started_cpu,
        "phases": {name: end - begun for (name, begun), end in zip(phases, ends, strict=True)},
        "copy_seconds": copied,
        "started_mb": started_mb,
        "peak_mb": peak_mb(),
        "counts": dict(outcome.counts),
    }
    Path(sys.argv[2]).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def seconds_to_copy() -> float:
    """Read source records, golden records and crosswalk as text, by COPY, and forget them."""
    from django.db import connection

    started = time.monotonic()
    for statement in _COPIED:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for _ in copy:
                pass
    return time.monotonic() - started


def peak_mb() -> float:
    """The most memory this process held at once so far (resident set). Linux says kilobytes, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.exit(main())
