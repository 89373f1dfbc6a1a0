"""Candidate pairs with their grades, and what they compete for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching.blocking import BlockingKeys, BlockingReport, blocking_keys, candidate_pairs
from matching.copies import equal_pairs
from matching.grading import GradedColumn, grade_pairs
from matching.model import MatchModel
from matching.rule_tree import MatchRules
from matching.scoring import WeighedPairs
from matching.standardize.batch import StandardizedBatch


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPairs:
    """Candidate pairs with their grades, which later steps can lay other weights over.

    `possible` counts the pairs they were found among, `share` of all that there are. With `sources_apart` pairs inside
    a source don't count. `weighed` has their weights under the model that was learned from them, where all of them
    compete.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    graded: tuple[GradedColumn, ...]
    possible: float
    share: float
    sources_apart: bool
    blocking: BlockingReport
    weighed: WeighedPairs | None = None


def gather_pairs(
    standardized: StandardizedBatch,
    rules: MatchRules,
    model: MatchModel,
    *,
    seed: int = 0,
    across_sources_only: bool = False,
    keys: BlockingKeys | None = None,
    block_cap: int | None = None,
    most_pairs: int | None = None,
    left_out: Collection[str] | None = None,
    processes: int = 1,
) -> TrainingPairs:
    """The candidate pairs of a batch, graded by the word rarities of a model; options as in `train_standardized`.

    `left_out` names the blocking rules to leave out, as a trained model does; None has that decided by the batch.
    `processes` share the work.
    """
    sources = standardized.source_numbers
    groups = sources if across_sources_only else None
    candidates = candidate_pairs(
        keys
        or blocking_keys(standardized, rules, whole_file=True, groups=groups, left_out=left_out, processes=processes),
        cap=block_cap or rules.block_cap,
        groups=groups,
        besides=equal_pairs(standardized),
    )
    same_segment = standardized.segments[candidates.left] == standardized.segments[candidates.right]
    left, right = candidates.left[same_segment], candidates.right[same_segment]
    everything = len(left)
    if most_pairs is not None and everything > most_pairs:
        drawn = _drawn(everything, most_pairs, seed=seed)
        left, right = left[drawn], right[drawn]
    share = len(left) / max(everything, 1)
    return TrainingPairs(
        left=left,
        right=right,
        graded=grade_pairs(standardized, left, right, rules, model, processes=processes),
        possible=_possible_pairs(standardized, sources, apart=np.unique(groups) if groups is not None else ())
        * (share or 1.0),
        share=share or 1.0,
        sources_apart=across_sources_only,
        blocking=candidates.report,
    )


def some_pairs(pairs: TrainingPairs, most: int, *, seed: int) -> TrainingPairs:
    """At most so many of the pairs, drawn at random."""
    if len(pairs.left) <= most:
        return pairs
    share = most / len(pairs.left)
    some = _chosen(pairs, _drawn(len(pairs.left), most, seed=seed))
    return replace(some, possible=pairs.possible * share, share=pairs.share * share)


def pairs_across(pairs: TrainingPairs, standardized: StandardizedBatch) -> TrainingPairs:
    """Those of the pairs that no source holds both records of."""
    return _kept_apart(pairs, standardized, np.unique(standardized.source_numbers))


def pairs_that_compete(pairs: TrainingPairs, standardized: StandardizedBatch, model: MatchModel) -> TrainingPairs:
    """Without those inside a source that the model takes to be free of duplicates: they can't match."""
    if not model.unique_sources:
        return pairs
    unique = np.unique(standardized.source_numbers[unique_rows(standardized, model)])
    return _kept_apart(pairs, standardized, unique) if len(unique) else pairs


def _kept_apart(pairs: TrainingPairs, standardized: StandardizedBatch, apart: NDArray[np.int32]) -> TrainingPairs:
    """Without the pairs inside these sources."""
    if pairs.sources_apart:
        return pairs
    sources = standardized.source_numbers
    inside = sources[pairs.left] == sources[pairs.right]
    kept = np.flatnonzero(~(inside & np.isin(sources[pairs.left], apart)))
    possible = _possible_pairs(standardized, sources, apart=apart) * pairs.share
    return replace(_chosen(pairs, kept), possible=possible)


def _chosen(pairs: TrainingPairs, places: NDArray[np.int64]) -> TrainingPairs:
    return replace(
        pairs,
        left=pairs.left[places],
        right=pairs.right[places],
        graded=tuple(column.of_pairs(places) for column in pairs.graded),
        weighed=None,
    )


def _drawn(count: int, most: int, *, seed: int) -> NDArray[np.int64]:
    """Rising places of so many of `count` things."""
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))


def unique_rows(standardized: StandardizedBatch, model: MatchModel) -> NDArray[np.bool_]:
    """Which rows are of a source that the model takes to be free of duplicates."""
    if not model.unique_sources:
        return np.zeros(len(standardized), dtype=np.bool_)
    unique = frozenset(model.unique_sources)
    is_unique = np.array([each in unique for each in sorted(set(standardized.sources))], dtype=np.bool_)
    found: NDArray[np.bool_] = is_unique[standardized.source_numbers]
    return found


def rival_probabilities(scored: WeighedPairs, is_unique: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Match probabilities where pairs compete: a record matches at most one record of a source without duplicates."""
    probability = np.where(scored.vetoes == 0, scored.probability, np.minimum(scored.probability, 0.02))
    odds = probability / np.maximum(1.0 - probability, 1e-12)
    if not is_unique.any():
        return odds / (1.0 + odds)
    count = len(is_unique)
    left, right = scored.left_rows, scored.right_rows
    rivals = np.zeros(len(odds))
    for mine, theirs in ((left, right), (right, left)):
        # Of my candidates in a source without duplicates at most one is right.
        of_unique = is_unique[theirs]
        total = np.bincount(mine, weights=np.where(of_unique, odds, 0.0), minlength=count)
        rivals += np.where(of_unique, np.maximum(total[mine] - odds, 0.0), 0.0)
    return odds / (1.0 + odds + rivals)


def _possible_pairs(
    standardized: StandardizedBatch, sources: NDArray[np.int32], *, apart: Collection[int] | NDArray[np.int32]
) -> float:
    """How many pairs of one segment there are, those inside the sources of these numbers left out."""
    total = 0.0
    for segment in np.unique(standardized.segments):
        inside = standardized.segments == segment
        count = float(inside.sum())
        total += count * (count - 1) / 2
        sizes = np.bincount(sources[inside], minlength=int(sources.max()) + 1)
        total -= sum(float(sizes[each]) * (float(sizes[each]) - 1) / 2 for each in apart)
    return max(total, 1.0)
