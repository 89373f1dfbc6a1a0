"""The figures as lines, and which goals they miss."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

Figures = Mapping[str, Any]  # as the JSON files hold them

LONGEST_LOAD_SECONDS = 900.0  # for a million records; fewer have their share
MOST_GROWTH = 1.1  # exponent of the load's time over the number of records
LEAST_ARRIVALS = 400.0  # records a second
MOST_MEMORY_GROWTH = 2.0  # peak of the load's process over the peak at a tenth of the records: bounded, not constant


def load_lines(count: int, load: Figures) -> Iterator[str]:
    """A table of the load's steps and phases."""
    steps = load["steps"]
    total = load_seconds(load)
    yield (
        f"load: {total:.1f} s, {count / total:.0f} records/s, peak {peak_mb(load):.0f} MB; "
        f"COPY of the same {sum(load['rows'].values())} rows {load['copy_seconds']:.1f} s, "
        f"{count / load['copy_seconds']:.0f} records/s"
    )
    for name, step in steps.items():
        yield f"  {name}: {step['seconds']:.1f} s{_processors(step)}, peak {step['peak_mb']:.0f} MB"
        yield from _phases(step)


def arrival_lines(arrivals: Figures) -> Iterator[str]:
    """A table of the arrivals' phases."""
    took = arrivals["batch_seconds"]
    yield (
        f"arrivals: {arrivals['records']} records in {len(took)} batches, {arrivals_a_second(arrivals):.0f} records/s; "
        f"a batch takes {took[len(took) // 2] * 1e3:.0f} ms, one in ten {took[len(took) * 9 // 10] * 1e3:.0f} or more, "
        f"at most {took[-1] * 1e3:.0f}; COPY of the same {sum(arrivals['rows'].values())} rows "
        f"{arrivals['records'] / arrivals['copy_seconds']:.0f} records/s"
    )
    yield f"  all: {arrivals['seconds']:.1f} s{_processors(arrivals)}"
    yield from _phases(arrivals)


def missed_goals(found: Mapping[int, tuple[Figures, Figures]]) -> list[str]:
    """What falls short, in plain words."""
    fewest, most = min(found), max(found)
    missed = []
    load = found[most][0]
    limit = LONGEST_LOAD_SECONDS * most / 1_000_000
    if load_seconds(load) > limit:
        missed.append(f"the load took {load_seconds(load):.0f} s of at most {limit:.0f}")
    if fewest < most:
        before = found[fewest][0]
        growth = math.log(load_seconds(load) / load_seconds(before)) / math.log(most / fewest)
        if growth > MOST_GROWTH:
            missed.append(f"time grows with the power {growth:.2f} of the records, at most {MOST_GROWTH}")
        if peak_mb(load) > MOST_MEMORY_GROWTH * peak_mb(before):
            missed.append(f"memory grew from {peak_mb(before):.0f} to {peak_mb(load):.0f} MB")
    rate = arrivals_a_second(found[most][1])
    if rate < LEAST_ARRIVALS:
        missed.append(f"{rate:.0f} arrivals a second of at least {LEAST_ARRIVALS:.0f}")
    return missed


def load_seconds(load: Figures) -> float:
    """All steps together."""
    return float(sum(step["seconds"] for step in load["steps"].values()))


def peak_mb(load: Figures) -> float:
    """The most that the load's process held at once."""
    return float(max(step["peak_mb"] for step in load["steps"].values()))


def arrivals_a_second(arrivals: Figures) -> float:
    """Records."""
    return float(arrivals["records"] / arrivals["seconds"])


def _processors(spent: Figures) -> str:
    server = "not told" if spent["postgres_seconds"] is None else f"{spent['postgres_seconds']:.1f} s"
    return f", processor: hub {spent['own_seconds']:.1f} s, PostgreSQL {server}"


def _phases(spent: Figures) -> Iterator[str]:
    """The longest first; what the clock has beyond this process's processor is mostly PostgreSQL's."""
    for name, (wall, own) in sorted(spent["phases"].items(), key=lambda each: -each[1][0]):
        yield f"    {name:<22}{wall:>8.1f} s{own:>8.1f} s of processor"
