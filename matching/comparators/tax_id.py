"""Tax ids, cells (country, number, "valid" or ""): two different valid ids of one country are a conflict."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from matching.comparators.kinds import INCOMPARABLE, LeveledComparator, comparators
from matching.comparators.value_columns import tax_id_levels
from matching.standardize.kinds import Cell


def tax_id_level(left: Cell, right: Cell) -> int:
    """exact, slip, differs, conflict; incomparable across countries, because a company may hold one in each."""
    if left[1] == right[1]:
        return 0
    if left[0] and right[0] and left[0] != right[0]:
        return INCOMPARABLE
    if left[2] and right[2] and left[0] == right[0]:
        return 3
    return 1 if OSA.distance(left[1], right[1], score_cutoff=1) <= 1 else 2


comparators.register("tax_id")(
    LeveledComparator(("exact", "slip", "differs", "conflict"), tax_id_level, tax_id_levels, term_place=1)
)
