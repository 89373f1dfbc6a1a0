"""Pairs of rows, and the connected components that they make."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.spans import pairs_within, rising_order

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RowPairs:
    """Pairs of rows, whichever stands left."""

    left: Rows
    right: Rows

    @classmethod
    def of(cls, pairs: Collection[tuple[int, int]]) -> RowPairs:
        """The same pairs as arrays."""
        ends = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
        return cls(ends[:, 0], ends[:, 1])

    def chosen(self, mask: NDArray[np.bool_]) -> RowPairs:
        """Some of the pairs."""
        return RowPairs(self.left[mask], self.right[mask])


def component_of_rows(count: int, left: Rows, right: Rows) -> Rows:
    """For each of `count` rows the smallest row that pairs connect it with.

    Roots hook onto smaller roots and every path is cut short, round after round (Shiloach and Vishkin 1982).
    """
    root = np.arange(count)
    while True:
        one, other = root[left], root[right]
        apart = one != other
        if not apart.any():
            return root
        low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
        np.minimum.at(root, high, low)
        while (root[root] != root).any():
            root = root[root]


def members_of(component: Rows) -> list[list[int]]:
    """The rows of each component, rising; components by their first row."""
    order, starts, sizes = _runs(component)
    rows = order.tolist()
    return [rows[start : start + size] for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)]


def pairs_inside(component: Rows, *, most: int | None = None) -> tuple[Rows, Rows]:
    """Every two rows of one component, the lower first; of components of at most so many rows."""
    has_others = np.bincount(component, minlength=len(component)) > 1
    rows = np.flatnonzero(has_others[component])
    order, starts, sizes = _runs(component[rows])
    chosen = slice(None) if most is None else sizes <= most
    return pairs_within(rows[order], starts[chosen], sizes[chosen])


def _runs(component: Rows) -> tuple[Rows, Rows, Rows]:
    """Rows one component after the other, where each starts, and how many it has."""
    order = rising_order(component)
    starts = np.flatnonzero(np.r_[True, component[order][1:] != component[order][:-1]]) if len(order) else order
    return order, starts, np.diff(np.append(starts, len(order)))
