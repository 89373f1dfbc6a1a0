"""Choosing what a trained model leaves open: link thresholds by profile, and which sources hold no duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matching.model import MatchModel, threshold_bits
from matching.rule_tree import PROFILES, MatchRules
from matching.scoring import ScoredPairs

_LOWEST_LINK_PROBABILITY = 0.35
_HIGHEST_LINK_PROBABILITY = 0.9
_LEAST_EXPECTED = 30.0


def choose_thresholds(
    scored: ScoredPairs, posterior: NDArray[np.float64], rules: MatchRules, model: MatchModel
) -> MatchModel:
    """Set the link threshold of each profile from calibrated probabilities.

    `balanced` takes the weight at which expected F1 is best (Lewis 1995), a profile with `max_wrong_share` the lowest
    weight at which the expected share of wrong links stays within it. Too few expected matches keep the shipped ones.
    """
    prior = model.prior_probability
    link_bits = {name: threshold_bits(rules.profile(name).link_probability, prior) for name in PROFILES}
    if posterior.sum() >= _LEAST_EXPECTED:
        order = np.lexsort((posterior, scored.weight_bits))[::-1]
        order = order[scored.vetoes[order] == 0]
        sorted_posterior = posterior[order]
        expected = np.cumsum(sorted_posterior)
        places = np.arange(1, len(order) + 1)
        for name in PROFILES:
            allowed = rules.profile(name).max_wrong_share
            if allowed is None:
                best = int(np.argmax(2 * expected / (places + posterior.sum())))
                low = threshold_bits(_LOWEST_LINK_PROBABILITY, prior)
                high = threshold_bits(_HIGHEST_LINK_PROBABILITY, prior)
                link_bits[name] = float(np.clip(scored.weight_bits[order[best]], low, high))
            else:
                within = np.flatnonzero(1.0 - expected / places <= allowed)
                least = threshold_bits(rules.profile(name).link_probability, prior)
                found = float(scored.weight_bits[order[within[-1]]]) if len(within) else least
                link_bits[name] = max(found, least)
    return replace(model, link_bits=link_bits, review_bits=threshold_bits(rules.review_probability, prior))


def estimate_unique_sources(scored: ScoredPairs, sources: Sequence[str], model: MatchModel) -> tuple[str, ...]:
    """Sources that look free of duplicates: next to none of their records has a likely match in its own source.

    Judged against the share of records with a likely match elsewhere, because alike but different things (models of
    a product line) are as likely to be taken for each other inside a source as across.
    """
    names = sorted(set(sources))
    if len(names) < 2:
        return ()
    number = np.array([names.index(source) for source in sources])
    left, right = number[scored.left_rows], number[scored.right_rows]
    likely = (scored.weight_bits >= model.link_bits["balanced"]) & (scored.vetoes == 0)
    unique: list[str] = []
    for index, name in enumerate(names):
        size = int((number == index).sum())
        within = likely & (left == index) & (right == index)
        beyond = likely & ((left == index) != (right == index))
        inside = len(np.unique(np.concatenate([scored.left_rows[within], scored.right_rows[within]])))
        rows = np.concatenate([scored.left_rows[beyond], scored.right_rows[beyond]])
        outside = len(np.unique(rows[number[rows] == index]))
        if inside <= 0.02 * size or inside <= 0.1 * outside:
            unique.append(name)
    return tuple(unique)
