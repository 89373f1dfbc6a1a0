"""A whole run over a file of records: train, block, score, decide, cluster, with pairs and clusters that agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.blocking import BlockingReport
from matching.clustering import cluster_rows
from matching.components import RowPairs, component_of_rows, members_of, pairs_inside
from matching.decided_pairs import DecidedPairs
from matching.decision import Thresholds, link_mask, thresholds
from matching.errors import ModelDoesNotFit
from matching.model import MatchModel
from matching.preparation import prepare_pairs
from matching.records import RecordBatch
from matching.rule_tree import MatchRules
from matching.scoring import WeighedPairs, joined, score_pairs, weigh_pairs
from matching.spans import distinct_numbers
from matching.standardize.batch import StandardizedBatch, standardize_batch
from matching.training_pairs import unique_rows

Progress = Callable[[str], None]
_LARGEST_COMPLETED = 60


def _silent(step: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Deduplication:
    """Pairs and clusters of a run: a pair is LINK exactly when a cluster holds both its records.

    Of records that are equal in all that is compared ten are paired with all others; each that follows with the first.
    """

    pairs: DecidedPairs
    clusters: tuple[tuple[str, ...], ...]
    model: MatchModel
    blocking: BlockingReport
    standardized: StandardizedBatch = field(compare=False, repr=False)


def deduplicate(
    batch: RecordBatch,
    rules: MatchRules,
    *,
    profile: str = "balanced",
    across_sources_only: bool = False,
    unique_sources: Iterable[str] = (),
    model: MatchModel | None = None,
    seed: int = 0,
    processes: int = 1,
    on_progress: Progress = _silent,
) -> Deduplication:
    """Find the duplicates of a batch. The result doesn't depend on the order of its records.

    With a `model` nothing is trained, and `unique_sources` are the model's. Raises ModelDoesNotFit when it was trained
    under other rules. How many `processes` share the work changes no result.
    """
    if model is not None and model.rules_hash != rules.section_hash:
        raise ModelDoesNotFit("rules")
    on_progress("standardizing")
    standardized = standardize_batch(batch.in_order_of_ids(), rules, processes=processes)
    on_progress("training")
    model, pairs, copies = prepare_pairs(
        standardized,
        rules,
        model=model,
        seed=seed,
        across_sources_only=across_sources_only,
        unique_sources=unique_sources,
        processes=processes,
    )
    on_progress("scoring")
    scored = pairs.weighed
    if scored is None:
        scored = weigh_pairs(standardized, pairs.left, pairs.right, rules, model, graded=pairs.graded)
    scored = _with_missing_pairs(standardized, scored, rules, model, profile=profile, sources_apart=across_sources_only)
    on_progress("clustering")
    scored, cluster_of = _clustered(
        standardized, scored, rules, model, profile=profile, sources_apart=across_sources_only, processes=processes
    )
    on_progress("deciding")
    cluster_of = copies.following(cluster_of)
    if not across_sources_only:  # else they are of one source with what they copy
        first, more = copies.first.astype(np.int32), copies.more.astype(np.int32)
        scored = joined(scored, score_pairs(standardized, first, more, rules, model))
    decided = _decided_pairs(standardized.ids, scored, cluster_of, thresholds(rules, model, profile=profile))
    ids = standardized.ids
    named = tuple([tuple([ids[row] for row in members]) for members in members_of(cluster_of)])
    return Deduplication(decided, named, model=model, blocking=pairs.blocking, standardized=standardized)


def _with_missing_pairs(
    standardized: StandardizedBatch,
    scored: WeighedPairs,
    rules: MatchRules,
    model: MatchModel,
    *,
    profile: str,
    sources_apart: bool,
) -> WeighedPairs:
    """Also score pairs that no blocking key found, inside components that links make: else they'd count as unlike."""
    links = link_mask(scored, thresholds(rules, model, profile=profile))
    component = component_of_rows(
        len(standardized), scored.left_rows[links].astype(np.int64), scored.right_rows[links].astype(np.int64)
    )
    missing = _unscored(standardized, scored, component, most=_LARGEST_COMPLETED, sources_apart=sources_apart)
    if not len(missing[0]):
        return scored
    return joined(scored, score_pairs(standardized, *missing, rules, model))


def _unscored(
    standardized: StandardizedBatch,
    scored: WeighedPairs,
    group: NDArray[np.int64],
    *,
    most: int | None = None,
    sources_apart: bool,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pairs inside a group that have no score yet, in order; of groups of at most so many rows."""
    count = len(standardized)
    inside = group[scored.left_rows] == group[scored.right_rows]
    known = scored.left_rows[inside].astype(np.int64) * count + scored.right_rows[inside]
    left, right = pairs_inside(group, most=most)
    if sources_apart:
        sources = standardized.source_numbers
        across = sources[left] != sources[right]
        left, right = left[across], right[across]
    missing = np.setdiff1d(distinct_numbers(left * count + right), distinct_numbers(known), assume_unique=True)
    return (missing // count).astype(np.int32), (missing % count).astype(np.int32)


def _clustered(
    standardized: StandardizedBatch,
    scored: WeighedPairs,
    rules: MatchRules,
    model: MatchModel,
    *,
    profile: str,
    sources_apart: bool,
    processes: int,
) -> tuple[WeighedPairs, NDArray[np.int64]]:
    """The first row of each row's cluster, and the pairs with every pair inside a cluster scored.

    A pair that nobody had looked at may bear a veto: then the records are clustered again, which no veto outlives.
    """
    while True:
        cluster_of = _cluster(standardized, scored, rules, model, profile=profile, processes=processes)
        missing = _unscored(standardized, scored, cluster_of, sources_apart=sources_apart)
        if not len(missing[0]):
            return scored, cluster_of
        implied = score_pairs(standardized, *missing, rules, model)
        scored = joined(scored, implied)
        if not implied.vetoes.any():
            return scored, cluster_of


def _cluster(
    standardized: StandardizedBatch,
    scored: WeighedPairs,
    rules: MatchRules,
    model: MatchModel,
    *,
    profile: str,
    processes: int,
) -> NDArray[np.int64]:
    """The first row of each row's cluster; the rows stand in the order of their ids."""
    limit = thresholds(rules, model, profile=profile)
    stored = scored.weight_bits >= limit.review_bits
    pairs = RowPairs(scored.left_rows.astype(np.int64), scored.right_rows.astype(np.int64))
    return cluster_rows(
        len(standardized),
        pairs.chosen(stored),
        scored.weight_bits[stored],
        # Of every pair: what speaks against a match enough to bring its weight below the floor vetoes it no less.
        vetoes=pairs.chosen(scored.vetoes != 0),
        link_threshold_bits=limit.link_bits,
        floor_bits=limit.review_bits,
        sources=np.where(unique_rows(standardized, model), standardized.source_numbers, -1),
        processes=processes,
    )


def _decided_pairs(
    ids: Sequence[str], scored: WeighedPairs, cluster_of: NDArray[np.int64], limit: Thresholds
) -> DecidedPairs:
    """The pairs inside a cluster, or above the review floor."""
    inside = cluster_of[scored.left_rows] == cluster_of[scored.right_rows]
    shown = np.flatnonzero(inside | (scored.weight_bits >= limit.review_bits))
    # Rows stand in the order of their ids.
    shown = shown[np.argsort(scored.left_rows[shown].astype(np.int64) * len(ids) + scored.right_rows[shown])]
    return DecidedPairs(
        ids,
        scored.left_rows[shown],
        scored.right_rows[shown],
        scored.weight_bits[shown],
        scored.probability[shown],
        inside[shown],
    )
