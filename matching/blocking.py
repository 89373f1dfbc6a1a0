"""Blocking: cheap hashed keys that two records must share to be compared at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.block_costs import Keys, pairs_in_blocks, unaffordable
from matching.file_keys import numbered_keys
from matching.key_hashes import MIX, joined_hashes, part_hashes, text_hashes
from matching.key_values import part_numbers, parts_used
from matching.rule_tree import TEXT, MatchRules
from matching.spans import distinct_numbers, pairs_within, rising_order, spread
from matching.standardize.batch import StandardizedBatch

_NO_ROWS, _NO_HASHES = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)

_PAIRS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class BlockingKeys:
    """Keys of a batch as three parallel arrays: row, stable 64-bit hash, index of the blocking rule.

    A hash depends on rule name, segment and value only, so it may be stored and looked up in later runs. Those of a
    whole file serve this file alone: there are only those that rows share, and they stand `in_runs`: equal ones
    together, their rows rising and no row twice.
    `left_out` names rules that would have brought too many pairs.
    """

    rows: NDArray[np.int32]
    hashes: NDArray[np.int64]
    rule_index: NDArray[np.int32]
    rule_names: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    in_runs: bool = False


@dataclass(frozen=True, slots=True)
class BlockingReport:
    """What blocking did: pairs found by each rule, blocks over the cap that were split, what no split could hold.

    `largest_block` is 0 where no two records share a key. `pairs_cut` is the most that can be lost: a pair counts once
    in each block that was split without finding it.
    """

    pairs_by_rule: Mapping[str, int]
    oversize_blocks: Mapping[str, int]
    largest_block: int
    pairs_cut: int
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CandidatePairs:
    """Distinct pairs of rows with left < right, sorted."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    report: BlockingReport


def blocking_keys(
    standardized: StandardizedBatch,
    rules: MatchRules,
    *,
    whole_file: bool = False,
    groups: NDArray[np.int32] | None = None,
    left_out: Collection[str] | None = None,
    processes: int = 1,
) -> BlockingKeys:
    """All keys of all rows. Unless it is a `whole_file`, a row's keys depend on the row and the rules alone.

    In a `whole_file` rules whose keys aren't stored count too, and dispensable ones that it can't afford are left out:
    a family name alone is a good key among a thousand people and a bad one among a million. With `groups`, only pairs
    of different groups count. `left_out` names the rules to leave out where that was decided before.
    """
    made = _keys_by_rule(standardized, rules, whole_file=whole_file, processes=processes)
    if left_out is not None:
        dropped = {index for index in made if rules.blocking[index].name in left_out}
    elif whole_file:
        dropped = unaffordable(made, rules, records=len(standardized), groups=groups)
    else:
        dropped = set()
    kept = [index for index in made if index not in dropped]
    return BlockingKeys(
        rows=np.concatenate([_NO_ROWS, *(made[index][0] for index in kept)]),
        hashes=np.concatenate([_NO_HASHES, *(made[index][1] for index in kept)]),
        rule_index=np.concatenate([_NO_ROWS, *(np.full(len(made[n][0]), n, dtype=np.int32) for n in kept)]),
        rule_names=tuple(rule.name for rule in rules.blocking),
        left_out=tuple(rules.blocking[index].name for index in sorted(dropped)),
        in_runs=whole_file,
    )


def _keys_by_rule(
    standardized: StandardizedBatch, rules: MatchRules, *, whole_file: bool, processes: int
) -> dict[int, Keys]:
    """The keys of each rule, by its index; of rules not stored only in a whole file."""
    used = {index: rule for index, rule in enumerate(rules.blocking) if rule.stored or whole_file}
    if whole_file:
        numbers = part_numbers(standardized, parts_used(rules, whole_file=True), processes=processes)
        made = numbered_keys(standardized, list(used.values()), numbers, threads=processes)
        return dict(zip(used, made, strict=True))
    if rules.key_hash == TEXT:
        return {index: text_hashes(standardized, rules, rule) for index, rule in used.items()}
    hashes = part_hashes(standardized, parts_used(rules, whole_file=False))
    return {index: joined_hashes(standardized, rules, rule, hashes) for index, rule in used.items()}


def candidate_pairs(
    keys: BlockingKeys,
    *,
    cap: int,
    groups: NDArray[np.int32] | None = None,
    besides: tuple[NDArray[np.int64], NDArray[np.int64]] = (_NO_HASHES, _NO_HASHES),
) -> CandidatePairs:
    """Pairs of rows that share a key, and pairs of rows given `besides`, left < right.

    A block of more than `cap` rows is split by every other key its rows have; what then still exceeds the cap is
    left out and counted in the report. With `groups`, only pairs of different groups count.
    """
    count = int(max(keys.rows.max(initial=-1), besides[1].max(initial=-1))) + 1
    order = slice(None) if keys.in_runs else np.lexsort((keys.rows, keys.hashes))
    blocks, first = _Blocks.of(keys.hashes[order], keys.rows[order])
    whole = blocks.pairs(np.flatnonzero((blocks.sizes >= 2) & (blocks.sizes <= cap)), count)
    rule_of_block = keys.rule_index[order][first]
    oversize = np.flatnonzero(blocks.sizes > cap)
    split, pairs_cut = _split_blocks(blocks, oversize, keys, cap=cap, count=count)
    packed = distinct_numbers(np.concatenate([whole, split, besides[0] * count + besides[1]]))
    left, right = (packed // max(count, 1)).astype(np.int32), (packed % max(count, 1)).astype(np.int32)
    if groups is not None:
        across = groups[left] != groups[right]
        left, right = left[across], right[across]
    held = pairs_in_blocks(blocks.sizes, None if groups is None else groups[blocks.rows])
    in_cap = np.where(blocks.sizes <= cap, held, 0)
    report = BlockingReport(
        pairs_by_rule={name: int(in_cap[rule_of_block == index].sum()) for index, name in enumerate(keys.rule_names)},
        oversize_blocks={
            name: int((rule_of_block[oversize] == index).sum())
            for index, name in enumerate(keys.rule_names)
            if (rule_of_block[oversize] == index).any()
        },
        largest_block=largest if (largest := int(blocks.sizes.max(initial=0))) > 1 else 0,
        pairs_cut=min(pairs_cut, count * (count - 1) // 2 - len(packed)),
        left_out=keys.left_out,
    )
    return CandidatePairs(left=left, right=right, report=report)


def pairs_sharing_a_key(
    rows: NDArray[np.int32], hashes: NDArray[np.int64], *, given: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Every two rows that share a key, left < right, each pair once. Nothing is capped: see `matching.oversize`.

    `given` marks rows of which every pair has one; what others share with each other is then not looked at, so one row
    costs as many pairs as its blocks have rows.
    """
    count = int(rows.max(initial=0)) + 1
    order = np.lexsort((rows, hashes))
    blocks, _ = _Blocks.of(hashes[order], rows[order])
    if given is None:
        packed = distinct_numbers(blocks.pairs(np.flatnonzero(blocks.sizes >= 2), count))
    else:
        packed = blocks.pairs_of(given, count)
    return (packed // count).astype(np.int32), (packed % count).astype(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class _Blocks:
    """Rows in runs of equal hash."""

    rows: NDArray[np.int32]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, hashes: NDArray[np.int64], rows: NDArray[np.int32]) -> tuple[_Blocks, NDArray[np.int64]]:
        """The blocks of hashes that stand together, their rows rising; and where each block's first hash stood."""
        fresh = np.ones(len(hashes), dtype=bool)
        fresh[1:] = hashes[1:] != hashes[:-1]
        repeated = ~fresh
        repeated[1:] &= rows[1:] == rows[:-1]
        first = np.flatnonzero(fresh)
        if repeated.any():
            fresh, rows = fresh[~repeated], rows[~repeated]
        starts = np.flatnonzero(fresh)
        return cls(rows=rows, starts=starts, sizes=np.diff(np.append(starts, len(rows)))), first

    def pairs(self, chosen: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """Packed pairs (left * count + right) of the chosen blocks, repeats included."""
        # Rows rise inside a block, so the first is always the smaller.
        first, second = pairs_within(self.rows.astype(np.int64), self.starts[chosen], self.sizes[chosen])
        return first * count + second

    def pairs_of(self, given: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
        """Distinct packed pairs of the given rows with any of their blocks."""
        block = np.repeat(np.arange(len(self.sizes)), self.sizes)
        mine = np.flatnonzero(given[self.rows])
        ends = np.cumsum(self.sizes[block[mine]])
        found = np.empty(0, dtype=np.int64)
        # A portion at a time, since a row meets another once for each key that they share.
        for portion in np.split(
            mine, np.searchsorted(ends, np.arange(_PAIRS_AT_ONCE, ends.max(initial=0), _PAIRS_AT_ONCE))
        ):
            owner, place = spread(self.starts[block[portion]], self.sizes[block[portion]])
            one, other = self.rows[portion][owner].astype(np.int64), self.rows[place].astype(np.int64)
            told = (one < other) | ((one > other) & ~given[other])
            one, other = np.minimum(one, other)[told], np.maximum(one, other)[told]
            found = distinct_numbers(np.concatenate([found, one * count + other]))
        return found


def _split_blocks(
    blocks: _Blocks, oversize: NDArray[np.int64], keys: BlockingKeys, *, cap: int, count: int
) -> tuple[NDArray[np.int64], int]:
    if not len(oversize):
        return np.empty(0, dtype=np.int64), 0
    is_split = np.zeros(count, dtype=np.bool_)
    is_split[blocks.rows[spread(blocks.starts[oversize], blocks.sizes[oversize])[1]]] = True
    chosen = np.flatnonzero(is_split[keys.rows])
    by_row = chosen[rising_order(keys.rows[chosen])]
    hashes_by_row = keys.hashes[by_row].view(np.uint64)
    row_starts = np.searchsorted(keys.rows[by_row], np.arange(count + 1))
    found, cut = [], 0
    for block in oversize:
        rows = blocks.rows[blocks.starts[block] : blocks.starts[block] + blocks.sizes[block]]
        owner, place = spread(row_starts[rows], row_starts[rows + 1] - row_starts[rows])
        member, other = rows[owner], hashes_by_row[place]
        order = np.lexsort((member, other))
        parts_of_block, _ = _Blocks.of((other[order] * MIX).view(np.int64), member[order])
        fits = (parts_of_block.sizes >= 2) & (parts_of_block.sizes <= cap)
        pairs = distinct_numbers(parts_of_block.pairs(np.flatnonzero(fits), count))
        cut += len(rows) * (len(rows) - 1) // 2 - len(pairs)
        found.append(pairs)
    return np.concatenate(found), cut
