"""`python -m benchmarks.trees`: what roll-ups cost in a tree of --nodes customers who each ship to a place.

Writes them into a database of the test server that is dropped at the end, and asks in process, in turns: a row by its
primary key, as many rows by key as a page has, and everything that the hierarchy addresses ask. Tells, too, what the
guard against circles adds to the writing. Ends with exit code 0 when the p50 of a page of all ship-tos under the top is
at most 20 ms, otherwise with 1.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import django

from benchmarks.single_record import percentiles

if TYPE_CHECKING:
    from benchmarks.hierarchies.measuring import Measured

GOAL_MS = 20.0


def measure(nodes: int, *, rounds: int) -> Measured:
    """Fill an empty, migrated hub and ask."""
    # Django must be set up before its models are imported.
    from benchmarks.hierarchies.measuring import ask, fill

    measured = fill(nodes)
    ask(measured, nodes, rounds=rounds)
    return measured


def report(measured: Measured) -> str:
    """A table in milliseconds."""
    rows = [f"{'milliseconds':<34}{'p50':>9}{'p90':>9}{'p99':>9}   rows   own work p50"]
    for name, times in measured.times.items():
        cells = "".join(f"{each / 1e6:>9.2f}" for each in percentiles(times.wall)[:3])
        own = percentiles(times.own)[0] / 1e6
        rows.append(f"{name:<34}{cells}{measured.found[name]:>7}   {own:.2f}")
    rows.append(
        f"all edges in one statement: {measured.guarded_seconds:.1f} s,"
        f" without the guard against circles {measured.unguarded_seconds:.1f} s"
    )
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trees", description=__doc__)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=200)
    given = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.project.settings")
    os.environ.setdefault("ASSAY_LOG_LEVEL", "WARNING")
    django.setup()
    from benchmarks.hierarchies.measuring import PAGE
    from mdm.project.supervisor.guard import Kind, hold
    from mdm.project.supervisor.places import Places, default_state
    from tests.databases import TestDatabase

    places = Places(state=default_state(), for_tests=True)
    with hold(Kind.POSTGRES, places=places):
        database = TestDatabase(places=places, worker="benchmark")
        database.create()
        try:
            measured = measure(given.nodes, rounds=given.rounds)
        finally:
            database.drop()
    print(report(measured))
    page = percentiles(measured.times[PAGE].wall)[0] / 1e6
    passed = page <= GOAL_MS
    print(f"make bench-trees: {'passed' if passed else 'FAILED'}, a page of ship-tos takes {page:.1f} ms (at most 20)")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
