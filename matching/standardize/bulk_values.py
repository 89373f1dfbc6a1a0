"""Whole columns of single values at once: texts, codes, dates, phones, e-mail addresses, web sites and tax ids."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.arrow import Texts, pa, pc
from matching.bytewise import Bytes, in_portions, mended
from matching.cells import Part, arrow_texts, joined_texts, python_texts
from matching.records import joined_codes
from matching.standardize.contact import NATIONAL_DIGITS, national_digits, standardize_email, standardize_website
from matching.standardize.dates import comparable_date, standardize_date
from matching.standardize.identifier import is_valid_tax_id
from matching.standardize.kinds import Made, bulk_standardizers
from matching.standardize.tax_digits import digit_verdicts
from matching.standardize.text import standardize_codes, standardize_texts

_PLAIN_MAIL = r"^[a-z0-9._'\-]+@[a-z0-9\-]+(\.[a-z0-9\-]+)*$"
_IS_DIGIT = np.array([chr(byte) in string.digits for byte in range(256)])
_IS_ANNOUNCER = np.array([chr(byte) in "xX#" for byte in range(256)])


def first_stated(columns: Sequence[Part]) -> Part:
    """Of each record the first of these attributes that it states."""
    if len(columns) == 1:
        return columns[0]
    starts = np.cumsum([0, *(len(column.texts) for column in columns)])
    codes = np.zeros(len(columns[0].codes), dtype=np.int64)
    for start, column in zip(starts[::-1][1:], reversed(columns), strict=True):
        codes = np.where(column.filled, start + column.codes, codes)
    every = Part.of(joined_texts([column.texts for column in columns]))
    return Part(every.codes[codes], every.texts)


def text_by_text(standardize: Callable[[Texts], Texts]) -> Callable[[Sequence[Part]], Made]:
    """The bulk form of a standardizer that makes a cell of each text whatever attribute it is of."""

    def make(columns: Sequence[Part]) -> Made:
        stated = np.sum([column.filled for column in columns], axis=0)
        column = first_stated(columns)
        return Made((column.with_texts(standardize(column.texts)),), stated <= 1)

    return make


def one_by_one(standardize: Callable[[str], str]) -> Callable[[Texts], Texts]:
    """Each distinct text by a function of one: where there are few."""
    return lambda texts: arrow_texts([standardize(each) if each else "" for each in python_texts(texts)])


def standardize_emails(texts: Texts) -> Texts:
    """`standardize_email` of every text."""
    lowered = pc.utf8_lower(texts)
    plain = pc.match_substring_regex(lowered, _PLAIN_MAIL).to_numpy(zero_copy_only=False)
    return mended(lowered, plain & _is_ascii(texts), texts, standardize_email)


def _is_ascii(texts: Texts) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pc.string_is_ascii(texts).to_numpy(zero_copy_only=False)
    return found


def all_national_digits(texts: Texts) -> Texts:
    """`national_digits` of every text."""
    digits, told = in_portions(texts, _digits)
    significant = pc.utf8_ltrim(digits, "0")
    ends = pc.utf8_slice_codeunits(significant, -NATIONAL_DIGITS)
    long_enough = pc.binary_length(significant).to_numpy() >= 6
    found = pc.if_else(pa.array(long_enough & _has_two_digits(significant)), ends, "")
    return mended(found, told, texts, national_digits)


def _digits(given: Bytes) -> tuple[Bytes, NDArray[np.bool_]]:
    told = ~given.having((given.data >= 0x80) | _IS_ANNOUNCER[given.data])
    return given.kept(_IS_DIGIT[given.data]), told


def _has_two_digits(texts: Texts) -> NDArray[np.bool_]:
    """Whether a text has two different signs."""
    spelled = Bytes.of(texts)
    firsts = np.repeat(spelled.data[spelled.starts[:-1][spelled.sizes > 0]], spelled.sizes[spelled.sizes > 0])
    return spelled.having(spelled.data != firsts)


def tax_ids(columns: Sequence[Part]) -> Made:
    """Parts country, number, "valid" or "". Attributes: tax_id, country."""
    numbers, countries = columns
    numbers = numbers.with_texts(standardize_codes(numbers.texts))
    folded = pc.ascii_upper(standardize_texts(countries.texts))
    countries = countries.with_texts(pc.if_else(pc.equal(pc.binary_length(folded), 2), folded, ""))
    code_of_row, first = joined_codes([numbers.codes, np.where(numbers.filled, countries.codes, 0)])
    code, country = numbers.at(first).each(), countries.at(first).each()
    prefix = pc.struct_field(pc.extract_regex(code, r"^(?P<prefix>[A-Z]{2})[A-Z]?\d"), "prefix").fill_null("")
    number = pc.if_else(pc.equal(prefix, ""), code, pc.utf8_slice_codeunits(code, 2))
    where = pc.if_else(pc.equal(prefix, ""), country, prefix)
    is_known = pc.and_(pc.not_equal(where, ""), pc.not_equal(number, "")).to_numpy(zero_copy_only=False)
    valid, told = digit_verdicts(where, number)
    left = np.flatnonzero(is_known & ~told)
    columns_left = (
        each.take(pa.array(left)) for each in (where, pc.binary_join_element_wise(prefix, number, ""), number)
    )
    valid[left] = [is_valid_tax_id(*each) for each in zip(*map(python_texts, columns_left), strict=True)]
    has_number = pc.not_equal(number, "")
    made = (
        pc.if_else(has_number, where, ""),
        number,
        pc.if_else(pc.and_(has_number, pa.array(valid & is_known)), "valid", ""),
    )
    return Made(tuple(Part.of(each).at(code_of_row) for each in made), np.ones(len(code_of_row), dtype=np.bool_))


bulk_standardizers.register("text")(text_by_text(standardize_texts))
bulk_standardizers.register("code")(text_by_text(standardize_codes))
bulk_standardizers.register("date")(text_by_text(one_by_one(standardize_date)))
bulk_standardizers.register("comparable_date")(text_by_text(one_by_one(comparable_date)))
bulk_standardizers.register("phone")(text_by_text(all_national_digits))
bulk_standardizers.register("email")(text_by_text(standardize_emails))
bulk_standardizers.register("website")(text_by_text(one_by_one(standardize_website)))
bulk_standardizers.register("tax_id")(tax_ids)
