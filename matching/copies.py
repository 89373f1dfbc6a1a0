"""Records equal in all that is compared: they always meet, and however many they are, they fill no block."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.records import joined_codes
from matching.spans import pairs_within, rising_order
from matching.standardize.batch import StandardizedBatch

MOST_COPIES = 10
"""So many equal records are compared like any others; what follows goes where the first two of them go."""
_MOST_COMPLETED = 60


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """The rows that are `kept` to be learned from and compared, rising; row `more[i]` is left out.

    It equals `first[i]` and `second[i]`, which are kept.
    """

    kept: NDArray[np.int64]
    more: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]

    def following(self, cluster_of: NDArray[np.int64]) -> NDArray[np.int64]:
        """The clusters, with the rows left out where the first two of their kind are together, else alone."""
        together = cluster_of[self.first] == cluster_of[self.second]
        found = cluster_of.copy()
        found[self.more[together]] = cluster_of[self.first[together]]
        return found


def find_copies(
    standardized: StandardizedBatch, *, unique_sources: Collection[str], across_sources_only: bool
) -> Copies:
    """Which rows are one equal row too many.

    Of a source without duplicates a cluster holds one record, so it takes others of that source to stand in for it.
    """
    names = sorted(set(standardized.sources))
    alone = np.array([across_sources_only or source in unique_sources for source in names], dtype=np.bool_)
    numbers = standardized.source_numbers
    rows, starts, sizes = _equal_rows(standardized, np.where(alone[numbers], numbers, np.int32(-1)))
    place = np.arange(len(rows)) - np.repeat(starts, sizes)
    first = np.repeat(starts, sizes)[place >= MOST_COPIES]
    more = rows[place >= MOST_COPIES]
    is_kept = np.ones(len(standardized), dtype=np.bool_)
    is_kept[more] = False
    return Copies(np.flatnonzero(is_kept), more, rows[first], rows[first + 1])


def equal_pairs(standardized: StandardizedBatch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every two equal rows, the lower first; of more than sixty each with the next."""
    rows, starts, sizes = _equal_rows(standardized)
    few = sizes <= _MOST_COMPLETED
    left, right = pairs_within(rows, starts[few], sizes[few])
    in_many = np.repeat(~few, sizes)
    chained = in_many[:-1] & in_many[1:]
    chained[starts[1:] - 1] = False
    return np.concatenate([left, rows[:-1][chained]]), np.concatenate([right, rows[1:][chained]])


def _equal_rows(
    standardized: StandardizedBatch, kinds: NDArray[np.int32] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The rows that equal others in all that is compared, and are of their kind.

    Those of one group stand together and rise, groups in the order of their first rows; where each starts, and how many
    it has.
    """
    columns = [standardized.segments, *(feature.codes for feature in standardized.features.values())]
    columns += [] if kinds is None else [kinds]
    rows = np.arange(len(standardized))
    for codes in columns:
        # Most rows have some value that no other has.
        shared = np.bincount(codes[rows] + 1) > 1
        rows = rows[shared[codes[rows] + 1]]
    group = joined_codes([codes[rows] + 1 for codes in columns])[0]
    sizes = np.bincount(group)
    repeated = sizes[group] > 1
    rows, group = rows[repeated], group[repeated]
    sizes = sizes[sizes > 1]
    # Codes rise with the first row of each group.
    return rows[rising_order(group)], np.cumsum(sizes) - sizes, sizes
