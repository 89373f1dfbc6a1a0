"""Dates of birth and validity as YYYY-MM-DD, whatever the order they were written in."""

from __future__ import annotations

import re
from functools import lru_cache

from matching.standardize.kinds import Alternatives, Cell, standardizers
from matching.standardize.text import distinct

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar mrz", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"), start=1
    )
    for name in names.split()
}
_PARTS = re.compile(r"\d+|[a-z]+", re.IGNORECASE)
# Two digits above it are of the last century: nobody's clock is asked, so old files read alike for ever.
_PIVOT_YEAR = 30


@lru_cache(maxsize=500_000)
def standardize_date(value: str) -> str:
    """YYYY-MM-DD, or "" when it can't be one. Where day and month are unclear, month first is assumed."""
    compact = value.strip().partition("T")[0]
    if compact.isdigit() and len(compact) == 8:
        parts = [compact[:4], compact[4:6], compact[6:]]
    else:
        parts = _PARTS.findall(compact)[:3]
    if len(parts) != 3:
        return ""
    named = next((part for part in parts if part[:3].lower() in _MONTHS), "")
    if named:
        rest = [part for part in parts if part != named]
        numbers = [int(part) for part in rest if part.isdigit()]
        if len(numbers) != 2:
            return ""
        day, year = (numbers[1], numbers[0]) if len(rest[0]) == 4 else (numbers[0], numbers[1])
        return _iso(year, _MONTHS[named[:3].lower()], day, len(rest[0] if len(rest[0]) == 4 else rest[1]))
    if not all(part.isdigit() for part in parts):
        return ""
    first, second, third = (int(part) for part in parts)
    if len(parts[0]) == 4:
        return _iso(first, second, third, 4)
    month, day = (second, first) if first > 12 else (first, second)
    return _iso(third, month, day, len(parts[2]))


def _iso(year: int, month: int, day: int, digits: int) -> str:
    if digits <= 2:
        year += 1900 if year > _PIVOT_YEAR else 2000
    if month > 12 >= day:
        month, day = day, month
    if not (1800 <= year <= 2999 and 1 <= month <= 12 and 1 <= day <= 31):
        return ""
    return f"{year:04d}-{month:02d}-{day:02d}"


@lru_cache(maxsize=500_000)
def comparable_date(value: str) -> str:
    """Like `standardize_date`, but a date that no calendar has, its parts set apart, year first, is kept.

    It is a slip of a real one: `1964-11-71` is one key away from `1964-11-17`. Zeros, nines and repeated digits stand
    for "not known" and are no date.
    """
    parts = _PARTS.findall(value.strip().partition("T")[0])[:3]
    if len(parts) != 3 or len(parts[0]) != 4 or not all(map(str.isdigit, parts)) or max(map(len, parts[1:])) > 2:
        return standardize_date(value)
    year, month, day = (int(part) for part in parts)
    if year < 1000 or len(set(parts[0])) == 1 or not 1 <= month < 99 or not 1 <= day < 99:
        return ""
    return f"{year:04d}-{month:02d}-{day:02d}"


@standardizers.register("date")
def date_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Each date that a calendar has."""
    return distinct([standardize_date(each) for alternatives in values for each in alternatives])


@standardizers.register("comparable_date")
def comparable_date_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Each date, impossible ones included, since they are compared and not believed."""
    return distinct([comparable_date(each) for alternatives in values for each in alternatives])


@standardizers.register("period")
def period_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """One cell (from, to), half-open; a missing end is written as the end of the calendar."""
    starts, ends = values
    start = standardize_date(starts[0]) if starts else ""
    end = standardize_date(ends[0]) if ends else ""
    return ((start or "0001-01-01", end or "9999-12-31"),) if start or end else ()
