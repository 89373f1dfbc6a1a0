"""Records equal in all that is compared: they always meet, and however many they are, they fill no block."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.components import pairs_inside
from matching.key_hashes import MIX, mixed
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
    group = _groups(standardized, np.where(alone[numbers], numbers, np.int32(-1)) if alone.any() else None)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    start_of = np.repeat(starts, np.diff(np.append(starts, len(order))))
    is_more = np.arange(len(order)) - start_of >= MOST_COPIES
    start_of = start_of[is_more]
    return Copies(np.sort(order[~is_more]), order[is_more], order[start_of], order[start_of + 1])


def equal_pairs(standardized: StandardizedBatch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every two equal rows, the lower first; of more than sixty each with the next."""
    group = _groups(standardized)
    left, right = pairs_inside(group, most=_MOST_COMPLETED)
    order = np.argsort(group, kind="stable")
    large = np.bincount(group, minlength=len(group))[group[order]] > _MOST_COMPLETED
    chained = large[:-1] & (group[order][:-1] == group[order][1:])
    return np.concatenate([left, order[:-1][chained]]), np.concatenate([right, order[1:][chained]])


def _groups(standardized: StandardizedBatch, kinds: NDArray[np.int32] | None = None) -> NDArray[np.int64]:
    """For each row the first row that equals it, and is of its kind."""
    columns = [standardized.segments, *(feature.codes for feature in standardized.features.values())]
    if kinds is not None:
        columns.append(kinds)
    hashes = np.zeros(len(standardized), dtype=np.uint64)
    for codes in columns:
        hashes = mixed(hashes + MIX, codes.astype(np.int64).view(np.uint64))
    order = np.argsort(hashes, kind="stable")
    # Equal hashes are looked at once more, so that no chance makes unequal rows equal.
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = hashes[order][1:] != hashes[order][:-1]
    for codes in columns:
        fresh[1:] |= codes[order][1:] != codes[order][:-1]
    starts = np.flatnonzero(fresh)
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.repeat(order[starts], np.diff(np.append(starts, len(order))))
    return group
