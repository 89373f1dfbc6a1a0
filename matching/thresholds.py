"""Choosing the link thresholds of a trained model, by profile."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching.model import MatchModel, threshold_bits
from matching.rule_tree import PROFILES, MatchRules
from matching.scoring import WeighedPairs

_LOWEST_LINK_PROBABILITY = 0.35
_HIGHEST_LINK_PROBABILITY = 0.9
_LOWEST_UNIQUE_PROBABILITY = 0.003
LEAST_EXPECTED = 30.0
_REVIEW_MARGIN_BITS = 3.0
_KNOCKOUT_ROUNDS = 20


def choose_thresholds(
    scored: WeighedPairs,
    posterior: NDArray[np.float64],
    rules: MatchRules,
    model: MatchModel,
    *,
    sources: NDArray[np.int32],
    is_unique: NDArray[np.bool_],
) -> MatchModel:
    """Set the link threshold of each profile.

    `balanced` takes the weight at which expected F1 is best (Lewis 1995), a profile with `max_wrong_share` the lowest
    weight at which the expected share of wrong links stays within it. Too few expected matches keep the shipped ones.
    """
    prior = model.prior_probability
    link_bits = {name: threshold_bits(rules.profile(name).link_probability, prior) for name in PROFILES}
    expectation = (
        _by_knockout(scored, sources, posterior)
        if is_unique.all() and len(is_unique)
        else _by_posterior(scored, posterior)
    )
    if expectation.matches >= LEAST_EXPECTED and len(expectation.weights):
        low = threshold_bits(_LOWEST_LINK_PROBABILITY if not is_unique.all() else _LOWEST_UNIQUE_PROBABILITY, prior)
        high = threshold_bits(_HIGHEST_LINK_PROBABILITY, prior)
        places = np.arange(1, len(expectation.weights) + 1)
        for name in PROFILES:
            allowed = rules.profile(name).max_wrong_share
            if allowed is None:
                best = int(np.argmax(2 * expectation.right / (places + expectation.matches)))
                link_bits[name] = float(np.clip(expectation.weights[best], low, high))
            else:
                within = np.flatnonzero(1.0 - expectation.right / places <= allowed)
                least = threshold_bits(rules.profile(name).link_probability, prior)
                found = float(expectation.weights[within[-1]]) if len(within) else least
                link_bits[name] = max(found, least)
    review = min(threshold_bits(rules.review_probability, prior), link_bits["balanced"] - _REVIEW_MARGIN_BITS)
    return replace(model, link_bits=link_bits, review_bits=review)


@dataclass(frozen=True, slots=True, eq=False)
class _Expectation:
    """Weights of pairs that could link, falling; how many of the first n are expected right; all matches expected."""

    weights: NDArray[np.float64]
    right: NDArray[np.float64]
    matches: float


def _by_posterior(scored: WeighedPairs, posterior: NDArray[np.float64]) -> _Expectation:
    free = np.flatnonzero(scored.vetoes == 0)
    order = free[np.lexsort((posterior[free], scored.weight_bits[free]))[::-1]]
    return _Expectation(scored.weight_bits[order], np.cumsum(posterior[order]), float(posterior.sum()))


def _by_knockout(scored: WeighedPairs, sources: NDArray[np.int32], posterior: NDArray[np.float64]) -> _Expectation:
    """Expectation where no source has duplicates: a record's second choice shows what it would take without its match.

    A best pair that is best for both its ends would link. Taking it away, the next pair of its record would link in
    its stead when that is best for the other end; it is wrong for certain. So many wrong links are to be expected
    among the records that have no match (target and decoy counting, as Elias and Gygi 2007 do for spectra). A second
    choice counts as much as its record is likely to have a match: only there is it the best of the wrong ones.
    """
    usable = np.flatnonzero(scored.vetoes == 0)
    order = usable[np.lexsort((scored.right_rows[usable], scored.left_rows[usable], -scored.weight_bits[usable]))]
    left, right, weight = scored.left_rows[order], scored.right_rows[order], scored.weight_bits[order]
    sizes = np.bincount(sources)
    smaller = sources != int(np.argmax(sizes))
    count = max(int(smaller.sum()), 1)
    rank_l, rank_r = _ranks(left, right, len(sources))
    matched = np.zeros(len(sources))
    for rows, rank in ((left, rank_l), (right, rank_r)):
        matched[rows[rank == 0]] = posterior[order[rank == 0]]
    mutual = (rank_l == 0) & (rank_r == 0)
    decoy_l = smaller[left] & (rank_l == 1) & (rank_r == 0)
    decoy_r = smaller[right] & (rank_r == 1) & (rank_l == 0)
    decoy = decoy_l | decoy_r
    rate = np.cumsum(np.where(decoy_l, matched[left], matched[right])[decoy]) / max(float(matched[smaller].sum()), 1.0)
    weights = weight[mutual]
    wrong_rate = np.concatenate([[0.0], rate])[np.searchsorted(-weight[decoy], -weights, side="right")]
    return _settled(weights, wrong_rate, count=count)


def _settled(weights: NDArray[np.float64], wrong_rate: NDArray[np.float64], *, count: int) -> _Expectation:
    """Which share of `count` records has a match, and how many links are right, each settled by the other."""
    places = np.arange(1, len(weights) + 1)
    share = 0.5
    for _ in range(_KNOCKOUT_ROUNDS):
        right_links = places - (1.0 - share) * count * wrong_rate
        share = float(np.clip(right_links.max(initial=0.0) / count, 0.01, 0.99))
    return _Expectation(weights, places - (1.0 - share) * count * wrong_rate, share * count)


def _ranks(
    left: NDArray[np.int32], right: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The place of each pair, best first, among the pairs of its left and of its right record."""
    seen = [0] * count
    ranks = np.empty((2, len(left)), dtype=np.int64)
    for index, (one, other) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        ranks[0, index], ranks[1, index] = seen[one], seen[other]
        seen[one] += 1
        seen[other] += 1
    return ranks[0], ranks[1]
