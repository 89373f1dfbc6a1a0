"""Product titles: cosine of word rarities over all words, joined code words met, computed for all pairs at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.comparators.kinds import FULL, Grades, TokenWeights, comparators, levels_of
from matching.standardize.kinds import Cell

LEVELS = ("exact", "very_high", "high", "good", "fair", "some", "little", "differs")
BOUNDS = (950, 800, 680, 560, 440, 320, 200, 0)


class TitleComparator:
    """Rarity-weighted cosine; integer sums make it the same to the last bit in any batch."""

    levels = LEVELS
    bounds = BOUNDS
    uses_tokens = True

    def grade(self, left: Sequence[Cell], right: Sequence[Cell], tokens: TokenWeights) -> Grades:
        """Grade all pairs."""
        number_of: dict[str, int] = {}
        words = {text: _numbered(text, number_of) for text in {*map(str, left), *map(str, right)}}
        weight = np.array([tokens(word) for word in number_of], dtype=np.int64)
        square = weight * weight
        norm = {text: int(square[list(numbers)].sum()) for text, numbers in words.items()}
        shared = _shared_weight([words[str(each)] for each in left], [words[str(each)] for each in right], square)
        norm_l = np.array([norm[str(each)] for each in left], dtype=np.float64)
        norm_r = np.array([norm[str(each)] for each in right], dtype=np.float64)
        cosine = shared / np.maximum(np.sqrt(norm_l * norm_r), 1.0)
        closeness = np.minimum(np.floor(FULL * cosine), FULL).astype(np.int16)
        return Grades(levels_of(closeness, BOUNDS), closeness)

    def term(self, cell: Cell) -> str:
        """The whole title."""
        return str(cell)


def _numbered(text: str, number_of: dict[str, int]) -> tuple[int, ...]:
    return tuple(sorted({number_of.setdefault(word, len(number_of)) for word in text.split()}))


def _shared_weight(
    left: Sequence[tuple[int, ...]],
    right: Sequence[tuple[int, ...]],
    square: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Sum of squared rarities of the words that both sides of each pair have."""
    vocabulary = max(len(square), 1)
    keys = [
        np.repeat(np.arange(len(side), dtype=np.int64), [len(words) for words in side]) * vocabulary
        + np.fromiter((word for words in side for word in words), dtype=np.int64)
        for side in (left, right)
    ]
    both = np.intersect1d(keys[0], keys[1], assume_unique=True)
    return np.bincount(both // vocabulary, weights=square[both % vocabulary], minlength=len(left)).astype(np.float64)


comparators.register("title_words")(TitleComparator())
