"""A whole run over a file of records: train, block, score, decide, cluster, with pairs and clusters that agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.blocking import BlockingReport
from matching.clustering import RowPairs, cluster_rows
from matching.components import component_of_rows, members_of, pairs_inside
from matching.decided_pairs import DecidedPairs
from matching.decision import link_mask, thresholds
from matching.errors import ModelDoesNotFit
from matching.model import MatchModel
from matching.records import RecordBatch
from matching.rule_tree import MatchRules
from matching.scoring import ScoredPairs, joined, score_pairs, weigh_pairs
from matching.spans import distinct_numbers
from matching.standardize.batch import StandardizedBatch, standardize_batch
from matching.training import train_standardized
from matching.training_pairs import gather_pairs, source_numbers, unique_rows

Progress = Callable[[str], None]
_LARGEST_COMPLETED = 60


def _silent(step: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Deduplication:
    """Pairs and clusters of a run: a pair is LINK exactly when a cluster holds both its records."""

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
    if model is None:
        model, trained = train_standardized(
            standardized,
            rules,
            seed=seed,
            across_sources_only=across_sources_only,
            unique_sources=tuple(unique_sources) or None,
            processes=processes,
        )
    else:
        trained = gather_pairs(
            standardized,
            rules,
            model,
            across_sources_only=across_sources_only,
            left_out=model.left_out,
            processes=processes,
        )
    on_progress("scoring")
    scored = weigh_pairs(standardized, trained.left, trained.right, rules, model, graded=trained.graded)
    scored = _with_missing_pairs(standardized, scored, rules, model, profile=profile, sources_apart=across_sources_only)
    on_progress("clustering")
    cluster_of = _cluster(standardized, scored, rules, model, profile=profile)
    on_progress("deciding")
    pairs = _decided_pairs(
        standardized, scored, cluster_of, rules, model, profile=profile, across_sources_only=across_sources_only
    )
    ids = standardized.ids
    named = tuple([tuple([ids[row] for row in members]) for members in members_of(cluster_of)])
    return Deduplication(pairs=pairs, clusters=named, model=model, blocking=trained.blocking, standardized=standardized)


def _with_missing_pairs(
    standardized: StandardizedBatch,
    scored: ScoredPairs,
    rules: MatchRules,
    model: MatchModel,
    *,
    profile: str,
    sources_apart: bool,
) -> ScoredPairs:
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
    scored: ScoredPairs,
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
        sources = source_numbers(standardized)
        across = sources[left] != sources[right]
        left, right = left[across], right[across]
    missing = np.setdiff1d(distinct_numbers(left * count + right), distinct_numbers(known), assume_unique=True)
    return (missing // count).astype(np.int32), (missing % count).astype(np.int32)


def _cluster(
    standardized: StandardizedBatch, scored: ScoredPairs, rules: MatchRules, model: MatchModel, *, profile: str
) -> NDArray[np.int64]:
    """The first row of each row's cluster; the rows stand in the order of their ids."""
    limit = thresholds(rules, model, profile=profile)
    stored = np.flatnonzero(scored.weight_bits >= limit.review_bits)
    pairs = RowPairs(scored.left_rows[stored].astype(np.int64), scored.right_rows[stored].astype(np.int64))
    return cluster_rows(
        len(standardized),
        pairs,
        scored.weight_bits[stored],
        vetoes=pairs.chosen(scored.vetoes[stored] != 0),
        link_threshold_bits=limit.link_bits,
        floor_bits=limit.review_bits,
        sources=np.where(unique_rows(standardized, model), source_numbers(standardized), -1),
    )


def _decided_pairs(
    standardized: StandardizedBatch,
    scored: ScoredPairs,
    cluster_of: NDArray[np.int64],
    rules: MatchRules,
    model: MatchModel,
    *,
    profile: str,
    across_sources_only: bool,
) -> DecidedPairs:
    floor = thresholds(rules, model, profile=profile).review_bits
    inside = cluster_of[scored.left_rows] == cluster_of[scored.right_rows]
    shown = np.flatnonzero(inside | (scored.weight_bits >= floor))
    left, right = _unscored(standardized, scored, cluster_of, sources_apart=across_sources_only)
    implied = score_pairs(standardized, left, right, rules, model)
    lefts, rights = (
        np.concatenate([scored.left_rows[shown], left]),
        np.concatenate([scored.right_rows[shown], right]),
    )
    # Rows stand in the order of their ids.
    order = np.lexsort((rights, lefts))
    bits = np.concatenate([scored.weight_bits[shown], implied.weight_bits])[order]
    probability = np.concatenate([scored.probability[shown], implied.probability])[order]
    together = np.concatenate([inside[shown], np.ones(len(left), dtype=bool)])[order]
    return DecidedPairs(standardized.ids, lefts[order], rights[order], bits, probability, together)
