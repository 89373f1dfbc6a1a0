"""`python -m benchmarks.radar`: what the nightly look at --lines agreement lines takes.

Writes them into a database of the test server that is dropped at the end, tells two systems of them under keys of their
own, one line in fifty otherwise, and looks twice: when every finding is new, and when all are known. Prints the seconds
of each kind of finding and the most memory this process held.

Ends with exit code 0 when the first look took at most five minutes, otherwise with 1.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, process_time
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from benchmarks.pricing.filling import Sizes

GOAL_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by the wall and of this process's own work; findings that were open after it, by kind."""

    wall: float
    own: float
    kinds: Mapping[str, float]
    findings: dict[str, int]
    share: float


def measure(sizes: Sizes) -> list[Taken]:
    """Fill an empty, migrated hub and look twice."""
    # Django must be set up before its models are imported.
    from benchmarks.pricing.filling import fill
    from benchmarks.pricing.telling import tell_systems

    started = monotonic()
    count = fill(sizes)
    tell_systems(sizes)
    print(f"{count:,} lines of {sizes.agreements:,} agreements written in {monotonic() - started:.0f} s", flush=True)
    return [_look(), _look()]


def _look() -> Taken:
    from datetime import UTC, datetime

    from mdm.radar import kinds
    from mdm.selectors.price_radar import open_counts
    from mdm.services.price_radar import look_at_prices

    started, worked = monotonic(), process_time()
    # A third of the lines end on 1 January: on this day all of those are findings.
    looked = look_at_prices(at=datetime(2026, 12, 1, tzinfo=UTC))
    found = {name: sum(band["findings"] for band in open_counts()[name].values()) for name in kinds}
    return Taken(monotonic() - started, process_time() - worked, looked.seconds, found, looked.accuracy.share)


def report(looks: Sequence[Taken]) -> str:
    """A table in seconds."""
    first, second = looks
    rows = [f"{'seconds':<24}{'first look':>12}{'second':>12}{'findings':>12}"]
    for name in first.kinds:
        cells = f"{first.kinds[name]:>12.1f}{second.kinds[name]:>12.1f}"
        rows.append(f"{name:<24}{cells}{first.findings.get(name, 0) or '':>12}")
    rows.append(f"{'in all':<24}{first.wall:>12.1f}{second.wall:>12.1f}{sum(first.findings.values()):>12}")
    rows.append(f"{'own work in all':<24}{first.own:>12.1f}{second.own:>12.1f}")
    rows.append(f"pricing accuracy {first.share:.2%}; at most {_peak_mb():.0f} MB held")
    return "\n".join(rows)


def _peak_mb() -> float:
    # Linux says kilobytes, macOS bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.radar", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="agreement lines (1000000)")
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--products", type=int, default=20_000)
    given = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.project.settings")
    os.environ.setdefault("ASSAY_LOG_LEVEL", "WARNING")
    django.setup()
    from benchmarks.prices import in_own_database
    from benchmarks.pricing.filling import Sizes

    sizes = Sizes(customers=given.customers, products=given.products, lines=given.lines)
    looks = in_own_database(lambda: measure(sizes))
    print(report(looks))
    passed = looks[0].wall <= GOAL_SECONDS
    print(f"make bench-radar: {'passed' if passed else 'FAILED'}, the first look took {looks[0].wall:.0f} s"
          f" (at most {GOAL_SECONDS:.0f})")  # fmt: skip
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
