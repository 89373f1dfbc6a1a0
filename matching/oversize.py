"""Blocking keys that too many records share, frozen with the model: a record's stored keys depend on it alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matching.key_hashes import MIX


@dataclass(frozen=True, slots=True)
class OversizeKeys:
    """Key hashes whose blocks outgrew the cap when the model was trained.

    A key in `split` stands only together with another of its kind: two records must share both. Such a joint key that
    is still too common is in `cut`, and brings nobody together. Keys that outgrow the cap later stay whole.
    """

    split: frozenset[int] = frozenset()
    cut: frozenset[int] = frozenset()


def find_oversize(rows: NDArray[np.int32], hashes: NDArray[np.int64], *, cap: int) -> OversizeKeys:
    """The keys that more than `cap` rows share, and of their joint keys those that more than `cap` rows share."""
    split = _common(rows, hashes, cap)
    joint_rows, joint = _joint_keys(rows, hashes, split)
    return OversizeKeys(frozenset(split.tolist()), frozenset(_common(joint_rows, joint, cap).tolist()))


def storable_keys(
    rows: NDArray[np.int32], hashes: NDArray[np.int64], oversize: OversizeKeys
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Distinct (row, key) after splitting: whole keys, and the joint keys of those that were split."""
    split = _in_order(oversize.split)
    joint_rows, joint = _joint_keys(rows, hashes, split)
    kept = ~np.isin(joint, _in_order(oversize.cut))
    whole = ~np.isin(hashes, split)
    rows_kept, hashes_kept = (
        np.concatenate([rows[whole], joint_rows[kept]]),
        np.concatenate([hashes[whole], joint[kept]]),
    )
    return _distinct(rows_kept, hashes_kept)


@lru_cache(maxsize=16)  # a model's keys are asked for with every batch
def _in_order(keys: frozenset[int]) -> NDArray[np.int64]:
    return np.array(sorted(keys), dtype=np.int64)


def _common(rows: NDArray[np.int32], hashes: NDArray[np.int64], cap: int) -> NDArray[np.int64]:
    keys, sizes = np.unique(_distinct(rows, hashes)[1], return_counts=True)
    return keys[sizes > cap]


def _distinct(rows: NDArray[np.int32], hashes: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Each (row, key) once, by row, then key. np.unique sorts pairs as records, several times longer."""
    order = np.lexsort((hashes, rows))
    rows, hashes = rows[order], hashes[order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (rows[1:] != rows[:-1]) | (hashes[1:] != hashes[:-1])
    return rows[fresh], hashes[fresh]


def _joint_keys(
    rows: NDArray[np.int32], hashes: NDArray[np.int64], split: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """A key for every two split keys of a row; the same for the same two, whatever their order."""
    chosen = np.isin(hashes, split)
    distinct_rows, distinct = _distinct(rows[chosen], hashes[chosen])
    starts = np.flatnonzero(np.r_[True, distinct_rows[1:] != distinct_rows[:-1]]) if len(distinct) else np.empty(0, int)
    sizes = np.diff(np.append(starts, len(distinct)))
    found_rows, found = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.int64)]
    for size in np.unique(sizes[sizes > 1]).tolist():
        members = starts[sizes == size][:, None] + np.arange(size)
        first, second = np.triu_indices(size, k=1)
        one = distinct[members[:, first]].view(np.uint64)
        other = distinct[members[:, second]].view(np.uint64)
        found.append(((one * MIX) ^ (other + MIX)).view(np.int64).ravel())
        found_rows.append(np.repeat(distinct_rows[starts[sizes == size]], len(first)).astype(np.int32))
    return np.concatenate(found_rows), np.concatenate(found)
