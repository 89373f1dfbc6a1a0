"""Levels of addresses, and what numbers and words of two streets say: of many addresses at once and of one alike."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from rapidfuzz.distance import OSA

from matching.comparators.columns import ALIKE, EQUAL, UNLIKE

LEVELS = (
    "same", "same_building", "close", "street", "other_unit", "other_number",
    "postcode_alone", "postcode", "city_alone", "city", "differs",
)  # fmt: skip
(
    SAME, SAME_BUILDING, CLOSE, STREET_ONLY, OTHER_UNIT, OTHER_NUMBER,
    POSTCODE_ALONE, SAME_POSTCODE, CITY_ALONE, SAME_CITY, DIFFERS,
) = range(len(LEVELS))  # fmt: skip
STREET_LIKENESS = 0.92
"""From so much similarity by Jaro and Winkler on, streets are alike."""


def likeness_of_numbers(left: str, right: str) -> int:
    """How like two different house numbers are: `12` and `12a` are the same house."""
    digits_l, digits_r = (each.partition("-")[0].rstrip("abcdefghijklmnopqrstuvwxyz") for each in (left, right))
    if digits_l == digits_r:
        return EQUAL if left.isdigit() or right.isdigit() else ALIKE
    return ALIKE if len(digits_l) >= 2 and len(digits_r) >= 2 and OSA.distance(digits_l, digits_r) <= 1 else UNLIKE


def numbers_among(words: AbstractSet[str]) -> frozenset[str]:
    """The words that are numbers."""
    return frozenset([word for word in words if word.isdigit()])


def what_words_say(
    left: AbstractSet[str], right: AbstractSet[str], numbers_l: AbstractSet[str], numbers_r: AbstractSet[str]
) -> int | None:
    """What the words alone, and the numbers among them, say of different streets; None where that decides nothing."""
    if left == right:
        return EQUAL
    if (left <= right or right <= left) and max(map(len, left & right)) >= 4:
        return ALIKE
    return UNLIKE if numbers_l and numbers_r and numbers_l != numbers_r else None
