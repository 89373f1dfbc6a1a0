"""One address against another: the level that `addresses` gives to many at once, without the arrays."""

from __future__ import annotations

from collections.abc import Callable

from rapidfuzz.distance import OSA, JaroWinkler

from matching.comparators.address_levels import (
    CITY_ALONE,
    CLOSE,
    DIFFERS,
    OTHER_NUMBER,
    OTHER_UNIT,
    POSTCODE_ALONE,
    SAME,
    SAME_BUILDING,
    SAME_CITY,
    SAME_POSTCODE,
    STREET_LIKENESS,
    STREET_ONLY,
    likeness_of_numbers,
    numbers_among,
    what_words_say,
)
from matching.comparators.columns import ALIKE, EQUAL, SILENT, UNLIKE
from matching.comparators.kinds import INCOMPARABLE
from matching.standardize.address import CITY, COUNTRY, NUMBER, POSTCODE, STREET, UNIT
from matching.standardize.kinds import Cell

Compare = Callable[[str, str], int]


def address_level(left: Cell, right: Cell) -> int:
    """The level of two addresses; INCOMPARABLE when they share no filled part."""
    if _compared(left[COUNTRY], right[COUNTRY], _other_country) == UNLIKE:
        return DIFFERS
    postcode = _compared(left[POSTCODE], right[POSTCODE], _alike)
    city = _compared(left[CITY], right[CITY], _alike)
    silent = postcode == SILENT and city == SILENT
    if not silent and max(postcode, city) < ALIKE:
        return DIFFERS
    street = _compared(left[STREET], right[STREET], _street_agreement)
    if street > UNLIKE:
        return _level_in_street(left, right, exact=street == EQUAL and EQUAL in (postcode, city))
    if street == SILENT and silent:
        return INCOMPARABLE
    if street == SILENT:
        return POSTCODE_ALONE if postcode == EQUAL else CITY_ALONE if city >= ALIKE else DIFFERS
    return SAME_POSTCODE if postcode == EQUAL else SAME_CITY if city == EQUAL else DIFFERS


def _level_in_street(left: Cell, right: Cell, *, exact: bool) -> int:
    number = _compared(left[NUMBER], right[NUMBER], likeness_of_numbers)
    if number == SILENT:
        return STREET_ONLY
    if number == UNLIKE:
        return OTHER_NUMBER
    if number == ALIKE:
        return CLOSE if exact else STREET_ONLY
    if _compared(left[UNIT], right[UNIT], _alike) == UNLIKE:
        return OTHER_UNIT
    if not exact:
        return CLOSE
    return SAME if bool(left[UNIT]) == bool(right[UNIT]) else SAME_BUILDING


def _compared(one: str, other: str, compare: Compare) -> int:
    """EQUAL, SILENT, or what `compare` says of two different texts."""
    if not one or not other:
        return SILENT
    return EQUAL if one == other else compare(one, other)


def _other_country(one: str, other: str) -> int:
    return UNLIKE if len(one) == len(other) else ALIKE


def _alike(one: str, other: str) -> int:
    return ALIKE if _is_slip(one, other) else UNLIKE


def _is_slip(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    most = 1 if shorter < 8 else 2
    if shorter < 4:
        return False
    return bool(OSA.distance(one.replace(" ", ""), other.replace(" ", ""), score_cutoff=most) <= most)


def _street_agreement(one: str, other: str) -> int:
    if one.replace(" ", "") == other.replace(" ", ""):
        return EQUAL
    if " " in one or " " in other or (one.isdigit() and other.isdigit()):
        words_l, words_r = set(one.split()), set(other.split())
        said = what_words_say(words_l, words_r, numbers_among(words_l), numbers_among(words_r))
        if said is not None:
            return said
    return ALIKE if _is_slip(one, other) or JaroWinkler.similarity(one, other) >= STREET_LIKENESS else UNLIKE
