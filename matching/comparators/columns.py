"""Parts of many cells as columns of codes, so that each two different parts are compared once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.comparators.kinds import Places

SILENT, UNLIKE, ALIKE, EQUAL = -1, 0, 1, 2
"""What two parts say of each other: SILENT where either is empty."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One part of every cell: `values[codes[i]]` is that of cell i, and code 0 the empty one."""

    codes: NDArray[np.int64]
    values: tuple[str, ...]

    @classmethod
    def of(cls, parts: Sequence[str]) -> Column:
        """The column of these parts."""
        code_of = {"": 0}
        codes = np.fromiter((code_of.setdefault(each, len(code_of)) for each in parts), dtype=np.int64)
        return cls(codes, tuple(code_of))

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Which cells have the part."""
        return self.codes > 0

    def compared(
        self,
        left: Places,
        right: Places,
        compare: Callable[[str, str], int],
        *,
        where: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.int8]:
        """EQUAL, SILENT, or what `compare` says of two different parts; SILENT too outside `where`."""
        one, other = self.codes[left], self.codes[right]
        found = np.full(len(one), SILENT, dtype=np.int8)
        spoken = (one > 0) & (other > 0) if where is None else (one > 0) & (other > 0) & where
        found[spoken & (one == other)] = EQUAL
        differ = np.flatnonzero(spoken & (one != other))
        if not len(differ):
            return found
        width = len(self.values)
        low, high = np.minimum(one[differ], other[differ]), np.maximum(one[differ], other[differ])
        pairs, place = np.unique(low * width + high, return_inverse=True)
        values = self.values
        answers = np.fromiter(
            (
                compare(values[first], values[second])
                for first, second in zip((pairs // width).tolist(), (pairs % width).tolist(), strict=True)
            ),
            dtype=np.int8,
            count=len(pairs),
        )
        found[differ] = answers[place]
        return found
