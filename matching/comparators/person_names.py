"""Given, middle and family name and generation of people, from cells (given, middle, family, generation)."""

from __future__ import annotations

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from matching.comparators.kinds import INCOMPARABLE, LeveledComparator, comparators
from matching.comparators.person_columns import FAMILY, GENERATION, GIVEN, MIDDLE, generation_levels, middle_levels
from matching.standardize.kinds import Cell
from matching.standardize.person import given_name_roots

EXACT, NICKNAME, CLOSE, SWAPPED, INITIAL, SIMILAR, DIFFERS = range(7)
GIVEN_LEVELS = ("exact", "nickname", "close", "swapped", "initial", "similar", "differs")
FAMILY_LEVELS = ("exact", "close", "part", "similar", "differs")


def _close(left: str, right: str) -> bool:
    shorter = min(len(left), len(right))
    if shorter < 3:
        return False
    distance = DamerauLevenshtein.distance(left, right, score_cutoff=2)
    return distance <= 1 or (distance == 2 and shorter >= 6) or left.replace(" ", "") == right.replace(" ", "")


def _similar(left: str, right: str) -> bool:
    return JaroWinkler.similarity(left, right) >= 0.84


def _swapped(left: Cell, right: Cell) -> bool:
    """Whether given and family name changed places, a small slip in either allowed."""
    straight = left[0] == right[0] or left[2] == right[2]
    return (
        not straight
        and bool(left[0] and left[2] and right[0] and right[2])
        and (
            (left[0] == right[2] and (left[2] == right[0] or _close(left[2], right[0])))
            or (left[2] == right[0] and _close(left[0], right[2]))
        )
    )


def given_level(left: Cell, right: Cell) -> int:
    """Level of the given names."""
    first, second = left[0], right[0]
    if first and first == second:
        return INITIAL if len(first) == 1 else EXACT
    if _swapped(left, right):
        return SWAPPED
    if not first or not second:
        return INCOMPARABLE
    if min(len(first), len(second)) == 1:
        return INITIAL if first[0] == second[0] else DIFFERS
    return _unequal_given_level(left, right)


def _unequal_given_level(left: Cell, right: Cell) -> int:
    first, second = left[0], right[0]
    if given_name_roots(first) & given_name_roots(second):
        return NICKNAME
    if _close(first, second):
        return CLOSE
    # The name in daily use may stand second: Karl Heinz, called Heinz.
    if first in right[1].split() or second in left[1].split():
        return SIMILAR
    return SIMILAR if _similar(first, second) else DIFFERS


def family_level(left: Cell, right: Cell) -> int:
    """Level of the family names; silent where given and family name changed places, which the given name tells."""
    first, second = left[2], right[2]
    if first and first == second:
        return 0
    if not first or not second or _swapped(left, right):
        return INCOMPARABLE
    if _close(first, second):
        return 1
    if set(first.split()) & set(second.split()):
        return 2
    return 3 if _similar(first, second) else 4


def middle_level(left: Cell, right: Cell) -> int:
    """Level of the middle names: exact, initial, differs."""
    first, second = left[1], right[1]
    if not first or not second:
        return INCOMPARABLE
    if first == second:
        return 1 if len(first) == 1 else 0
    if _close(first, second):
        return 0
    return 1 if first[0] == second[0] and min(len(first), len(second)) == 1 else 2


def generation_level(left: Cell, right: Cell) -> int:
    """Level of Jr, Sr, III: same, one silent, differs; incomparable when both are silent."""
    if not left[3] and not right[3]:
        return INCOMPARABLE
    if left[3] == right[3]:
        return 0
    return 2 if left[3] and right[3] else 1


comparators.register("given_name")(LeveledComparator(GIVEN_LEVELS, given_level, term_place=GIVEN))
comparators.register("family_name")(LeveledComparator(FAMILY_LEVELS, family_level, term_place=FAMILY))
comparators.register("middle_name")(
    LeveledComparator(("exact", "initial", "differs"), middle_level, middle_levels, term_place=MIDDLE)
)
comparators.register("generation")(
    LeveledComparator(("same", "one_silent", "differs"), generation_level, generation_levels, term_place=GENERATION)
)
