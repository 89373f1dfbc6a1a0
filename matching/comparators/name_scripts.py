"""Names of people whatever script they were written in, and whatever name they bore before.

Arabic and Hebrew leave vowels out, and a name comes from Cyrillic into Latin letters in several ways: `ywsf` is Yousef,
and `alyaksandr` Alexander. Rule sets of version 0.1.0 name the comparators without this: what those say never changes.
"""

from __future__ import annotations

import re
from functools import lru_cache

from matching.comparators.kinds import LeveledComparator, comparators
from matching.comparators.person_columns import FAMILY, GIVEN, family_levels, given_levels
from matching.comparators.person_names import (
    CLOSE,
    DIFFERS,
    FAMILY_LEVELS,
    GIVEN_LEVELS,
    SIMILAR,
    family_level,
    given_level,
)
from matching.standardize.kinds import Cell

_VOWELS = re.compile("[aeiou]")
_NOT_CONSONANTS = re.compile("[aeiouyw ]+")
_DOUBLED = re.compile(r"(.)\1+")
# With four, different German family names become one.
_LEAST_WITH_VOWELS, _LEAST_WITHOUT, _FEW = 5, 2, 2
_FAMILY_CLOSE, _FAMILY_PART, _FAMILY_SIMILAR, _FAMILY_DIFFERS = range(1, 5)


def given_level_any_script(left: Cell, right: Cell) -> int:
    """Level of the given names; close where they are one name in two scripts, similar where that is all but sure."""
    level = given_level(left, right)
    if level not in (SIMILAR, DIFFERS) or not (shared := _shared_consonants(left[0], right[0])):
        return level
    return CLOSE if len(shared) > _FEW else SIMILAR


def family_level_any_script(left: Cell, right: Cell) -> int:
    """Level of the family names, likewise; a family name that the other bears as a middle name is a part of it."""
    level = family_level(left, right)
    if level not in (_FAMILY_SIMILAR, _FAMILY_DIFFERS):
        return level
    # A former name often stands before the one taken in marriage.
    if left[2] in right[1].split() or right[2] in left[1].split():
        return _FAMILY_PART
    if not (shared := _shared_consonants(left[2], right[2])):
        return level
    return _FAMILY_CLOSE if len(shared) > _FEW else _FAMILY_SIMILAR


def _shared_consonants(first: str, second: str) -> str:
    """The consonants of both names where they are the same, and enough to tell; else ""."""
    consonants = _consonants(first)
    if consonants != _consonants(second):
        return ""
    have_vowels = _VOWELS.search(first) and _VOWELS.search(second)
    return consonants if len(consonants) >= (_LEAST_WITH_VOWELS if have_vowels else _LEAST_WITHOUT) else ""


@lru_cache(maxsize=200_000)
def _consonants(name: str) -> str:
    return _DOUBLED.sub(r"\1", _NOT_CONSONANTS.sub("", name.replace("x", "ks")))


comparators.register("given_name_any_script")(
    LeveledComparator(GIVEN_LEVELS, given_level_any_script, given_levels, term_place=GIVEN)
)
comparators.register("family_name_any_script")(
    LeveledComparator(FAMILY_LEVELS, family_level_any_script, family_levels, term_place=FAMILY)
)
