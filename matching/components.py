"""Connected components of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


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


def members_of(component: Rows, *, least: int = 1) -> list[list[int]]:
    """The rows of each component of at least so many rows, rising; components by their first row."""
    order = np.argsort(component, kind="stable")
    starts = np.flatnonzero(np.r_[True, component[order][1:] != component[order][:-1]]) if len(order) else order
    sizes = np.diff(np.append(starts, len(order)))
    rows = order.tolist()
    return [
        rows[start : start + size] for start, size in zip(starts.tolist(), sizes.tolist(), strict=True) if size >= least
    ]
