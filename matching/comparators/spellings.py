"""How many pairs of texts are spelled: a quick look at letters and sizes first, and rapidfuzz where that leaves hope.

The quick look never errs. An edit changes at most one letter into one other, so two texts whose sets of letters differ
in more than two letters an edit are farther apart; and no letter that one of them lacks is matched in Jaro's measure.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from matching.arrow import Texts, pc
from matching.bytewise import Bytes
from matching.cells import Part, python_texts

_FEW = 64
"""For fewer pairs a quick look takes longer than the long one."""
_ROUNDING = 1e-9
_PREFIX = 4

Numbers = NDArray[np.int64] | NDArray[np.int32]


class Spellings:
    """Distinct texts; pairs of them are two arrays of their numbers."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    @cached_property
    def strings(self) -> list[str]:
        """The texts as objects."""
        return python_texts(self.texts)

    @cached_property
    def sizes(self) -> Numbers:
        """How many signs each text has."""
        sizes: NDArray[np.int64] = pc.utf8_length(self.texts).to_numpy().astype(np.int64)
        return sizes

    @cached_property
    def compact(self) -> Spellings:
        """The same texts without blanks, and not all distinct."""
        return Spellings(pc.replace_substring(self.texts, " ", ""))

    @cached_property
    def codes(self) -> NDArray[np.int32]:
        """A number for each text, one for equal ones."""
        return Part.of(self.texts).codes

    @cached_property
    def has_blank(self) -> NDArray[np.bool_]:
        """Which texts are several words."""
        found: NDArray[np.bool_] = pc.match_substring(self.texts, " ").to_numpy(zero_copy_only=False)
        return found

    @cached_property
    def is_number(self) -> NDArray[np.bool_]:
        """Which texts are nothing but digits."""
        found: NDArray[np.bool_] = pc.utf8_is_digit(self.texts).to_numpy(zero_copy_only=False)
        return found

    @cached_property
    def first_signs(self) -> NDArray[np.int32]:
        """A number for the first sign of each text; 0 for none."""
        return Part.of(pc.utf8_slice_codeunits(self.texts, 0, 1)).codes

    @cached_property
    def _bytes(self) -> Bytes:
        return Bytes.of(self.texts)

    @cached_property
    def _letters(self) -> NDArray[np.uint64]:
        """The set of bytes of each text, 64 apart being one; all of them where it isn't ASCII."""
        bits = np.left_shift(np.uint64(1), self._bytes.data & np.uint8(63), dtype=np.uint64)
        found = np.zeros(len(self.texts), dtype=np.uint64)
        filled = self._bytes.sizes > 0
        if filled.any():
            found[filled] = np.bitwise_or.reduceat(bits, self._bytes.starts[:-1][filled])
        return found

    @cached_property
    def _is_ascii(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = pc.string_is_ascii(self.texts).to_numpy(zero_copy_only=False)
        return found

    @cached_property
    def _heads(self) -> NDArray[np.uint8]:
        """The first four bytes of each text, zeros where it is shorter."""
        heads = np.zeros((len(self.texts), _PREFIX), dtype=np.uint8)
        for place in range(_PREFIX):
            long_enough = np.flatnonzero(self._bytes.sizes > place)
            heads[long_enough, place] = self._bytes.data[self._bytes.starts[long_enough] + place]
        return heads

    def at(self, numbers: Numbers) -> list[str]:
        """The texts of these numbers."""
        strings = self.strings
        return [strings[each] for each in numbers.tolist()]

    def shorter(self, first: Numbers, second: Numbers) -> Numbers:
        """The size of the shorter text of each pair."""
        return np.minimum(self.sizes[first], self.sizes[second])

    def distances(
        self, first: Numbers, second: Numbers, *, most: Numbers, scorer: Callable[..., int] = OSA.distance
    ) -> Numbers:
        """The distance of each pair where it is at most `most`, else more than that."""
        found = most + 1
        hopeful = np.arange(len(first))
        if len(first) >= _FEW:
            letters = np.bitwise_count(self._letters[first] ^ self._letters[second])
            near = (np.abs(self.sizes[first] - self.sizes[second]) <= most) & (letters <= 2 * most)
            hopeful = np.flatnonzero(near | ~(self._is_ascii[first] & self._is_ascii[second]))
        if len(hopeful):
            left, right = self.at(first[hopeful]), self.at(second[hopeful])
            cutoff = int(most.max(initial=0))
            found[hopeful] = cpdist(left, right, scorer=scorer, score_cutoff=cutoff, dtype=np.int32)
        return found

    def within(
        self, first: Numbers, second: Numbers, *, most: Numbers | int, scorer: Callable[..., int] = OSA.distance
    ) -> NDArray[np.bool_]:
        """Whether the distance of each pair is at most `most`."""
        limits = np.broadcast_to(np.asarray(most, dtype=np.int64), first.shape)
        near: NDArray[np.bool_] = self.distances(first, second, most=limits, scorer=scorer) <= limits
        return near

    def starts(self, first: Numbers, second: Numbers) -> NDArray[np.bool_]:
        """Whether either text of each pair starts with the other."""
        found: NDArray[np.bool_] = self.first_signs[first] == self.first_signs[second]
        places = np.flatnonzero(found)
        pairs = zip(self.at(first[places]), self.at(second[places]), strict=True)
        found[places] = [one.startswith(other) or other.startswith(one) for one, other in pairs]
        return found

    def similarities(self, first: Numbers, second: Numbers, *, least: float) -> NDArray[np.float64]:
        """The similarity of each pair by Jaro and Winkler; 0 where it is less than `least`, or just that."""
        found = np.zeros(len(first))
        hopeful = np.arange(len(first))
        if len(first) >= _FEW:
            hopeful = np.flatnonzero(self._most_alike(first, second) >= least - _ROUNDING)
        if len(hopeful):
            left, right = self.at(first[hopeful]), self.at(second[hopeful])
            found[hopeful] = cpdist(left, right, scorer=JaroWinkler.similarity, score_cutoff=least, dtype=np.float64)
        return found

    def is_like(self, first: Numbers, second: Numbers, *, least: float) -> NDArray[np.bool_]:
        """Whether the similarity of each pair by Jaro and Winkler is at least `least`."""
        found = np.zeros(len(first), dtype=np.bool_)
        hopeful = np.arange(len(first))
        if len(first) >= _FEW:
            hopeful = np.flatnonzero(self._most_alike(first, second) >= least - _ROUNDING)
        if len(hopeful):
            left, right = self.at(first[hopeful]), self.at(second[hopeful])
            # Without a cutoff: some pairs that just reach it would be left out.
            found[hopeful] = cpdist(left, right, scorer=JaroWinkler.similarity, dtype=np.float64) >= least
        return found

    def _most_alike(self, first: Numbers, second: Numbers) -> NDArray[np.float64]:
        """No pair is more alike than this."""
        size_l, size_r = self.sizes[first], self.sizes[second]
        letters_l, letters_r = self._letters[first], self._letters[second]
        matched = np.minimum(
            size_l - np.bitwise_count(letters_l & ~letters_r), size_r - np.bitwise_count(letters_r & ~letters_l)
        )
        jaro = np.where(matched > 0, (matched / np.maximum(size_l, 1) + matched / np.maximum(size_r, 1) + 1.0) / 3.0, 0)
        jaro[size_l + size_r == 0] = 1.0
        same = np.logical_and.accumulate(self._heads[first] == self._heads[second], axis=1).sum(axis=1)
        alike = jaro + 0.1 * same * (1.0 - jaro)
        return np.where(self._is_ascii[first] & self._is_ascii[second], alike, 1.0)
