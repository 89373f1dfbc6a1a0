"""Lists of weighted words, of which many pairs are matched at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from matching.cells import arrow_texts
from matching.comparators.columns import distinct_pairs
from matching.comparators.kinds import Places, TokenWeights
from matching.comparators.spellings import Spellings
from matching.spans import spread

Likeness = Callable[[Spellings, Places, Places], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class WordLists:
    """Words of many lists one after another; those of list i are `words[starts[i]:starts[i + 1]]`.

    A word that stands twice in a list has two numbers, so that it is matched twice at most.
    """

    words: NDArray[np.int64]
    starts: NDArray[np.int64]
    texts: tuple[str, ...]
    weights: NDArray[np.int64]
    totals: NDArray[np.int64]

    @classmethod
    def of(cls, lists: Sequence[Sequence[str]], tokens: TokenWeights) -> WordLists:
        """Number the words and weigh each once."""
        number_of: dict[tuple[str, int], int] = {}
        flat: list[int] = []
        starts = [0]
        for words in lists:
            repeated = len(set(words)) != len(words)
            for place, word in enumerate(words):
                times = words[:place].count(word) if repeated else 0
                flat.append(number_of.setdefault((word, times), len(number_of)))
            starts.append(len(flat))
        texts = tuple(word for word, _ in number_of)
        weights = np.array([tokens(word) for word in texts], dtype=np.int64)
        numbers = np.array(flat, dtype=np.int64)
        sums = np.concatenate([[0], np.cumsum(weights[numbers])])
        bounds = np.array(starts, dtype=np.int64)
        return cls(numbers, bounds, texts, weights, sums[bounds[1:]] - sums[bounds[:-1]])

    def matched(self, one: Places, other: Places, *, likeness: Likeness) -> NDArray[np.float64]:
        """Weight that both lists of each pair share: of equal words whole, of like ones by their likeness.

        Each word is matched once, equal ones first, then the likest; ties go by the words themselves.
        """
        left, right = self._spread(one), self._spread(other)
        met_l, met_r = np.isin(left, right, assume_unique=True), np.isin(right, left, assume_unique=True)
        width = max(len(self.texts), 1)
        equal = np.bincount(left[met_l] // width, weights=self.weights[left[met_l] % width], minlength=len(one))
        return equal + self._like(left[~met_l], right[~met_r], likeness, count=len(one))

    def _spread(self, lists: Places) -> NDArray[np.int64]:
        """Every word of every list, as pair number times the vocabulary plus the word's number."""
        pair, place = spread(self.starts[lists], self.starts[lists + 1] - self.starts[lists])
        return pair * max(len(self.texts), 1) + self.words[place]

    def _like(
        self, left: NDArray[np.int64], right: NDArray[np.int64], likeness: Likeness, *, count: int
    ) -> NDArray[np.float64]:
        width = max(len(self.texts), 1)
        pair_r = right // width
        begins = np.searchsorted(pair_r, np.arange(count + 1))
        mine, theirs = spread(begins[left // width], np.diff(begins)[left // width])
        first, second = left[mine], right[theirs]
        pair, one, other = first // width, first % width, second % width
        low, high, place = distinct_pairs(one, other)
        alike = likeness(Spellings(arrow_texts(self.texts)), low, high)[place]
        found = np.flatnonzero(alike > 0)
        pair, one, other, alike = pair[found], one[found], other[found], alike[found]
        gained = alike * 0.5 * (self.weights[one] + self.weights[other])
        total = np.zeros(count)
        alone = np.bincount(pair, minlength=count)[pair] == 1
        total[pair[alone]] = gained[alone]
        rivals = zip(
            *(each[~alone].tolist() for each in (pair, alike, one, other, gained)),
            strict=True,
        )
        for number, choices in groupby(rivals, key=lambda choice: choice[0]):
            total[number] = self._likest_first(list(choices))
        return total

    def _likest_first(self, choices: list[tuple[int, float, int, int, float]]) -> float:
        taken_l: set[int] = set()
        taken_r: set[int] = set()
        total = 0.0
        for _, _, one, other, gained in sorted(choices, key=lambda c: (-c[1], self.texts[c[2]], self.texts[c[3]])):
            if one not in taken_l and other not in taken_r:
                taken_l.add(one)
                taken_r.add(other)
                total += gained
        return total
