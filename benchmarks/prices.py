"""`python -m benchmarks.prices`: what a price costs among --lines agreement lines of 50,000 customers in trees.

Writes them into a database of the test server that is dropped at the end, and asks in process, in turns: a row by its
primary key, a query by hand for the simplest case, one price as known now and at a feed position; then quotes of 1,000
lines. Prints percentiles by the wall and of this process's own work.

Ends with exit code 0 when a single price's p99 is at most 15 ms and a quote's median at most 250 ms, otherwise with 1.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import django

from benchmarks.single_record import percentiles

if TYPE_CHECKING:
    from benchmarks.pricing.asking import Measured
    from benchmarks.pricing.filling import Sizes

Found = TypeVar("Found")
SINGLE_GOAL_MS, QUOTE_GOAL_MS = 15.0, 250.0


def measure(sizes: Sizes, *, singles: int, quotes: int, quote_lines: int) -> tuple[int, Measured]:
    """Fill an empty, migrated hub and ask; returns how many lines there are, and what was measured."""
    # Django must be set up before its models are imported.
    from benchmarks.pricing.asking import ask
    from benchmarks.pricing.filling import fill

    started = monotonic()
    count = fill(sizes)
    print(f"{count:,} lines of {sizes.agreements:,} agreements written in {monotonic() - started:.0f} s", flush=True)
    return count, ask(sizes, singles=singles, quotes=quotes, quote_lines=quote_lines)


def report(measured: Measured) -> str:
    """A table in milliseconds."""
    rows = [f"{'milliseconds':<34}{'p50':>9}{'p90':>9}{'p99':>9}{'max':>9}   own work p50, p99"]
    for name, times in measured.times.items():
        own = percentiles(times.own)
        cells = "".join(f"{each / 1e6:>9.2f}" for each in percentiles(times.wall))
        rows.append(f"{name:<34}{cells}   {own[0] / 1e6:.2f}, {own[2] / 1e6:.2f}")
    rows.append(f"{measured.candidates:.1f} candidates a question; {measured.outcomes}")
    return "\n".join(rows)


def in_own_database(work: Callable[[], Found]) -> Found:
    """What the work finds in an empty, migrated hub on the test server, which is dropped at the end."""
    from mdm.project.supervisor.guard import Kind, hold
    from mdm.project.supervisor.places import Places, default_state
    from tests.databases import TestDatabase

    places = Places(state=default_state(), for_tests=True)
    with hold(Kind.POSTGRES, places=places):
        database = TestDatabase(places=places, worker="benchmark")
        database.create()
        try:
            return work()
        finally:
            database.drop()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prices", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="agreement lines (1000000)")
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--singles", type=int, default=2_000, help="single questions (2000)")
    parser.add_argument("--quotes", type=int, default=30, help="quotes of 1,000 lines (30)")
    given = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.project.settings")
    os.environ.setdefault("ASSAY_LOG_LEVEL", "WARNING")
    django.setup()
    from benchmarks.pricing.asking import QUOTE, SINGLE
    from benchmarks.pricing.filling import Sizes

    sizes = Sizes(customers=given.customers, products=given.products, lines=given.lines)
    _, measured = in_own_database(lambda: measure(sizes, singles=given.singles, quotes=given.quotes, quote_lines=1000))
    print(report(measured))
    single = percentiles(measured.times[SINGLE].wall)[2] / 1e6
    quote = percentiles(measured.times[QUOTE].wall)[0] / 1e6
    verdict = f"a single price's p99 is {single:.1f} ms (at most {SINGLE_GOAL_MS}), a quote's median {quote:.0f} ms"
    passed = single <= SINGLE_GOAL_MS and quote <= QUOTE_GOAL_MS
    print(f"make bench-prices: {'passed' if passed else 'FAILED'}, {verdict} (at most {QUOTE_GOAL_MS:.0f})")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
