"""Whole columns of names at once: people, organizations, and which of the two a record is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.arrow import Texts, pa, pc
from matching.bytewise import mended
from matching.cells import Part, arrow_texts, python_texts
from matching.standardize.bulk_values import first_stated
from matching.standardize.kinds import Made, bulk_standardizers
from matching.standardize.organization import (
    LAST_WORDS_OF_FORMS,
    ORGANIZATION,
    PERSON,
    SHORT_FORMS,
    split_legal_form,
    stated_kind,
)
from matching.standardize.person import GENERATIONS, words_of_name
from matching.standardize.text import standardize_texts

_KINDS = arrow_texts(["", PERSON, ORGANIZATION])


def party_kinds(columns: Sequence[Part]) -> Made:
    """What is stated, else what the attributes stated are of. A full name alone is left to the other."""
    kind, organization, given, family, _, _ = columns
    known = [stated_kind(each) for each in python_texts(kind.texts)]
    stated = np.array([(PERSON, ORGANIZATION).index(each) + 1 if each else 0 for each in known], dtype=np.int32)
    code = stated[kind.codes]
    code = np.where((code == 0) & organization.filled, 2, code)
    code = np.where((code == 0) & (given.filled | family.filled), 1, code).astype(np.int32)
    return Made((Part(code, _KINDS),), code > 0)


def person_names(columns: Sequence[Part]) -> Made:
    """Parts given, middle, family and generation, where given and family name leave no choice of what is which."""
    given, middle, family, full = columns
    given_part, plain_given = _name_part(given, _is_plain_given)
    middle_part, _ = _name_part(middle, lambda _: True)
    family_part, plain_family = _name_part(family, _is_plain_family)
    named = given.filled | family.filled
    middle_part = Part(np.where(named, middle_part.codes, 0).astype(np.int32), middle_part.texts)
    generation = Part(np.zeros(len(named), dtype=np.int32), arrow_texts([""]))
    told = np.where(named, plain_given[given.codes] & plain_family[family.codes], ~full.filled)
    return Made((given_part, middle_part, family_part, generation), told)


def _name_part(column: Part, is_plain: Callable[[list[str]], bool]) -> tuple[Part, NDArray[np.bool_]]:
    """The words of each name without titles; and of each distinct text whether they are a whole part."""
    words = standardize_texts(column.texts)
    several = np.flatnonzero(pc.match_substring(words, " ").to_numpy(zero_copy_only=False))
    plain = np.ones(len(words), dtype=np.bool_)
    kept = [words_of_name(each) for each in python_texts(words.take(pa.array(several)))]
    plain[several] = [is_plain(each) for each in kept]
    is_several = np.zeros(len(words), dtype=np.bool_)
    is_several[several] = True
    found = pc.replace_with_mask(words, pa.array(is_several), arrow_texts([" ".join(each) for each in kept]))
    return column.with_texts(found), plain


def _is_plain_given(words: list[str]) -> bool:
    return len(words) == 1


def _is_plain_family(words: list[str]) -> bool:
    return len(words) == 1 or (words[-1] not in GENERATIONS and len(words[0]) > 1)


def organization_names(columns: Sequence[Part]) -> Made:
    """The name without its legal form, of the first attribute stated."""
    column = first_stated(columns)
    return Made((column.with_texts(_without_forms(column.texts)),), np.ones(len(column.codes), dtype=np.bool_))


def _without_forms(texts: Texts) -> Texts:
    """The first of `split_legal_form` of every text: its words, without the last where that alone is a form."""
    words = standardize_texts(texts)
    split = pc.extract_regex(words, r"^(?P<head>.*) (?P<last>[^ ]+)$")
    head = pc.struct_field(split, "head").fill_null("")
    last = Part.of(pc.struct_field(split, "last"))
    before = Part.of(pc.replace_substring_regex(head, r"^.* ", ""))
    plain_end = np.array([each not in LAST_WORDS_OF_FORMS for each in python_texts(last.texts)])
    may_go_on = np.array([each in LAST_WORDS_OF_FORMS or each == "and" for each in python_texts(before.texts)])
    is_form = np.array([each in SHORT_FORMS for each in python_texts(last.texts)])
    stripped = is_form[last.codes] & ~may_go_on[before.codes]
    odd = pc.or_(pc.match_substring_regex(texts, r"[&.]"), pc.match_substring_regex(words, r"^the | and$"))
    told = (plain_end[last.codes] | stripped) & ~odd.to_numpy(zero_copy_only=False)
    return mended(pc.if_else(pa.array(stripped), head, words), told, texts, lambda name: split_legal_form(name)[0])


bulk_standardizers.register("party_kind")(party_kinds)
bulk_standardizers.register("person_name")(person_names)
bulk_standardizers.register("organization_name")(organization_names)
