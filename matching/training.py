"""Training a match model without labels.

u comes from frequencies and from pairs drawn at random. m comes from candidate pairs weighed by the probability that
the *other* attributes give them (anchor pairs where an identifying attribute agrees, expectation maximization where
there are none). The shipped probabilities stand as a Dirichlet prior, so that few records change little.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matching.blocking import BlockingKeys
from matching.counting import count_frequencies
from matching.grading import GradedColumn, grade_pairs
from matching.model import LevelProbabilities, MatchModel, default_model
from matching.records import RecordBatch
from matching.rule_tree import AttributeRule, MatchRules
from matching.scoring import LeveledPairs, WeighedPairs, level_pairs, weigh_levels, weigh_pairs
from matching.standardize.batch import StandardizedBatch, standardize_batch
from matching.thresholds import choose_thresholds
from matching.training_pairs import (
    TrainingPairs,
    gather_pairs,
    pairs_across,
    pairs_that_compete,
    rival_probabilities,
    some_pairs,
    unique_rows,
)
from matching.unique_sources import estimate_unique_sources

RANDOM_PAIRS = 60_000
ROUND_PAIRS = 300_000
_PRIOR_M = 30.0
_PRIOR_U = 1000.0
_ROUNDS = 6
_LEAST_ANCHORS = 60
_LEAST_PROBABILITY = 1e-4
_LEAST_UNIQUE_SHARE = 0.3


def train(
    batch: RecordBatch,
    rules: MatchRules,
    *,
    seed: int = 0,
    key: bytes = b"",
    across_sources_only: bool = False,
    unique_sources: Iterable[str] | None = None,
) -> MatchModel:
    """Learn a model from unlabelled records. Equal batches in any order and equal seeds give equal models.

    `key` makes the hashes of the frequency tables. With `across_sources_only` two records of one source never match.
    `unique_sources` names sources without duplicates; None has them estimated.
    """
    standardized = standardize_batch(batch.in_order_of_ids(), rules)
    return train_standardized(
        standardized,
        rules,
        seed=seed,
        key=key,
        across_sources_only=across_sources_only,
        unique_sources=unique_sources,
    )[0]


def train_standardized(
    standardized: StandardizedBatch,
    rules: MatchRules,
    *,
    seed: int = 0,
    key: bytes = b"",
    across_sources_only: bool = False,
    unique_sources: Iterable[str] | None = None,
    find_unique_sources: bool = False,
    keys: BlockingKeys | None = None,
    block_cap: int | None = None,
    random_pairs: int = RANDOM_PAIRS,
    most_pairs: int | None = None,
    processes: int = 1,
) -> tuple[MatchModel, TrainingPairs]:
    """Like `train`, on standardized records in the order of their ids; also answers the graded candidate pairs.

    With `find_unique_sources` sources without duplicates are estimated even where pairs inside a source count.
    `keys` are the records' blocking keys where they are known already, `block_cap` None takes the rules' cap, and
    chance is learned from `random_pairs` pairs. Of more than `most_pairs` candidate pairs so many are drawn, unless
    some source is without duplicates: its rivals must all be there. `processes` share the work.
    """
    estimated = (
        unique_sources is None and (across_sources_only or find_unique_sources) and len(set(standardized.sources)) > 1
    )
    frequencies = count_frequencies(standardized, rules, key, processes=processes)
    model = replace(default_model(rules, key=key), frequencies=frequencies, trained_on=len(standardized))
    pairs = gather_pairs(
        standardized,
        rules,
        model,
        seed=seed,
        across_sources_only=across_sources_only,
        keys=keys,
        block_cap=block_cap,
        most_pairs=None if estimated or rules.unique_sources or unique_sources else most_pairs,
        processes=processes,
    )
    model = replace(model, left_out=pairs.blocking.left_out)
    model = _with_u(standardized, rules, model, np.random.default_rng(seed), random_pairs, processes=processes)
    unique = {*rules.unique_sources, *(unique_sources or ())}
    if estimated:
        unique.update(_found_unique(standardized, pairs, rules, model, seed=seed))
    model = replace(model, unique_sources=tuple(sorted(unique)))
    if most_pairs is not None and not unique.intersection(standardized.sources):
        pairs = some_pairs(pairs, most_pairs, seed=seed)
    model, weighed = _learn(standardized, pairs, rules, model, seed=seed)
    return model, replace(pairs, weighed=weighed if len(weighed) == len(pairs.left) else None)


def _found_unique(
    standardized: StandardizedBatch, pairs: TrainingPairs, rules: MatchRules, model: MatchModel, *, seed: int
) -> set[str]:
    """Every source is taken to be free of duplicates at first; those whose records then look repeated are not."""
    all_of_them = replace(model, unique_sources=tuple(sorted(set(standardized.sources))))
    supposed, _ = _learn(standardized, pairs_across(pairs, standardized), rules, all_of_them, seed=seed)
    return set(estimate_unique_sources(standardized, pairs, rules, supposed)) - set(rules.repeating_sources)


def _learn(
    standardized: StandardizedBatch, pairs: TrainingPairs, rules: MatchRules, model: MatchModel, *, seed: int
) -> tuple[MatchModel, WeighedPairs]:
    """Rounds of m and prior, then thresholds, for sources taken to be unique as the model says.

    Also answers the weights of the pairs that compete.
    """
    is_unique = unique_rows(standardized, model)
    pairs = pairs_that_compete(pairs, standardized, model)
    # Rivals in a source without duplicates must all be there; elsewhere a sample teaches the same in less time.
    some = pairs if is_unique.any() else some_pairs(pairs, ROUND_PAIRS, seed=seed)
    leveled = level_pairs(standardized, some.left, some.right, rules, graded=some.graded)
    for _ in range(_ROUNDS):
        scored = weigh_levels(leveled, rules, model)
        model = _with_m(standardized, leveled, scored, rules, model, is_unique=is_unique, pairs=some)
    return _with_thresholds(standardized, pairs, rules, model)


def with_thresholds(
    standardized: StandardizedBatch, pairs: TrainingPairs, rules: MatchRules, model: MatchModel
) -> MatchModel:
    """The model with the link thresholds that its weights of these candidate pairs call for."""
    return _with_thresholds(standardized, pairs_that_compete(pairs, standardized, model), rules, model)[0]


def _with_thresholds(
    standardized: StandardizedBatch, pairs: TrainingPairs, rules: MatchRules, model: MatchModel
) -> tuple[MatchModel, WeighedPairs]:
    is_unique = unique_rows(standardized, model)
    weighed = weigh_pairs(standardized, pairs.left, pairs.right, rules, model, graded=pairs.graded)
    posterior = rival_probabilities(weighed, is_unique)
    sources = standardized.source_numbers
    return choose_thresholds(weighed, posterior, rules, model, sources=sources, is_unique=is_unique), weighed


def _with_u(
    standardized: StandardizedBatch,
    rules: MatchRules,
    model: MatchModel,
    random: np.random.Generator,
    pairs: int,
    *,
    processes: int,
) -> MatchModel:
    probabilities: dict[str, dict[str, LevelProbabilities]] = {}
    for number, segment in enumerate(rules.segments):
        rows = np.flatnonzero(standardized.segments == number).astype(np.int32)
        if len(rows) < 2:
            probabilities[segment] = dict(model.probabilities[segment])
            continue
        drawn = min(pairs, len(rows) * (len(rows) - 1) // 2)
        left, right = random.choice(rows, drawn), random.choice(rows, drawn)
        differ = left != right
        left, right = left[differ], right[differ]
        graded = grade_pairs(standardized, left, right, rules, model, processes=processes)
        # In a short file with many duplicates some pairs drawn at random match: they mustn't teach what chance does.
        unlike = 1.0 - weigh_pairs(standardized, left, right, rules, model, graded=graded).probability
        probabilities[segment] = {
            rule.attribute: _learned_u(rule, column, unlike, model.probabilities[segment][rule.attribute])
            for rule, column in zip(rules.attributes, graded, strict=True)
        }
    return replace(model, probabilities=probabilities)


def _learned_u(
    rule: AttributeRule, column: GradedColumn, unlike: NDArray[np.float64], shipped: LevelProbabilities
) -> LevelProbabilities:
    if not rule.learn:
        return shipped
    known = column.levels >= 0
    seen = np.bincount(column.levels[known], weights=unlike[known], minlength=len(rule.levels)).astype(np.float64)
    return LevelProbabilities(m=shipped.m, u=_smoothed(seen, shipped.u, _PRIOR_U))


def _with_m(
    standardized: StandardizedBatch,
    leveled: LeveledPairs,
    scored: WeighedPairs,
    rules: MatchRules,
    model: MatchModel,
    *,
    is_unique: NDArray[np.bool_],
    pairs: TrainingPairs,
) -> MatchModel:
    posterior = rival_probabilities(scored, is_unique)
    probabilities: dict[str, dict[str, LevelProbabilities]] = {}
    shipped = default_model(rules).probabilities
    for number, segment in enumerate(rules.segments):
        inside = np.flatnonzero(standardized.segments[scored.left_rows] == number)
        levels = {rule.attribute: leveled.levels[place][inside] for place, rule in enumerate(rules.attributes)}
        agree = {rule.attribute: levels[rule.attribute] == 0 for rule in rules.attributes if rule.identifying}
        probabilities[segment] = {
            rule.attribute: _learned_m(
                rule,
                levels[rule.attribute],
                posterior=posterior[inside],
                anchors=[each for name, each in agree.items() if name != rule.attribute],
                current=model.probabilities[segment][rule.attribute],
                shipped_m=shipped[segment][rule.attribute].m,
            )
            for rule in rules.attributes
        }
    # Where sources without duplicates are linked, some share of the smaller is taken to be known to the other: else
    # a lone name would shrink the prior round by round until nothing matches.
    least = _LEAST_UNIQUE_SHARE * _smaller_side(standardized) if is_unique.all() else 0.0
    expected = max(float(posterior.sum()), least)
    prior = float(np.clip((expected + 1.0) / (pairs.possible + 1.0 / rules.prior_probability), 1e-9, 0.2))
    copies = 2.0 * float(posterior.sum()) / pairs.share / max(len(standardized), 1)
    return replace(model, probabilities=probabilities, prior_probability=prior, copies_per_record=copies)


def _learned_m(
    rule: AttributeRule,
    levels: NDArray[np.int16],
    *,
    posterior: NDArray[np.float64],
    anchors: Sequence[NDArray[np.bool_]],
    current: LevelProbabilities,
    shipped_m: tuple[float, ...],
) -> LevelProbabilities:
    if not rule.learn:
        return current
    known = np.flatnonzero(levels >= 0)
    anchored = np.zeros(len(known), dtype=bool)
    for agrees in anchors:
        anchored |= agrees[known]
    likely = posterior[known]
    by_anchors = np.where(anchored, likely, 0.0)
    weights = by_anchors if by_anchors.sum() >= _LEAST_ANCHORS else likely
    seen = np.bincount(levels[known], weights=weights, minlength=len(rule.levels)).astype(np.float64)
    return LevelProbabilities(m=_smoothed(seen, shipped_m, _PRIOR_M), u=current.u)


def _smoothed(seen: NDArray[np.float64], shipped: Sequence[float], strength: float) -> tuple[float, ...]:
    shares = np.array(shipped) / sum(shipped)
    learned = (seen + strength * shares) / (seen.sum() + strength)
    return tuple(float(each) for each in np.maximum(learned, _LEAST_PROBABILITY * shares))


def _smaller_side(standardized: StandardizedBatch) -> int:
    sizes = np.bincount(standardized.source_numbers)
    return int(sizes.sum() - sizes.max(initial=0))
