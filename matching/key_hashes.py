"""Hashes of blocking keys: 64 bits, the same in every process and release.

`joined_hashes` hashes each value of each part once (BLAKE2b) and joins the hashes of a key's parts by arithmetic, all
rows at once (the finalizer of SplitMix64, Steele, Lea and Flood 2014). `text_hashes` hashes the joined text of every
key; rule sets of version 0.1.0 stored their keys so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from matching.blocking_parts import KeyPart, parts
from matching.rule_tree import BlockingRule, MatchRules
from matching.spans import spread
from matching.standardize.batch import StandardizedBatch
from matching.standardize.kinds import Cell
from matching.workers import done_by

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
        found = _starts_and_hashes(standardized, name)
        return None if found is None else cls(standardized.features[parts.get(name).feature].codes, *found)


def _starts_and_hashes(
    standardized: StandardizedBatch, name: str
) -> tuple[NDArray[np.int64], NDArray[np.uint64]] | None:
    """Starts and hashes of a part's values; None where the records don't have its feature."""
    part = parts.get(name)
    feature = standardized.features.get(part.feature)
    if feature is None:
        return None
    place = part.place
    if place is None:
        return _hashes_of([_texts(part, cells) for cells in feature.values])
    # Many values have one entry, such as a city: what comes of it is made once.
    number_of: dict[object, int] = {}
    entries = (cells[0][place] if len(cells) == 1 else cells for cells in feature.values)
    number = np.fromiter((number_of.setdefault(entry, len(number_of)) for entry in entries), dtype=np.int64)
    first = np.unique(number, return_index=True)[1].tolist()
    starts, hashes = _hashes_of([_texts(part, feature.values[each]) for each in first])
    sizes = np.diff(starts)[number]
    return _ends(sizes), hashes[spread(starts[number], sizes)[1]]


def _texts(part: KeyPart, cells: tuple[Cell, ...]) -> Collection[str]:
    """The distinct values of a part for all alternatives."""
    texts = part.values_of(cells[0]) if len(cells) == 1 else [text for cell in cells for text in part.values_of(cell)]
    return texts if len(texts) <= 1 else dict.fromkeys(texts)


def _hashes_of(lists: Sequence[Collection[str]]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Where each list starts, and the hashes of their texts one after another; each text is hashed once."""
    number_of: dict[str, int] = {}
    numbers = np.fromiter((number_of.setdefault(each, len(number_of)) for texts in lists for each in texts), np.int64)
    blake2b = hashlib.blake2b
    digests = b"".join([blake2b(each.encode(), digest_size=8).digest() for each in number_of])
    hashes = np.frombuffer(digests, dtype=">u8").astype(np.uint64)
    return _ends(np.fromiter(map(len, lists), np.int64, count=len(lists))), hashes[numbers]


def _ends(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)])


def part_hashes(
    standardized: StandardizedBatch, rules: MatchRules, *, whole_file: bool, processes: int = 1
) -> Mapping[str, PartHashes | None]:
    """The hashes of every part that the rules use, each made once; of rules not stored only in a whole file."""
    used = dict.fromkeys(name for rule in rules.blocking if rule.stored or whole_file for name in rule.parts)
    made = done_by(processes, [partial(_starts_and_hashes, standardized, name) for name in used])
    return {
        name: None if found is None else PartHashes(standardized.features[parts.get(name).feature].codes, *found)
        for name, found in zip(used, made, strict=True)
    }


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
