"""Product titles: cosine of word rarities over all words, joined code words met, computed for all pairs at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.cells import Cells, Part
from matching.comparators.kinds import FULL, Grades, Places, TokenWeights, comparators, levels_of
from matching.spans import spread
from matching.standardize.kinds import Cell

LEVELS = ("exact", "very_high", "high", "good", "fair", "some", "little", "differs")
BOUNDS = (950, 800, 680, 560, 440, 320, 200, 0)


class TitleComparator:
    """Rarity-weighted cosine; integer sums make it the same to the last bit in any batch."""

    levels = LEVELS
    bounds = BOUNDS
    uses_tokens = True
    in_columns = False

    def grade(self, cells: Sequence[Cell], left: Places, right: Places, tokens: TokenWeights) -> Grades:
        """Grade all pairs."""
        number_of: dict[str, int] = {}
        words = [_numbered(str(cell), number_of) for cell in cells]
        weight = np.array([tokens(word) for word in number_of], dtype=np.int64)
        square = weight * weight
        norm = np.array([int(square[list(numbers)].sum()) for numbers in words], dtype=np.float64)
        shared = _shared_weight(words, left, right, square)
        cosine = shared / np.maximum(np.sqrt(norm[left] * norm[right]), 1.0)
        closeness = np.minimum(np.floor(FULL * cosine), FULL).astype(np.int16)
        return Grades(levels_of(closeness, BOUNDS), closeness)

    def term(self, cell: Cell) -> str:
        """The whole title."""
        return str(cell)

    def terms(self, cells: Cells) -> Part:
        """The whole titles."""
        return cells.parts[0]


def _numbered(text: str, number_of: dict[str, int]) -> tuple[int, ...]:
    return tuple(sorted({number_of.setdefault(word, len(number_of)) for word in text.split()}))


def _shared_weight(
    words: Sequence[tuple[int, ...]], left: Places, right: Places, square: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sum of squared rarities of the words that both sides of each pair have."""
    vocabulary = max(len(square), 1)
    counts = np.array([len(each) for each in words], dtype=np.int64)
    flat = np.fromiter((word for each in words for word in each), dtype=np.int64)
    starts = np.cumsum(counts) - counts
    keys = []
    for side in (left, right):
        pair, place = spread(starts[side], counts[side])
        keys.append(pair * vocabulary + flat[place])
    both = np.intersect1d(keys[0], keys[1], assume_unique=True)
    return np.bincount(both // vocabulary, weights=square[both % vocabulary], minlength=len(left)).astype(np.float64)


comparators.register("title_words")(TitleComparator())
