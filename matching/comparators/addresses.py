"""One comparison of whole addresses, because street, city and postcode tell of the same house."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler

from matching.comparators.columns import ALIKE, EQUAL, SILENT, UNLIKE, Column
from matching.comparators.kinds import INCOMPARABLE, Grades, Places, TokenWeights, comparators
from matching.standardize.address import ADDRESS_PARTS, CITY, COUNTRY, NUMBER, POSTCODE, STREET, UNIT
from matching.standardize.kinds import Cell

LEVELS = (
    "same", "same_building", "close", "street", "other_unit", "other_number", "postcode", "city", "differs"
)  # fmt: skip
SAME, SAME_BUILDING, CLOSE, STREET_ONLY, OTHER_UNIT, OTHER_NUMBER, SAME_POSTCODE, SAME_CITY, DIFFERS = range(9)


class AddressComparator:
    """Grades all pairs at once: each two different postcodes, cities, streets, numbers and units are compared once."""

    levels = LEVELS
    bounds: tuple[int, ...] = ()
    uses_tokens = False

    def grade(self, cells: Sequence[Cell], left: Places, right: Places, tokens: TokenWeights) -> Grades:
        """Grade each pair; incomparable when the two share no filled part."""
        part = [Column.of([cell[each] for cell in cells]) for each in range(ADDRESS_PARTS)]
        postcode, city = (part[each].compared(left, right, _alike) for each in (POSTCODE, CITY))
        street = part[STREET].compared(left, right, _street_agreement)
        area = (postcode == EQUAL) | (city == EQUAL)
        silent = (postcode == SILENT) & (city == SILENT)
        on_street = (street > UNLIKE) & (area | (postcode == ALIKE) | (city == ALIKE) | silent)
        number = part[NUMBER].compared(left, right, _number, where=on_street)
        same_house = on_street & (number == EQUAL)
        unit = part[UNIT].compared(left, right, _alike, where=same_house)
        level = np.select(
            [postcode == EQUAL, city == EQUAL, (city == ALIKE) & (street == SILENT), silent & (street == SILENT)],
            [SAME_POSTCODE, SAME_CITY, SAME_CITY, INCOMPARABLE],
            DIFFERS,
        )
        exact = (street == EQUAL) & area
        both_or_neither = part[UNIT].filled[left] == part[UNIT].filled[right]
        # Each line outranks those above it.
        level = np.where(on_street, np.where(number == SILENT, STREET_ONLY, OTHER_NUMBER), level)
        level = np.where(on_street & (number == ALIKE), np.where(exact, CLOSE, STREET_ONLY), level)
        level = np.where(same_house, np.where(exact, np.where(both_or_neither, SAME, SAME_BUILDING), CLOSE), level)
        level = np.where(same_house & (unit == UNLIKE), OTHER_UNIT, level)
        elsewhere = part[COUNTRY].compared(left, right, _other_country) == UNLIKE
        return Grades(np.where(elsewhere, DIFFERS, level).astype(np.int16))

    def term(self, cell: Cell) -> str:
        """The house without its unit: many records at one house make sharing it weak evidence."""
        return "|".join((cell[NUMBER], cell[STREET], cell[POSTCODE] or cell[CITY])) if cell[STREET] else ""


def _other_country(left: str, right: str) -> int:
    """UNLIKE where both are written in one way, as codes or as names."""
    return UNLIKE if len(left) == len(right) else ALIKE


def _alike(left: str, right: str) -> int:
    return ALIKE if _slip(left, right) else UNLIKE


def _slip(left: str, right: str) -> bool:
    if min(len(left), len(right)) < 4:
        return False
    compact_l, compact_r = left.replace(" ", ""), right.replace(" ", "")
    return OSA.distance(compact_l, compact_r, score_cutoff=2) <= (1 if min(len(left), len(right)) < 8 else 2)


def _number(left: str, right: str) -> int:
    """How like two different house numbers are: `12` and `12a` are the same house."""
    digits_l, digits_r = (each.partition("-")[0].rstrip("abcdefghijklmnopqrstuvwxyz") for each in (left, right))
    if digits_l == digits_r:
        return EQUAL if left.isdigit() or right.isdigit() else ALIKE
    return ALIKE if len(digits_l) >= 2 and len(digits_r) >= 2 and OSA.distance(digits_l, digits_r) <= 1 else UNLIKE


def _street_agreement(left: str, right: str) -> int:
    """EQUAL but for word order and blanks, ALIKE or UNLIKE."""
    first, second = sorted((left, right))
    words_l, words_r = set(first.split()), set(second.split())
    if words_l == words_r or first.replace(" ", "") == second.replace(" ", ""):
        return EQUAL
    smaller, larger = sorted((words_l, words_r), key=len)
    if smaller <= larger and max(map(len, smaller)) >= 4:
        return ALIKE
    if _numbers(words_l) != _numbers(words_r) and (_numbers(words_l) and _numbers(words_r)):
        return UNLIKE
    return ALIKE if _slip(first, second) or JaroWinkler.similarity(first, second) >= 0.92 else UNLIKE


def _numbers(words: set[str]) -> set[str]:
    return {word for word in words if word.isdigit()}


comparators.register("address")(AddressComparator())
