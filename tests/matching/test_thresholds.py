"""Thresholds come from the pairs themselves and are nearly as good as the best that the truth could choose."""

import numpy as np
import pytest
from numpy.typing import NDArray

from matching.defaults import default_match_rules
from matching.model import default_model
from matching.scoring import ScoredPairs
from matching.thresholds import choose_thresholds

RECORDS = 4000


def pairs_of_two_clean_sources(share: float) -> tuple[ScoredPairs, NDArray[np.bool_]]:
    """A catalog beside a larger one: `share` of it has its match there, and everyone three that only look so."""
    random = np.random.default_rng(7)
    matched = int(RECORDS * share)
    left = np.concatenate([np.arange(matched), np.repeat(np.arange(RECORDS), 3)]).astype(np.int32)
    wrong = random.integers(RECORDS + matched, 4 * RECORDS, 3 * RECORDS)
    right = np.concatenate([np.arange(RECORDS, RECORDS + matched), wrong]).astype(np.int32)
    weight = np.concatenate([random.normal(14, 4, matched), random.normal(1, 4, 3 * RECORDS)])
    # The true odds of these two normal distributions, as a well trained model states them.
    odds = share / 3 * np.exp(((weight - 1) ** 2 - (weight - 14) ** 2) / 32)
    nothing = np.zeros((len(left), 0))
    scored = ScoredPairs(
        left_rows=left,
        right_rows=right,
        weight_bits=weight,
        probability=odds / (1.0 + odds),
        levels=nothing.astype(np.int16),
        base_bits=nothing,
        adjustment_bits=nothing,
        vetoes=np.zeros(len(left), dtype=np.int64),
        veto_codes=(),
    )
    return scored, np.arange(len(left)) < matched


def f1_from(threshold: float, scored: ScoredPairs, true: NDArray[np.bool_]) -> float:
    best_of = np.full(int(scored.right_rows.max()) + 1, -np.inf)
    for rows in (scored.left_rows, scored.right_rows):
        np.maximum.at(best_of, rows, scored.weight_bits)
    mutual = (scored.weight_bits == best_of[scored.left_rows]) & (scored.weight_bits == best_of[scored.right_rows])
    linked = mutual & (scored.weight_bits >= threshold)
    return float(2 * (linked & true).sum() / (linked.sum() + true.sum()))


@pytest.mark.parametrize("share", [0.4, 0.9])
def test_the_balanced_threshold_of_clean_sources_is_near_the_best_in_hindsight(share: float) -> None:
    scored, true = pairs_of_two_clean_sources(share)
    rules = default_match_rules("product")
    sources = (np.arange(4 * RECORDS) >= RECORDS).astype(np.int32)

    chosen = choose_thresholds(
        scored,
        scored.probability,
        rules,
        default_model(rules),
        sources=sources,
        is_unique=np.ones(len(sources), dtype=bool),
    ).link_bits["balanced"]

    best = max(f1_from(threshold, scored, true) for threshold in np.arange(-10, 25, 0.25))
    assert f1_from(chosen, scored, true) >= best - 0.03
