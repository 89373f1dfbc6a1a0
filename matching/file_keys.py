"""Blocking keys of a whole file: numbers in the place of texts, sorted, since nobody looks them up in later runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matching.block_costs import Keys
from matching.key_hashes import mixed, stable_hash
from matching.key_values import PartNumbers
from matching.rule_tree import BlockingRule
from matching.spans import coded, spread
from matching.standardize.batch import StandardizedBatch
from matching.workers import done_by_threads

_MOST_BITS = 62
_NO_KEYS = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
_Part = tuple[PartNumbers, NDArray[np.int32] | None]


def numbered_keys(
    standardized: StandardizedBatch,
    rules: Sequence[BlockingRule],
    of_part: Mapping[str, PartNumbers | None],
    *,
    threads: int,
) -> list[Keys]:
    """Row and key of every key of each rule that rows share: equal ones stand together, rows rising, none twice.

    Keys are equal where segment and values are, and only there; keys of two rules all but never are.
    """
    made = {name: (part, part.of_rows()) for name, part in of_part.items() if part is not None}
    return done_by_threads(threads, [partial(_keys_of_rule, standardized, rule, made) for rule in rules])


def _keys_of_rule(standardized: StandardizedBatch, rule: BlockingRule, made: Mapping[str, _Part]) -> Keys:
    if not made.keys() >= set(rule.parts):
        return _NO_KEYS
    parts = [made[name] for name in rule.parts]
    filled = np.ones(len(standardized), dtype=np.bool_)
    for part, of_rows in parts:
        filled &= (part.codes if of_rows is None else of_rows) >= 0
    rows = np.flatnonzero(filled)
    keys, count = standardized.segments[rows].astype(np.int64), int(standardized.segments.max(initial=0)) + 1
    # Parts of which a row has several come last: then each of its keys is one of several.
    for part, of_rows in sorted(parts, key=lambda each: each[1] is None):
        if of_rows is None:
            codes = part.codes[rows]
            owner, place = spread(part.starts[codes], part.starts[codes + 1] - part.starts[codes])
            rows, keys, numbers = rows[owner], keys[owner], part.numbers[place]
        else:
            numbers = of_rows[rows]
        if (count * part.count).bit_length() > _MOST_BITS:
            codes, first = coded(keys)
            keys, count = codes.astype(np.int64), len(first)
        keys *= part.count
        keys += numbers
        count *= part.count
    return _shared(rows, keys, count, records=len(standardized), salt=stable_hash(rule.name))


def _shared(rows: NDArray[np.int64], keys: NDArray[np.int64], count: int, *, records: int, salt: int) -> Keys:
    """The keys that several rows have, in runs."""
    bits = records.bit_length()
    if count.bit_length() + bits > _MOST_BITS:
        keys = coded(keys)[0].astype(np.int64)
    # A key and its row in one word: sorting words takes a tenth of sorting by two columns.
    words = np.left_shift(keys, bits)
    words |= rows
    words.sort()
    words = words[_differs(words)]
    keys = words >> bits
    alone = _differs(keys)
    alone[:-1] &= alone[1:]
    words, keys = words[~alone], keys[~alone]
    hashes = mixed(np.int64(salt).view(np.uint64), keys.view(np.uint64))
    words &= (1 << bits) - 1
    return words.astype(np.int32), hashes.view(np.int64)


def _differs(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which numbers differ from the one before."""
    fresh = np.ones(len(numbers), dtype=np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=fresh[1:])
    return fresh
