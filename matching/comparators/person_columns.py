"""Names of many pairs of people at once: the levels that `person_names` and `name_scripts` give to one pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import DamerauLevenshtein

from matching.arrow import Texts, pa, pc
from matching.bytewise import Bytes, in_portions
from matching.cells import Cells, Part
from matching.comparators.columns import distinct_pairs
from matching.comparators.kinds import INCOMPARABLE, Places
from matching.comparators.spellings import Spellings
from matching.standardize.person import given_name_roots

GIVEN, MIDDLE, FAMILY, GENERATION = range(4)
_IS_CONSONANT = np.array([chr(byte) not in "aeiouyw " for byte in range(256)])
_IS_VOWEL = np.array([chr(byte) in "aeiou" for byte in range(256)])
_LEAST_WITH_VOWELS, _LEAST_WITHOUT, _FEW = 5, 2, 2
_SIMILAR = 0.84


class Names:
    """Given, middle and family names of many people, numbered alike, so that a name is told in any place."""

    def __init__(self, cells: Cells) -> None:
        chosen = cells.parts[: FAMILY + 1]
        every = Part.of(pa.concat_arrays([part.texts for part in chosen]))
        starts = np.cumsum([0, *(len(part.texts) for part in chosen)])
        self.numbers = [every.codes[start + part.codes] for start, part in zip(starts, chosen, strict=False)]
        self.spelled = Spellings(every.texts)

    def are_close(self, one: Places, other: Places) -> NDArray[np.bool_]:
        """Whether two names are a slip apart, or two in longer ones."""
        spelled = self.spelled
        shorter = spelled.shorter(one, other)
        found = shorter >= 3
        near = spelled.within(
            one[found], other[found], most=np.where(shorter >= 6, 2, 1)[found], scorer=DamerauLevenshtein.distance
        )
        found[found] = near | (spelled.compact.codes[one[found]] == spelled.compact.codes[other[found]])
        return found

    def changed_places(self, left: Places, right: Places) -> NDArray[np.bool_]:
        """Whether given and family name changed places, a small slip in either allowed."""
        given, family = self.numbers[GIVEN], self.numbers[FAMILY]
        given_l, given_r, family_l, family_r = given[left], given[right], family[left], family[right]
        straight = (given_l == given_r) | (family_l == family_r)
        told = (given_l > 0) & (given_r > 0) & (family_l > 0) & (family_r > 0) & ~straight
        found = np.zeros(len(left), dtype=np.bool_)
        for same, one, other in (
            (given_l == family_r, family_l, given_r),
            (family_l == given_r, given_l, family_r),
        ):
            places = np.flatnonzero(told & same & ~found)
            equal = one[places] == other[places]
            close = self.are_close(one[places].astype(np.int64), other[places].astype(np.int64))
            found[places] = equal | close
        return found

    def are_in(self, names: NDArray[np.int32], middles: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether each name is one of the words of a middle name."""
        found: NDArray[np.bool_] = names == middles
        several = np.flatnonzero(self.spelled.has_blank[middles] & (names > 0))
        words = {each: set(self.spelled.strings[each].split()) for each in set(middles[several].tolist())}
        strings = self.spelled.strings
        pairs = zip(names[several].tolist(), middles[several].tolist(), strict=True)
        found[several] = [strings[name] in words[middle] for name, middle in pairs]
        return found & (names > 0)

    def shared_consonants(self, one: Places, other: Places) -> NDArray[np.int64]:
        """How many consonants two names have that are the same and enough to tell; else 0."""
        consonants = Spellings(_consonants(self.spelled.texts))
        has_vowels = _has_vowels(self.spelled.texts)
        least = np.where(has_vowels[one] & has_vowels[other], _LEAST_WITH_VOWELS, _LEAST_WITHOUT)
        sizes = consonants.sizes[one]
        same = (consonants.codes[one] == consonants.codes[other]) & (sizes >= least)
        return np.where(same, sizes, 0)

    def share_roots(self, one: Places, other: Places) -> NDArray[np.bool_]:
        """Whether two given names may stand for one."""
        roots = [given_name_roots(each) for each in self.spelled.strings]
        has_others = np.fromiter((len(each) > 1 for each in roots), dtype=np.bool_, count=len(roots))
        found = np.zeros(len(one), dtype=np.bool_)
        places = np.flatnonzero(has_others[one] | has_others[other])
        pairs = zip(one[places].tolist(), other[places].tolist(), strict=True)
        found[places] = [not roots[first].isdisjoint(roots[second]) for first, second in pairs]
        return found


def _has_vowels(texts: Texts) -> NDArray[np.bool_]:
    spelled = Bytes.of(texts)
    return spelled.having(_IS_VOWEL[spelled.data])


def _consonants(texts: Texts) -> Texts:
    """The names without vowels and blanks, each run of one consonant once."""
    return in_portions(pc.replace_substring(texts, "x", "ks"), _skeletons)[0]


def _skeletons(given: Bytes) -> tuple[Bytes, NDArray[np.bool_]]:
    found = given.kept(_IS_CONSONANT[given.data])
    fresh = np.ones(len(found.data), dtype=np.bool_)
    fresh[1:] = found.data[1:] != found.data[:-1]
    fresh[found.starts[:-1][found.sizes > 0]] = True
    return found.kept(fresh), np.ones(len(given.starts) - 1, dtype=np.bool_)


def given_levels(cells: Cells, left: Places, right: Places) -> NDArray[np.int16]:
    """exact, nickname, close, swapped, initial, similar, differs."""
    names = Names(cells)
    spelled, given, middle = names.spelled, names.numbers[GIVEN], names.numbers[MIDDLE]
    one, other = given[left], given[right]
    sizes, firsts = spelled.sizes, spelled.first_signs
    level = np.where((one == 0) | (other == 0), INCOMPARABLE, 6).astype(np.int16)
    same = (one == other) & (one > 0)
    short = (spelled.shorter(one, other) == 1) & ~same
    level[short] = np.where(firsts[one] == firsts[other], 4, 6)[short]
    open_ = np.flatnonzero((level == 6) & ~short & ~same)
    first, second, place = distinct_pairs(one[open_], other[open_])
    found = np.full(len(first), 6, dtype=np.int16)
    shared = names.shared_consonants(first, second)
    found[names.spelled.is_like(first, second, least=_SIMILAR)] = 5
    found[shared > 0] = 5
    found[shared > _FEW] = 2
    found[names.are_close(first, second)] = 2
    found[names.share_roots(first, second)] = 1
    level[open_] = found[place]
    # The name in daily use may stand second: Karl Heinz, called Heinz.
    differ = open_[level[open_] == 6]
    called = names.are_in(one[differ], middle[right[differ]]) | names.are_in(other[differ], middle[left[differ]])
    level[differ[called]] = 5
    level[names.changed_places(left, right)] = 3
    level[same] = np.where(sizes[one] == 1, 4, 0)[same]
    return level


def family_levels(cells: Cells, left: Places, right: Places) -> NDArray[np.int16]:
    """exact, close, part, similar, differs; incomparable where given and family name changed places."""
    names = Names(cells)
    spelled, family, middle = names.spelled, names.numbers[FAMILY], names.numbers[MIDDLE]
    one, other = family[left], family[right]
    level = np.where((one == 0) | (other == 0), INCOMPARABLE, 4).astype(np.int16)
    same = (one == other) & (one > 0)
    open_ = np.flatnonzero((level == 4) & ~same)
    first, second, place = distinct_pairs(one[open_], other[open_])
    found = np.full(len(first), 4, dtype=np.int16)
    found[spelled.is_like(first, second, least=_SIMILAR)] = 3
    found[_share_a_word(spelled, first, second)] = 2
    found[names.are_close(first, second)] = 1
    level[open_] = found[place]
    unsure = level[open_] >= 3
    shared = names.shared_consonants(first, second)[place]
    level[open_[unsure & (shared > 0)]] = 3
    level[open_[unsure & (shared > _FEW)]] = 1
    # A former name often stands before the one taken in marriage.
    open_ = open_[unsure]
    former = names.are_in(one[open_], middle[right[open_]]) | names.are_in(other[open_], middle[left[open_]])
    level[open_[former]] = 2
    level[names.changed_places(left, right)] = INCOMPARABLE
    level[same] = 0
    return level


def _share_a_word(spelled: Spellings, one: Places, other: Places) -> NDArray[np.bool_]:
    """Whether two different names, one of several words, have a word in common."""
    found = np.zeros(len(one), dtype=np.bool_)
    places = np.flatnonzero(spelled.has_blank[one] | spelled.has_blank[other])
    pairs = zip(spelled.at(one[places]), spelled.at(other[places]), strict=True)
    found[places] = [not set(first.split()).isdisjoint(second.split()) for first, second in pairs]
    return found


def middle_levels(cells: Cells, left: Places, right: Places) -> NDArray[np.int16]:
    """exact, initial, differs."""
    names = Names(cells)
    spelled, middle = names.spelled, names.numbers[MIDDLE]
    one, other = middle[left], middle[right]
    level = np.where((one == 0) | (other == 0), INCOMPARABLE, 2).astype(np.int16)
    open_ = np.flatnonzero((level == 2) & (one != other))
    first, second, place = distinct_pairs(one[open_], other[open_])
    initial = (spelled.first_signs[first] == spelled.first_signs[second]) & (spelled.shorter(first, second) == 1)
    found = np.where(initial, 1, 2)
    found[names.are_close(first, second)] = 0
    level[open_] = found[place]
    same = (one == other) & (one > 0)
    level[same] = np.where(spelled.sizes[one] == 1, 1, 0)[same]
    return level


def generation_levels(cells: Cells, left: Places, right: Places) -> NDArray[np.int16]:
    """same, one silent, differs."""
    codes = cells.parts[GENERATION].codes
    one, other = codes[left], codes[right]
    level = np.where((one > 0) & (other > 0), np.where(one == other, 0, 2), 1)
    return np.where((one == 0) & (other == 0), INCOMPARABLE, level).astype(np.int16)
