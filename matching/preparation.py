"""The model and the candidate pairs of a file: trained, or gathered for a model trained before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from matching.copies import Copies, find_copies
from matching.model import MatchModel
from matching.rule_tree import MatchRules
from matching.standardize.batch import StandardizedBatch
from matching.training import train_standardized
from matching.training_pairs import TrainingPairs, gather_pairs


def prepare_pairs(
    standardized: StandardizedBatch,
    rules: MatchRules,
    *,
    model: MatchModel | None = None,
    seed: int = 0,
    across_sources_only: bool = False,
    unique_sources: Iterable[str] = (),
    processes: int = 1,
) -> tuple[MatchModel, TrainingPairs, Copies]:
    """Options as in `deduplicate`. Equal records beyond the first ten teach nothing and stand in no pair."""
    declared = tuple(unique_sources)
    unique = model.unique_sources if model is not None else (*rules.unique_sources, *declared)
    copies = find_copies(standardized, unique_sources=unique, across_sources_only=across_sources_only)
    some = standardized.of_rows(copies.kept) if len(copies.more) else standardized
    if model is None:
        model, pairs = train_standardized(
            some,
            rules,
            seed=seed,
            across_sources_only=across_sources_only,
            unique_sources=declared or None,
            processes=processes,
        )
    else:
        pairs = gather_pairs(
            some,
            rules,
            model,
            across_sources_only=across_sources_only,
            left_out=model.left_out,
            processes=processes,
        )
    left, right = (copies.kept[side].astype(np.int32) for side in (pairs.left, pairs.right))
    weighed = None if pairs.weighed is None else replace(pairs.weighed, left_rows=left, right_rows=right)
    return model, replace(pairs, left=left, right=right, weighed=weighed), copies
