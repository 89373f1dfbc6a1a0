"""Parts of blocking keys for whole columns of cells: the same texts that `matching.blocking_parts` makes of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.arrow import Texts, pa, pc
from matching.blocking_parts import STOP_WORDS, sound_of
from matching.bytewise import Bytes, before_first, in_portions, mended
from matching.cells import Cells, Part, arrow_texts
from matching.records import joined_codes
from matching.spans import coded, pairs_within, rising_order
from matching.standardize.address import CITY, NUMBER, POSTCODE, STREET

_VOWELS = frozenset("aeiouyhw")
_IS_VOWEL = np.array([chr(byte) in _VOWELS for byte in range(256)])
_SOUND = np.arange(256, dtype=np.uint8)
_SOUND[list(b"bpfvcgjkqsxzdtlmnr")] = list(b"ppffkkkkksssttlnnr")
_MOST_WORDS = 7


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Lists of texts: those of list i are those of `texts` from `starts[i]` to before `starts[i + 1]`, each once."""

    starts: NDArray[np.int64]
    texts: Part

    @classmethod
    def of(cls, texts: Part) -> Entries:
        """One text a list, none where it is empty."""
        return cls(np.concatenate([[0], np.cumsum(texts.filled)]), Part(texts.codes[texts.filled], texts.texts))


def entries_in_bulk(name: str, cells: Cells) -> Entries | None:
    """The entries of a part for each cell; None where there is no bulk form of it."""
    if name in _BY_TEXT:
        place, make = _BY_TEXT[name]
        part = cells.parts[place]
        return Entries.of(part if make is None else part.with_texts(make(part.texts)))
    return _BY_CELL[name](cells) if name in _BY_CELL else None


def sounds_of(texts: Texts) -> Texts:
    """`sound_of` of every text."""
    spelled = texts
    for letters, sound in ((" ", ""), ("ph", "f"), ("ck", "k"), ("sch", "s"), ("th", "t")):
        spelled = pc.replace_substring(spelled, letters, sound)
    found, told = in_portions(spelled, _skeletons)
    return mended(pc.utf8_slice_codeunits(found, 0, 5), told, texts, sound_of)


def _skeletons(given: Bytes) -> tuple[Bytes, NDArray[np.bool_]]:
    told = ~given.having(given.data >= 0x80)
    kept = ~_IS_VOWEL[given.data]
    kept[given.starts[:-1][given.sizes > 0]] = True
    found = given.kept(kept)
    sounds = _SOUND[found.data]
    fresh = np.ones(len(sounds), dtype=np.bool_)
    fresh[1:] = sounds[1:] != sounds[:-1]
    fresh[found.starts[:-1][found.sizes > 0]] = True
    return Bytes(sounds, found.starts).kept(fresh), told


def _compact(texts: Texts) -> Texts:
    return pc.replace_substring(texts, " ", "")


def _slice(start: int, stop: int | None = None) -> Callable[[Texts], Texts]:
    return lambda texts: pc.utf8_slice_codeunits(texts, start, stop)


def _local_part(texts: Texts) -> Texts:
    local = before_first(texts, "@")
    return pc.if_else(pc.greater_equal(pc.utf8_length(local), 6), local, "")


def _both_names(cells: Cells) -> Entries:
    given, family = cells.parts[0], cells.parts[2]
    one, other = given.with_texts(sounds_of(given.texts)), family.with_texts(sounds_of(family.texts))
    filled = given.filled & family.filled
    columns = [np.where(filled, one.codes, 0), np.where(filled, other.codes, 0), filled.astype(np.int32)]
    code, first = joined_codes(columns)
    left, right = one.at(first).each(), other.at(first).each()
    rising = pc.less_equal(left, right)
    joint = pc.binary_join_element_wise(pc.if_else(rising, left, right), pc.if_else(rising, right, left), "+")
    texts = Part.of(pc.if_else(pa.array(filled[first]), joint, ""))
    return Entries.of(Part(texts.codes[code], texts.texts))


def _house(cells: Cells) -> Entries:
    number, street = cells.parts[NUMBER], cells.parts[STREET]
    filled = number.filled & street.filled
    code, first = joined_codes([np.where(filled, number.codes, 0), np.where(filled, street.codes, 0)])
    joint = pc.binary_join_element_wise(number.at(first).each(), _compact(street.at(first).each()), "|")
    texts = Part.of(pc.if_else(pa.array(filled[first]), joint, ""))
    return Entries.of(Part(texts.codes[code], texts.texts))


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """Words of names, each once a name and in its order, without those of no weight: word i is of `names[i]`."""

    names: NDArray[np.int64]
    words: Part
    count: int

    @classmethod
    def of(cls, cells: Cells, least: int = 2) -> _Words:
        lists = pc.split_pattern(cells.parts[0].texts, " ")
        every = Part.of(lists.flatten())
        long_enough = pc.greater_equal(pc.utf8_length(every.texts), least)
        is_stop = pc.is_in(every.texts, value_set=_STOP_TEXTS)
        counted = pc.and_not(long_enough, is_stop).to_numpy(zero_copy_only=False)
        name = np.repeat(np.arange(len(lists)), np.diff(lists.offsets.to_numpy()))
        chosen = np.flatnonzero(counted[every.codes])
        packed = name[chosen] * len(every.texts) + every.codes[chosen]
        chosen = chosen[coded(packed)[1]]
        by_text = cls(name[chosen], every.at(chosen), len(lists))
        return by_text._of_cells(cells.parts[0].codes)

    def _of_cells(self, codes: NDArray[np.int32]) -> _Words:
        starts = self.starts
        if len(codes) == self.count - 1 and (codes == np.arange(1, self.count)).all():
            return _Words(self.names - 1, self.words, self.count - 1)
        sizes = np.diff(starts)[codes]
        owner = np.repeat(np.arange(len(codes)), sizes)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return _Words(owner, self.words.at(np.repeat(starts[codes], sizes) + within), len(codes))

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each name's words start."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.names, minlength=self.count))])

    def entries(self) -> Entries:
        """The words."""
        return Entries(self.starts, self.words)

    def pairs(self) -> Entries:
        """Every two of a name's first words, in alphabetical order."""
        starts = self.starts
        place = np.arange(len(self.names)) - starts[self.names]
        first = np.flatnonzero(place < _MOST_WORDS)
        rank = np.empty(len(self.words.texts), dtype=np.int64)
        rank[pc.sort_indices(self.words.texts).to_numpy()] = np.arange(len(rank))
        order = first[np.lexsort((rank[self.words.codes[first]], self.names[first]))]
        sizes = np.bincount(self.names[order], minlength=self.count)
        one, other = pairs_within(order, np.cumsum(sizes) - sizes, sizes)
        by_name = rising_order(self.names[one])
        one, other = one[by_name], other[by_name]
        code, seen = joined_codes([self.words.codes[one], self.words.codes[other]])
        joint = pc.binary_join_element_wise(self.words.at(one[seen]).each(), self.words.at(other[seen]).each(), "+")
        texts = Part.of(joint)
        ends = np.concatenate([[0], np.cumsum(np.bincount(self.names[one], minlength=self.count))])
        return Entries(ends, Part(texts.codes[code], texts.texts))


def _initials(cells: Cells) -> Entries:
    found = _Words.of(cells, least=1)
    lists = pa.ListArray.from_arrays(pa.array(found.starts.astype(np.int32)), found.words.each())
    heads = pa.ListArray.from_arrays(lists.offsets, pc.utf8_slice_codeunits(lists.flatten(), 0, 1))
    sizes = np.diff(found.starts)
    whole = pc.binary_join(lists, " ")
    length = pc.utf8_length(whole).to_numpy()
    alone = (sizes == 1) & (length >= 3) & (length <= 6)
    texts = pc.if_else(pa.array(sizes >= 3), pc.binary_join(heads, ""), pc.if_else(pa.array(alone), whole, ""))
    return Entries.of(Part.of(texts))


_STOP_TEXTS = arrow_texts(sorted(STOP_WORDS))
_BY_TEXT: dict[str, tuple[int, Callable[[Texts], Texts] | None]] = {
    "given_initial": (0, _slice(0, 1)),
    "given_sound": (0, sounds_of),
    "family": (2, _compact),
    "family_sound": (2, sounds_of),
    "birth_date": (0, None),
    "birth_year": (0, _slice(0, 4)),
    "email": (0, None),
    "email_local": (0, _local_part),
    "email_start": (0, _slice(0, 3)),
    "phone": (0, None),
    "phone_end": (0, _slice(-7)),
    "tax_id": (1, None),
    "street": (STREET, _compact),
    "street_sound": (STREET, sounds_of),
    "house_number": (NUMBER, None),
    "postcode": (POSTCODE, None),
    "city": (CITY, _compact),
    "organization": (0, _compact),
    "organization_start": (0, lambda texts: _slice(0, 6)(_compact(texts))),
    "place_name": (0, _compact),
    "place_start": (0, lambda texts: _slice(0, 6)(_compact(texts))),
    "gtin": (0, None),
}
_BY_CELL: dict[str, Callable[[Cells], Entries]] = {
    "both_names_sound": _both_names,
    "house": _house,
    "organization_word": lambda cells: _Words.of(cells).entries(),
    "organization_word_pair": lambda cells: _Words.of(cells).pairs(),
    "organization_initials": _initials,
    "place_word": lambda cells: _Words.of(cells).entries(),
    "place_word_pair": lambda cells: _Words.of(cells).pairs(),
    "title_word": lambda cells: _Words.of(cells).entries(),
    "title_word_pair": lambda cells: _Words.of(cells).pairs(),
}
