"""One comparison of whole addresses, because street, city and postcode tell of the same house."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.arrow import pa, pc
from matching.cells import Cells, Part
from matching.comparators.address_levels import (
    CITY_ALONE,
    CLOSE,
    DIFFERS,
    LEVELS,
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
from matching.comparators.columns import ALIKE, EQUAL, SILENT, UNLIKE, Column
from matching.comparators.kinds import INCOMPARABLE, Grades, Places, TokenWeights, comparators
from matching.comparators.one_address import address_level
from matching.comparators.spellings import Spellings
from matching.records import joined_codes
from matching.spans import distinct_numbers
from matching.standardize.address import ADDRESS_PARTS, CITY, COUNTRY, NUMBER, POSTCODE, STREET, UNIT
from matching.standardize.kinds import Cell

_UNDECIDED = -2
# Rule sets of version 0.1.0 name this comparator: what it says of two addresses never changes.
_LEVELS_0_1 = tuple(name for name in LEVELS if not name.endswith("_alone"))
_LEVEL_0_1 = np.array([_LEVELS_0_1.index(name.removesuffix("_alone")) for name in LEVELS] + [INCOMPARABLE], np.int16)


class AddressComparator:
    """Grades all pairs at once: each two different postcodes, cities, streets, numbers and units are compared once.

    A street that one of the two leaves out is no other street: then their `postcode_alone` or `city_alone` agrees.
    """

    levels: tuple[str, ...] = LEVELS
    bounds: tuple[int, ...] = ()
    uses_tokens = False
    in_columns = True

    def level_of(self, left: Cell, right: Cell) -> int:
        """The level of one pair, as `grade` has it."""
        return address_level(left, right)

    def grade(self, cells: Sequence[Cell], left: Places, right: Places, tokens: TokenWeights) -> Grades:
        """Grade each pair; incomparable when the two share no filled part."""
        part = Column.each_of(cells, ADDRESS_PARTS)
        postcode, city = (part[each].compared(left, right, _alike) for each in (POSTCODE, CITY))
        area = (postcode == EQUAL) | (city == EQUAL)
        silent = (postcode == SILENT) & (city == SILENT)
        # Elsewhere a street of one name is another street.
        near = area | (postcode == ALIKE) | (city == ALIKE) | silent
        street = part[STREET].compared(left, right, _street_agreement, where=near)
        on_street = near & (street > UNLIKE)
        number = part[NUMBER].compared(left, right, _number, where=on_street)
        same_house = on_street & (number == EQUAL)
        unit = part[UNIT].compared(left, right, _alike, where=same_house)
        unsaid = street == SILENT
        level = np.select(
            [(postcode == EQUAL) & unsaid, postcode == EQUAL, (city >= ALIKE) & unsaid, city == EQUAL, silent & unsaid],
            [POSTCODE_ALONE, SAME_POSTCODE, CITY_ALONE, SAME_CITY, INCOMPARABLE],
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

    def terms(self, cells: Cells) -> Part:
        """The term of each cell; each house is spelled once."""
        number, street, postcode, city = (cells.parts[each] for each in (NUMBER, STREET, POSTCODE, CITY))
        in_city = np.where(postcode.filled, 0, city.codes).astype(np.int32)
        house, first = joined_codes([number.codes, street.codes, postcode.codes, in_city])
        place = pc.if_else(pa.array(postcode.filled[first]), postcode.at(first).each(), city.at(first).each())
        spelled = pc.binary_join_element_wise(number.at(first).each(), street.at(first).each(), place, "|")
        terms = Part.of(pc.if_else(pa.array(street.filled[first]), spelled, ""))
        return Part(terms.codes[house], terms.texts)


def _other_country(spelled: Spellings, one: Places, other: Places) -> NDArray[np.int8]:
    """UNLIKE where both are written in one way, as codes or as names."""
    return np.where(spelled.sizes[one] == spelled.sizes[other], UNLIKE, ALIKE).astype(np.int8)


def _alike(spelled: Spellings, one: Places, other: Places) -> NDArray[np.int8]:
    return np.where(_slips(spelled, one, other), ALIKE, UNLIKE).astype(np.int8)


def _slips(spelled: Spellings, one: Places, other: Places) -> NDArray[np.bool_]:
    """Whether texts of four signs and more are the same but for blanks and one slip, or two in a long one."""
    shorter = spelled.shorter(one, other)
    found = shorter >= 4
    most = np.where(shorter < 8, 1, 2)[found]
    found[found] = spelled.compact.within(one[found], other[found], most=most)
    return found


def _number(spelled: Spellings, one: Places, other: Places) -> NDArray[np.int8]:
    """How like different house numbers are."""
    pairs = zip(spelled.at(one), spelled.at(other), strict=True)
    return np.fromiter((likeness_of_numbers(*each) for each in pairs), dtype=np.int8, count=len(one))


def _street_agreement(spelled: Spellings, one: Places, other: Places) -> NDArray[np.int8]:
    """EQUAL but for word order and blanks, ALIKE or UNLIKE."""
    found = np.full(len(one), UNLIKE, dtype=np.int8)
    numbers = spelled.is_number[one] & spelled.is_number[other]
    several = np.flatnonzero(spelled.has_blank[one] | spelled.has_blank[other] | numbers)
    by_words = _agreement_of_words(spelled, one[several], other[several])
    found[several] = by_words
    open_ = np.ones(len(one), dtype=np.bool_)
    open_[several] = by_words == _UNDECIDED
    same = spelled.compact.codes[one] == spelled.compact.codes[other]
    found[same] = EQUAL
    open_ &= ~same
    rest = np.flatnonzero(open_)
    alike = _slips(spelled, one[rest], other[rest])
    alike[~alike] = spelled.is_like(one[rest][~alike], other[rest][~alike], least=STREET_LIKENESS)
    found[rest] = np.where(alike, ALIKE, UNLIKE)
    return found


def _agreement_of_words(spelled: Spellings, one: Places, other: Places) -> NDArray[np.int8]:
    """What the words alone say of different streets, of which one at least has several; else _UNDECIDED."""
    used = distinct_numbers(np.concatenate([one, other])).tolist()
    words = {each: set(spelled.strings[each].split()) for each in used}
    numbers = {each: numbers_among(found) for each, found in words.items()}
    found = np.full(len(one), _UNDECIDED, dtype=np.int8)
    for place, (first, second) in enumerate(zip(one.tolist(), other.tolist(), strict=True)):
        said = what_words_say(words[first], words[second], numbers[first], numbers[second])
        if said is not None:
            found[place] = said
    return found


class _FormerAddressComparator(AddressComparator):
    """The levels of version 0.1.0, in which a street left out and another street were one."""

    levels = _LEVELS_0_1

    def level_of(self, left: Cell, right: Cell) -> int:
        """The level of one pair, as `grade` has it."""
        return int(_LEVEL_0_1[address_level(left, right)])

    def grade(self, cells: Sequence[Cell], left: Places, right: Places, tokens: TokenWeights) -> Grades:
        """Grade each pair; incomparable when the two share no filled part."""
        return Grades(_LEVEL_0_1[super().grade(cells, left, right, tokens).levels])


comparators.register("address_parts")(AddressComparator())
comparators.register("address")(_FormerAddressComparator())
