"""One comparison of whole addresses, because street, city and postcode tell of the same house."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from matching.comparators.kinds import INCOMPARABLE, LeveledComparator, comparators
from matching.standardize.address import CITY, COUNTRY, NUMBER, POSTCODE, STREET, UNIT
from matching.standardize.kinds import Cell

LEVELS = (
    "same", "same_building", "close", "street", "other_unit", "other_number", "postcode", "city", "differs"
)  # fmt: skip
SAME, SAME_BUILDING, CLOSE, STREET_ONLY, OTHER_UNIT, OTHER_NUMBER, SAME_POSTCODE, SAME_CITY, DIFFERS = range(9)


def address_level(left: Cell, right: Cell) -> int:
    """Level of two addresses; incomparable when they share no filled part."""
    if (
        left[COUNTRY]
        and right[COUNTRY]
        and left[COUNTRY] != right[COUNTRY]
        and len(left[COUNTRY]) == len(right[COUNTRY])
    ):
        return DIFFERS
    postcode = _agree(left[POSTCODE], right[POSTCODE])
    city = _agree(left[CITY], right[CITY])
    street = _street(left, right)
    area = postcode == 2 or city == 2
    if street is None:
        if postcode is None and city is None:
            return INCOMPARABLE
        return SAME_POSTCODE if postcode == 2 else SAME_CITY if city else DIFFERS
    near = area or bool(postcode) or bool(city) or (postcode is None and city is None)
    if street == 0 or not near:
        return SAME_POSTCODE if postcode == 2 else SAME_CITY if city == 2 else DIFFERS
    return _same_street(left, right, exact=street == 2, area=area)


def _same_street(left: Cell, right: Cell, *, exact: bool, area: bool) -> int:
    number = _number(left[NUMBER], right[NUMBER])
    if number == 0:
        return OTHER_NUMBER
    if left[UNIT] and right[UNIT] and left[UNIT] != right[UNIT] and number == 2 and not _slip(left[UNIT], right[UNIT]):
        return OTHER_UNIT
    if number == 2:
        if exact and area:
            return SAME if bool(left[UNIT]) == bool(right[UNIT]) else SAME_BUILDING
        return CLOSE
    return STREET_ONLY if number is None else CLOSE if exact and area else STREET_ONLY


def _agree(left: str, right: str) -> int | None:
    """2 equal, 1 a slip apart, 0 different, None when one is silent."""
    if not left or not right:
        return None
    return 2 if left == right else 1 if _slip(left, right) else 0


@lru_cache(maxsize=200_000)
def _slip(left: str, right: str) -> bool:
    if min(len(left), len(right)) < 4:
        return False
    compact_l, compact_r = left.replace(" ", ""), right.replace(" ", "")
    return OSA.distance(compact_l, compact_r, score_cutoff=2) <= (1 if min(len(left), len(right)) < 8 else 2)


def _number(left: str, right: str) -> int | None:
    """2 equal, 1 nearly, 0 different, None when one is silent."""
    if not left or not right:
        return None
    if left == right:
        return 2
    digits_l, digits_r = (each.partition("-")[0].rstrip("abcdefghijklmnopqrstuvwxyz") for each in (left, right))
    if digits_l == digits_r:
        return 2 if left.isdigit() or right.isdigit() else 1
    return 1 if len(digits_l) >= 2 and len(digits_r) >= 2 and OSA.distance(digits_l, digits_r) <= 1 else 0


def _street(left: Cell, right: Cell) -> int | None:
    first, second = left[STREET], right[STREET]
    if not first or not second:
        return None
    return _street_agreement(*sorted((first, second)))


@lru_cache(maxsize=500_000)
def _street_agreement(first: str, second: str) -> int:
    """2 equal but for word order, 1 close, 0 different."""
    words_l, words_r = set(first.split()), set(second.split())
    if words_l == words_r or first.replace(" ", "") == second.replace(" ", ""):
        return 2
    smaller, larger = sorted((words_l, words_r), key=len)
    if smaller <= larger and max(map(len, smaller)) >= 4:
        return 1
    if len(smaller) >= 1 and _numbers(words_l) != _numbers(words_r) and (_numbers(words_l) and _numbers(words_r)):
        return 0
    return 1 if _slip(first, second) or JaroWinkler.similarity(first, second) >= 0.92 else 0


def _numbers(words: set[str]) -> set[str]:
    return {word for word in words if word.isdigit()}


def address_term(cell: Cell) -> str:
    """The house without its unit: many records at one house make sharing it weak evidence."""
    return "|".join((cell[NUMBER], cell[STREET], cell[POSTCODE] or cell[CITY])) if cell[STREET] else ""


comparators.register("address")(LeveledComparator(LEVELS, address_level, term_of=address_term))
