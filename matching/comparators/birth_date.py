"""Dates of birth: typing slips and exchanged day and month are told from another birthday."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from matching.comparators.kinds import LeveledComparator, comparators
from matching.comparators.value_columns import birth_date_levels
from matching.standardize.kinds import Cell

LEVELS = ("exact", "swapped", "slip", "one_part", "near", "part", "differs")
# Rule sets of version 0.1.0 name this comparator: what it says of two dates never changes.
_LEVELS_0_1 = ("exact", "swapped", "slip", "near", "part", "differs")


def birth_date_level(left: Cell, right: Cell) -> int:
    """Level of two dates YYYY-MM-DD. `one_part`: year, month or day is another; `near`: two keys wrong."""
    if left == right:
        return 0
    year_l, month_l, day_l = str(left).split("-")
    year_r, month_r, day_r = str(right).split("-")
    if year_l == year_r and month_l == day_r and day_l == month_r:
        return 1
    distance = OSA.distance(str(left), str(right))
    if distance == 1:
        return 2
    same = (year_l == year_r) + (month_l == month_r) + (day_l == day_r)
    if same == 2:
        return 3
    if distance == 2 and same:
        return 4
    return 5 if year_l == year_r or sorted((month_l, day_l)) == sorted((month_r, day_r)) else 6


def _birth_date_level_0_1(left: Cell, right: Cell) -> int:
    """The levels of version 0.1.0, in which one part wrong and two keys wrong were one."""
    level = birth_date_level(left, right)
    return level if level <= 3 else level - 1


comparators.register("birth_date_parts")(LeveledComparator(LEVELS, birth_date_level, birth_date_levels))
comparators.register("birth_date")(LeveledComparator(_LEVELS_0_1, _birth_date_level_0_1))
