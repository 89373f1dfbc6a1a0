"""Hashes of blocking keys: 64 bits, the same in every process and release.

`joined_hashes` hashes each value of each part once (BLAKE2b) and joins the hashes of a key's parts by arithmetic, all
rows at once (the finalizer of SplitMix64, Steele, Lea and Flood 2014). `text_hashes` hashes the joined text of every
key; rule sets of version 0.1.0 stored their keys so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from matching.blocking_parts import parts
from matching.cells import Part, python_texts
from matching.key_values import part_entries
from matching.rule_tree import BlockingRule, MatchRules
from matching.spans import spread
from matching.standardize.batch import StandardizedBatch

MIX = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)


def stable_hash(text: str) -> int:
    """A signed 64-bit hash that is the same in every process and release (BLAKE2b)."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


@dataclass(frozen=True, slots=True, eq=False)
class PartHashes:
    """Hashes of one part's values: those of row r are `hashes[starts[code]:starts[code + 1]]` with its feature code."""

    codes: NDArray[np.int32]
    starts: NDArray[np.int64]
    hashes: NDArray[np.uint64]


def part_hashes(standardized: StandardizedBatch, names: Sequence[str]) -> Mapping[str, PartHashes | None]:
    """The hashes of these parts, each text hashed once a part; None where the records don't have its feature."""
    found: dict[str, PartHashes | None] = {}
    for name in names:
        entries = part_entries(standardized, name)
        found[name] = None
        if entries is not None:
            codes = standardized.features[parts.get(name).feature].codes
            found[name] = PartHashes(codes, entries.starts, _hashes_of(entries.texts))
    return found


def _hashes_of(part: Part) -> NDArray[np.uint64]:
    blake2b = hashlib.blake2b
    digests = b"".join([blake2b(each.encode(), digest_size=8).digest() for each in python_texts(part.texts)])
    return np.frombuffer(digests, dtype=">u8").astype(np.uint64)[part.codes]


def joined_hashes(
    standardized: StandardizedBatch,
    rules: MatchRules,
    rule: BlockingRule,
    of_part: Mapping[str, PartHashes | None],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Row and hash of every key of one rule."""
    rows = np.arange(len(standardized), dtype=np.int32)
    salts = [stable_hash(f"{rule.name}\x1f{segment}") for segment in rules.segments]
    hashes = np.array(salts, dtype=np.int64).view(np.uint64)[standardized.segments]
    for name in rule.parts:
        part = of_part[name]
        if part is None:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
        filled = part.codes[rows] >= 0
        rows, hashes = rows[filled], hashes[filled]
        firsts = part.starts[part.codes[rows]]
        owner, place = spread(firsts, part.starts[part.codes[rows] + 1] - firsts)
        rows, hashes = rows[owner], mixed(hashes[owner] + MIX, part.hashes[place])
    return rows, hashes.view(np.int64)


def mixed(one: NDArray[np.uint64] | np.uint64, other: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One hash of two, in their order; with either of them given, every other makes a hash of its own."""
    found = one ^ (other * MIX)
    found = (found ^ (found >> _30)) * _FIRST
    found = (found ^ (found >> _27)) * _SECOND
    finished: NDArray[np.uint64] = found ^ (found >> _31)
    return finished


def text_hashes(
    standardized: StandardizedBatch, rules: MatchRules, rule: BlockingRule
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Row and hash of every key of one rule, as version 0.1.0 made them."""
    columns = []
    for name in rule.parts:
        part = parts.get(name)
        feature = standardized.features.get(part.feature)
        if feature is None:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
        of_value = [dict.fromkeys(text for cell in cells for text in part.values_of(cell)) for cells in feature.values]
        columns.append((feature.codes.tolist(), of_value))
    rows: list[int] = []
    found: list[int] = []
    for row, segment in enumerate(standardized.segments.tolist()):
        code = [codes[row] for codes, _ in columns]
        if -1 in code:
            continue
        prefix = f"{rule.name}\x1f{rules.segments[segment]}\x1f"
        for values in product(*(of_value[each] for each, (_, of_value) in zip(code, columns, strict=True))):
            rows.append(row)
            found.append(stable_hash(prefix + "\x1f".join(values)))
    return np.array(rows, dtype=np.int32), np.array(found, dtype=np.int64)
