"""Parts of many cells as columns of codes, so that each two different parts are compared once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.cells import Cells, Part, arrow_texts
from matching.comparators.kinds import Places
from matching.comparators.spellings import Spellings
from matching.spans import coded
from matching.standardize.kinds import Cell

SILENT, UNLIKE, ALIKE, EQUAL = -1, 0, 1, 2
"""What two parts say of each other: SILENT where either is empty."""

Codes = NDArray[np.int32] | NDArray[np.int64]
Compare = Callable[[Spellings, Places, Places], NDArray[np.int8]]
"""What is said of every two different texts, neither of them empty."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One part of every cell: `spellings.texts[codes[i]]` is that of cell i, and code 0 the empty one."""

    codes: NDArray[np.int32]
    spellings: Spellings

    @classmethod
    def of(cls, part: Part) -> Column:
        """The column of a part."""
        return cls(part.codes, Spellings(part.texts))

    @classmethod
    def each_of(cls, cells: Sequence[Cell], count: int) -> list[Column]:
        """The columns of cells of so many parts."""
        if isinstance(cells, Cells):
            return [cls.of(part) for part in cells.parts]
        return [cls.of(_part([cell[place] for cell in cells])) for place in range(count)]

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Which cells have the part."""
        return self.codes > 0

    def compared(
        self, left: Places, right: Places, compare: Compare, *, where: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int8]:
        """EQUAL, SILENT, or what `compare` says of two different parts; SILENT too outside `where`."""
        one, other = self.codes[left], self.codes[right]
        found = np.full(len(one), SILENT, dtype=np.int8)
        spoken = (one > 0) & (other > 0) if where is None else (one > 0) & (other > 0) & where
        found[spoken & (one == other)] = EQUAL
        differ = np.flatnonzero(spoken & (one != other))
        if len(differ):
            first, second, place = distinct_pairs(one[differ], other[differ])
            found[differ] = compare(self.spellings, first, second)[place]
        return found


def _part(texts: Sequence[str]) -> Part:
    """The part of a few cells: for them a dictionary is quicker than Arrow's."""
    code_of = {"": 0}
    codes = np.fromiter((code_of.setdefault(each, len(code_of)) for each in texts), dtype=np.int32, count=len(texts))
    return Part(codes, arrow_texts(list(code_of)))


def distinct_pairs(one: Codes, other: Codes) -> tuple[Places, Places, NDArray[np.int32]]:
    """Each two numbers once, the lower first, whichever stood left; and for each pair given which of them it is."""
    low, high = np.minimum(one, other).astype(np.int64), np.maximum(one, other).astype(np.int64)
    width = int(high.max(initial=0)) + 1
    place, first = coded(low * width + high)
    return low[first], high[first], place
