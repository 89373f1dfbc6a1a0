"""What blocks cost in comparisons, and which dispensable keys a file can afford."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matching.rule_tree import MatchRules

Keys = tuple[NDArray[np.int32], NDArray[np.int64]]
"""Row and hash of every key of one rule."""
_PAIRS_TO_SPEND, _MORE_A_RECORD = 400_000, 2


def pairs_in_blocks(sizes: NDArray[np.int64], groups: NDArray[np.int32] | None = None) -> NDArray[np.int64]:
    """How many pairs each block holds, of which so many entries stand one after another.

    With the group of each entry only pairs of different groups count.
    """
    pairs = _pairs(sizes)
    if groups is None:
        return pairs
    width = int(groups.max(initial=0)) + 1
    part, parts = np.unique(np.repeat(np.arange(len(sizes)), sizes) * width + groups, return_counts=True)
    inside = np.bincount(part // width, weights=_pairs(parts), minlength=len(sizes))
    across: NDArray[np.int64] = pairs - inside.astype(np.int64)
    return across


def unaffordable(
    made: Mapping[int, Keys], rules: MatchRules, *, records: int, groups: NDArray[np.int32] | None
) -> set[int]:
    """Indices of the dispensable rules that a file of so many records can't afford.

    Equal keys must stand together. The rules of the fewest pairs come first; together they may bring 400,000 pairs and
    two a record.
    """
    dispensable = [index for index in made if rules.blocking[index].dispensable]
    cost = {index: _cost(*made[index], cap=rules.block_cap, groups=groups) for index in dispensable}
    budget = _PAIRS_TO_SPEND + _MORE_A_RECORD * records
    left_out = set()
    for index in sorted(dispensable, key=lambda each: (cost[each], each)):
        budget -= cost[index]
        if budget < 0:
            left_out.add(index)
    return left_out


def _cost(rows: NDArray[np.int32], hashes: NDArray[np.int64], *, cap: int, groups: NDArray[np.int32] | None) -> int:
    starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]]) if len(hashes) else np.empty(0, dtype=np.int64)
    sizes = np.diff(np.append(starts, len(hashes)))
    useful = pairs_in_blocks(sizes, None if groups is None else groups[rows])
    # A block over the cap is split, which brings about as many pairs as the cap allows, and costs more.
    kept = np.minimum(1.0, _pairs(np.array([cap])) / np.maximum(_pairs(sizes), 1))
    return int(np.ceil((useful * kept).sum()))


def _pairs(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return sizes.astype(np.int64) * (sizes.astype(np.int64) - 1) // 2
