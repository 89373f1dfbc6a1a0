"""Blocking keys of a whole file: numbers in the place of texts, sorted, since nobody looks them up in later runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matching.block_costs import Keys
from matching.key_hashes import mixed, stable_hash
from matching.key_values import PartNumbers
from matching.rule_tree import BlockingRule
from matching.spans import spread
from matching.standardize.batch import StandardizedBatch

_MOST = 1 << 62


def numbered_keys(
    standardized: StandardizedBatch, rule: BlockingRule, of_part: Mapping[str, PartNumbers | None]
) -> Keys:
    """Row and key of every key of one rule: equal keys stand together, their rows rising, and no row twice.

    Keys are equal where segment and values are, and only there; keys of two rules all but never are.
    """
    rows = np.arange(len(standardized), dtype=np.int32)
    keys, count = standardized.segments.astype(np.int64), int(standardized.segments.max(initial=0)) + 1
    for name in rule.parts:
        part = of_part[name]
        if part is None:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
        filled = part.codes[rows] >= 0
        rows, keys = rows[filled], keys[filled]
        codes = part.codes[rows]
        firsts = part.starts[codes]
        sizes = part.starts[codes + 1] - firsts
        if int(sizes.max(initial=0)) > 1:
            owner, place = spread(firsts, sizes)
            rows, keys = rows[owner], keys[owner]
        else:
            place = firsts[sizes > 0]
            rows, keys = rows[sizes > 0], keys[sizes > 0]
        if count >= _MOST // max(part.count, 1):
            found, keys = np.unique(keys, return_inverse=True)
            count = len(found)
        keys, count = keys * part.count + part.numbers[place], count * part.count
    return _in_runs(rows, keys, count, records=len(standardized), salt=stable_hash(rule.name))


def _in_runs(rows: NDArray[np.int32], keys: NDArray[np.int64], count: int, *, records: int, salt: int) -> Keys:
    if count >= _MOST // max(records, 1):
        keys = np.unique(keys, return_inverse=True)[1]
    # A key and its row in one word: sorting words takes a tenth of sorting by two columns.
    words = np.sort(keys * records + rows)
    fresh = np.ones(len(words), dtype=np.bool_)
    fresh[1:] = words[1:] != words[:-1]
    words = words[fresh]
    keys = words // max(records, 1)
    hashes = mixed(np.int64(salt).view(np.uint64), keys.view(np.uint64))
    return (words - keys * records).astype(np.int32), hashes.view(np.int64)
