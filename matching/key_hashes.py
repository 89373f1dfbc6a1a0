"""Hashes of blocking keys: 64 bits, the same in every process and release.

`joined_hashes` hashes each value of each part once (BLAKE2b) and joins the hashes of a key's parts by arithmetic, all
rows at once (the finalizer of SplitMix64, Steele, Lea and Flood 2014). `text_hashes` hashes the joined text of every
key; rule sets of version 0.1.0 stored their keys so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from matching.blocking_parts import parts
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

    @classmethod
    def of(cls, standardized: StandardizedBatch, name: str) -> PartHashes | None:
        """The hashes of a part; None where the records don't have its feature."""
        part = parts.get(name)
        feature = standardized.features.get(part.feature)
        if feature is None:
            return None
        known: dict[str, int] = {}
        of_entry: dict[str, list[int]] = {}
        flat: list[int] = []
        ends = [0]
        for cells in feature.values:
            if part.place is None or len(cells) > 1:
                hashes = _hashed((text for cell in cells for text in part.values_of(cell)), known)
            elif (found := of_entry.get(cells[0][part.place])) is None:
                hashes = of_entry[cells[0][part.place]] = _hashed(part.values_of(cells[0]), known)
            else:
                hashes = found
            flat.extend(hashes)
            ends.append(len(flat))
        return cls(feature.codes, np.array(ends, dtype=np.int64), np.array(flat, dtype=np.int64).view(np.uint64))


def _hashed(texts: Iterable[str], known: dict[str, int]) -> list[int]:
    hashes: list[int] = []
    for text in dict.fromkeys(texts):
        value = known.get(text)
        if value is None:
            value = known[text] = stable_hash(text)
        hashes.append(value)
    return hashes


def part_hashes(
    standardized: StandardizedBatch, rules: MatchRules, *, whole_file: bool
) -> Mapping[str, PartHashes | None]:
    """The hashes of every part that the rules use, each made once; of rules not stored only in a whole file."""
    used = (name for rule in rules.blocking if rule.stored or whole_file for name in rule.parts)
    return {name: PartHashes.of(standardized, name) for name in dict.fromkeys(used)}


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
        rows, hashes = rows[owner], _mixed(hashes[owner] + MIX, part.hashes[place])
    return rows, hashes.view(np.int64)


def _mixed(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One hash of two, in their order."""
    mixed = one ^ (other * MIX)
    mixed = (mixed ^ (mixed >> _30)) * _FIRST
    mixed = (mixed ^ (mixed >> _27)) * _SECOND
    finished: NDArray[np.uint64] = mixed ^ (mixed >> _31)
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
