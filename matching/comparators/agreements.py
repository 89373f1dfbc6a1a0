"""Pricing agreements: overlap of product sets and of validity periods."""

from __future__ import annotations

from matching.comparators.kinds import LeveledComparator, comparators
from matching.standardize.kinds import Cell


def set_level(left: Cell, right: Cell) -> int:
    """same, most (Jaccard from .8), many (from .5), some, none."""
    first, second = set(left), set(right)
    jaccard = len(first & second) / len(first | second)
    return next((level for level, least in enumerate((1.0, 0.8, 0.5, 1e-9)) if jaccard >= least), 4)


def period_level(left: Cell, right: Cell) -> int:
    """same, overlapping, apart; periods are half-open."""
    if left == right:
        return 0
    return 1 if left[0] < right[1] and right[0] < left[1] else 2


def period_start_level(left: Cell, right: Cell) -> int:
    """same, same_start, overlapping, apart: the end of a contract is moved more often than its start."""
    level = period_level(left, right)
    if level == 1:
        return 1 if left[0] == right[0] else 2
    return 3 if level == 2 else 0


comparators.register("set_overlap")(LeveledComparator(("same", "most", "many", "some", "none"), set_level))
comparators.register("period")(LeveledComparator(("same", "overlapping", "apart"), period_level))
comparators.register("period_start")(
    LeveledComparator(("same", "same_start", "overlapping", "apart"), period_start_level)
)
