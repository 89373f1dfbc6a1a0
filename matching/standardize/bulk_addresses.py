"""Whole columns of postal addresses at once, where number, street and unit of a line stand in the usual places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.arrow import Texts, pa, pc
from matching.cells import Part, arrow_texts, python_texts
from matching.standardize.address import UNIT_WORDS, short_street_word, standardize_postcode, standardize_unit
from matching.standardize.bulk_values import one_by_one
from matching.standardize.kinds import Made, bulk_standardizers
from matching.standardize.text import standardize_codes, standardize_texts

# Blanks, digits and letters mean the same to both regular expression engines among these signs only.
_LINE = r"^[\x20-\x7e\x{c0}-\x{ff}]*$"
_UNIT_BEHIND = r"^(?P<head>[^,#]*), (?i:unit|suite|ste|apartment|apt|flat) (?P<unit>\d+)$"
_UNIT_WORD = rf"(?i)(?:^|[\s,])(?:{'|'.join(sorted(UNIT_WORDS))})(?:[^a-z0-9_]|$)"
_NUMBER_BEFORE = r"^(?P<number>\d+[A-Za-z]?) (?P<street>[^\d\s,#/\-][^\d,#]*)$"
_NUMBER_BEHIND = r"^(?P<street>[^\d,#]*[^\d,#\s]) (?P<number>\d+[A-Za-z]?)$"
_NO_NUMBER = r"^[^\d,#]*$"
_ORDINAL_END = r"(?i)^(?:st|nd|rd|th)(?:[^a-z0-9_]|$)"


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Lines of street taken apart: `told` where nothing about them is left to guess."""

    number: Texts
    street: Texts
    unit: Texts
    told: NDArray[np.bool_]
    has_unit: NDArray[np.bool_]

    @classmethod
    def of(cls, lines: Texts) -> _Lines:
        behind = pc.extract_regex(lines, _UNIT_BEHIND)
        unit = pc.struct_field(behind, "unit").fill_null("")
        head = pc.coalesce(pc.struct_field(behind, "head"), lines)
        before, after = pc.extract_regex(head, _NUMBER_BEFORE), pc.extract_regex(head, _NUMBER_BEHIND)
        street = pc.coalesce(pc.struct_field(before, "street"), pc.struct_field(after, "street"), head)
        number = pc.coalesce(pc.struct_field(before, "number"), pc.struct_field(after, "number"), pa.scalar(""))
        ordinal = pc.and_(before.is_valid(), pc.match_substring_regex(street, _ORDINAL_END))
        usual = pc.or_(pc.or_(before.is_valid(), after.is_valid()), pc.match_substring_regex(head, _NO_NUMBER))
        plain = pc.and_(pc.match_substring_regex(lines, _LINE), pc.invert(pc.match_substring_regex(head, _UNIT_WORD)))
        told = pc.and_(pc.and_(usual, plain), pc.invert(ordinal))
        has_unit = pc.not_equal(unit, "")
        return cls(number, street, unit, *(each.to_numpy(zero_copy_only=False) for each in (told, has_unit)))


def addresses(columns: Sequence[Part]) -> Made:
    """Parts number, street, unit, city, region, postcode, country; a line that holds more is left to the other."""
    number, street, unit, city, region, postcode, country = columns
    lines = _Lines.of(street.texts)
    has_line = street.filled
    told = ~has_line | (
        (city.filled | postcode.filled)
        & ~number.filled
        & lines.told[street.codes]
        & ~(unit.filled & lines.has_unit[street.codes])
    )
    own_number = number.with_texts(_house_numbers(number.texts))
    own_unit = unit.with_texts(one_by_one(standardize_unit)(unit.texts))
    parts = (
        _either(own_number, street.with_texts(_house_numbers(lines.number)), has_line),
        street.with_texts(standardize_streets(lines.street)),
        _either(own_unit, street.with_texts(lines.unit), has_line & lines.has_unit[street.codes]),
        city.with_texts(standardize_texts(city.texts)),
        region.with_texts(standardize_texts(region.texts)),
        postcode.with_texts(one_by_one(standardize_postcode)(postcode.texts)),
        country.with_texts(pc.ascii_upper(standardize_texts(country.texts))),
    )
    return Made(parts, told)


def _either(one: Part, other: Part, is_other: NDArray[np.bool_]) -> Part:
    """The other part where that is said, else the one."""
    every = Part.of(pa.concat_arrays([one.texts, other.texts]))
    places = np.where(is_other, len(one.texts) + other.codes, one.codes)
    return Part(every.codes[places], every.texts)


def _house_numbers(texts: Texts) -> Texts:
    """`standardize_number` of every text."""
    return pc.utf8_ltrim(pc.ascii_lower(standardize_codes(texts)), "0")


def standardize_streets(texts: Texts) -> Texts:
    """`standardize_street` of every text: each distinct word is made short once."""
    words = pc.split_pattern(standardize_texts(texts), " ")
    each = Part.of(words.flatten())
    short = each.with_texts(arrow_texts([word and short_street_word(word) for word in python_texts(each.texts)]))
    return pc.binary_join(pa.ListArray.from_arrays(words.offsets, short.each()), " ")


bulk_standardizers.register("address")(addresses)
