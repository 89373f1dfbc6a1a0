"""Proposing blocking keys for data never seen before, without labels.

Every part of a key, alone and with every other, is tried on pairs that a first model is sure of. Keys are then picked
one by one: the next is the one that adds most of those pairs for the comparisons it costs (set cover by the greedy
rule; Bilenko, Kamath and Mooney 2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matching.block_costs import pairs_in_blocks
from matching.blocking_parts import parts
from matching.key_values import PartNumbers
from matching.rule_tree import MatchRules
from matching.spans import distinct_numbers, spread
from matching.standardize.batch import StandardizedBatch

MOST_KEYS = 20
_LEAST_GAIN = 0.001
_LEAST_COVERAGE = 0.01


@dataclass(frozen=True, slots=True)
class ProposedKey:
    """A key in the order of choice.

    `coverage` is the share of records that have it, `pairs` what it compares, `found` how many presumed matches it
    finds alone, `reach` the share of them found by all keys up to this one. `in_large_blocks` counts the records whose
    block outgrows the cap and would be split.
    """

    parts: tuple[str, ...]
    coverage: float
    pairs: int
    found: int
    reach: float
    in_large_blocks: int

    @property
    def name(self) -> str:
        """A name for the rule set."""
        return "_and_".join(self.parts)


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    """Values of one key: `codes[i]` is a value of row `rows[i]`; rows rise, each pair stands once."""

    rows: NDArray[np.int64]
    codes: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A key that could be proposed, measured."""

    parts: tuple[str, ...]
    coverage: float
    pairs: int
    hits: NDArray[np.bool_]
    in_large_blocks: int


def propose_keys(
    standardized: StandardizedBatch,
    rules: MatchRules,
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    *,
    groups: NDArray[np.int32] | None = None,
    most_keys: int = MOST_KEYS,
) -> tuple[ProposedKey, ...]:
    """Keys that together find the presumed matches `left[i]`, `right[i]` for the fewest comparisons, best first.

    Stops where the next key would add less than 0.1 % of them. With `groups`, only pairs of different groups are
    compared. Equal input gives equal keys.
    """
    if not len(left):
        return ()
    values = {name: found for name in parts.names() if (found := _values_of(standardized, name)) is not None}
    keys = [(name,) for name in values] + list(combinations(sorted(values), 2))
    candidates = [
        measured
        for key in keys
        if (
            measured := _measure(
                key, [values[name] for name in key], standardized, left, right, cap=rules.block_cap, groups=groups
            )
        )
    ]
    return _choose(candidates, records=len(standardized), most_keys=most_keys)


def _values_of(standardized: StandardizedBatch, name: str) -> _Values | None:
    part = PartNumbers.of(standardized, name)
    if part is None:
        return None
    rows = np.flatnonzero(part.codes >= 0)
    firsts = part.starts[part.codes[rows]]
    spans = part.starts[part.codes[rows] + 1] - firsts
    if int((spans > 0).sum()) < _LEAST_COVERAGE * len(standardized):
        return None
    owner, place = spread(firsts, spans)
    return _Values(rows[owner], part.numbers[place].astype(np.int64))


def _measure(
    key: tuple[str, ...],
    values: Sequence[_Values],
    standardized: StandardizedBatch,
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    *,
    cap: int,
    groups: NDArray[np.int32] | None,
) -> _Candidate | None:
    joint = values[0] if len(values) == 1 else _joined(values[0], values[1], len(standardized))
    if not len(joint.rows):
        return None
    segment = standardized.segments[joint.rows].astype(np.int64)
    place = np.unique(joint.codes * (int(segment.max()) + 1) + segment, return_inverse=True)[1]
    sizes = np.bincount(place)
    small = sizes[place] <= cap
    by_place = None if groups is None else groups[joint.rows[np.argsort(place, kind="stable")]]
    held = pairs_in_blocks(sizes, by_place)
    hits = _share_a_value(joint.rows[small], place[small], left, right, count=len(standardized))
    covered = len(np.unique(joint.rows))
    if not hits.any() or covered < _LEAST_COVERAGE * len(standardized):
        return None
    return _Candidate(
        parts=key,
        coverage=covered / len(standardized),
        pairs=int(held[sizes <= cap].sum()),
        hits=hits,
        in_large_blocks=len(np.unique(joint.rows[~small])),
    )


def _joined(one: _Values, other: _Values, count: int) -> _Values:
    """Every value of one with every value of the other, row by row."""
    starts = np.searchsorted(other.rows, np.arange(count + 1))
    mine, theirs = spread(starts[one.rows], np.diff(starts)[one.rows])
    width = int(other.codes.max(initial=0)) + 1
    return _Values(one.rows[mine], one.codes[mine] * width + other.codes[theirs])


def _share_a_value(
    rows: NDArray[np.int64], codes: NDArray[np.int64], left: NDArray[np.int32], right: NDArray[np.int32], *, count: int
) -> NDArray[np.bool_]:
    width = int(codes.max(initial=0)) + 1
    starts = np.searchsorted(rows, np.arange(count + 1))
    known = distinct_numbers(rows * width + codes)
    pair, place = spread(starts[left], np.diff(starts)[left])
    wanted = right.astype(np.int64)[pair] * width + codes[place]
    found = np.isin(wanted, known)
    return np.bincount(pair[found], minlength=len(left)) > 0


def _choose(candidates: Sequence[_Candidate], *, records: int, most_keys: int) -> tuple[ProposedKey, ...]:
    chosen: list[ProposedKey] = []
    total = len(candidates[0].hits) if candidates else 0
    missing = np.ones(total, dtype=bool)
    while len(chosen) < most_keys:
        gains = [int((each.hits & missing).sum()) for each in candidates]
        useful = [number for number, gain in enumerate(gains) if gain >= max(_LEAST_GAIN * total, 1.0)]
        if not useful:
            break
        # Beside its pairs a key costs what making, storing and looking it up does: one comparison a record.
        best = max(useful, key=lambda n: (gains[n] / (candidates[n].pairs + records), -len(candidates[n].parts), -n))
        key = candidates[best]
        missing &= ~key.hits
        chosen.append(
            ProposedKey(
                parts=key.parts,
                coverage=key.coverage,
                pairs=key.pairs,
                found=int(key.hits.sum()),
                reach=1.0 - float(missing.mean()),
                in_large_blocks=key.in_large_blocks,
            )
        )
    return tuple(chosen)
