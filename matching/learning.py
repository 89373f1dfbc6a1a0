"""Learning from stewards: corrections to the weights of a model, from pairs that people judged.

Maximum a posteriori logistic regression with the Fellegi-Sunter log odds as offset: each level of each attribute gets
a correction, drawn to zero by a normal prior, so that a few labels move what they concern and nothing else. Labels may
be chosen by their weight, as a queue does: what is learned is the probability given the levels, not the share of
matches. A correction is a number of bits like any other, and an explanation still adds up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np
from numpy.typing import NDArray

from matching.comparators.kinds import comparators
from matching.grading import GradedColumn, grade_pairs
from matching.model import MatchModel
from matching.rule_tree import MatchRules
from matching.scoring import WeighedPairs, interpolated_weights, weigh_pairs
from matching.standardize.batch import StandardizedBatch
from matching.training import with_thresholds
from matching.training_pairs import TrainingPairs

_NATS = log(2.0)
_SPREAD_BITS = 2.0
"""Standard deviation of a correction before any label is seen."""
_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of two records."""

    left: str
    right: str
    is_match: bool


def learn_from_labels(
    standardized: StandardizedBatch,
    pairs: TrainingPairs,
    rules: MatchRules,
    model: MatchModel,
    labels: Sequence[Label],
) -> MatchModel:
    """A corrected copy of a model that was trained on these records: a draft, until somebody puts it in force.

    The order of labels is of no account, and none give the model back. A pair under a veto stays vetoed, and
    teaches nothing, whatever its label says. Raises UnknownRecord.
    """
    if not labels:
        return model
    left, right, is_match = _rows(standardized, labels)
    plain = replace(model, learned_bits={})
    graded = grade_pairs(standardized, left, right, rules, plain)
    scored = weigh_pairs(standardized, left, right, rules, plain, graded=graded)
    design, places = _design(standardized, scored, graded, rules)
    free = scored.vetoes == 0
    offset = (scored.weight_bits + model.prior_bits) * _NATS
    corrections = _regress(design[free], offset[free], is_match[free]) / _NATS
    learned: dict[str, dict[str, tuple[float, ...]]] = {}
    for (segment, attribute), columns in places.items():
        # Rounded, so that neither the number of threads nor the machine shows in a model.
        bits = tuple(round(float(each), 6) + 0.0 for each in corrections[columns])
        if any(bits):
            learned.setdefault(segment, {})[attribute] = bits
    return with_thresholds(standardized, pairs, rules, replace(model, learned_bits=learned))


def _rows(
    standardized: StandardizedBatch, labels: Sequence[Label]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    ordered = sorted(labels, key=lambda each: (*sorted((each.left, each.right)), each.is_match))
    left, right = standardized.rows_of([(each.left, each.right) for each in ordered])
    usable = (standardized.segments[left] == standardized.segments[right]) & (left != right)
    return left[usable], right[usable], np.array([each.is_match for each in ordered], dtype=np.float64)[usable]


def _design(
    standardized: StandardizedBatch, scored: WeighedPairs, graded: Sequence[GradedColumn], rules: MatchRules
) -> tuple[NDArray[np.float64], dict[tuple[str, str], slice]]:
    """How much of each level's weight each pair takes; a column a level of an attribute in a segment."""
    columns: list[NDArray[np.float64]] = []
    places: dict[tuple[str, str], slice] = {}
    for number, segment in enumerate(rules.segments):
        inside = standardized.segments[scored.left_rows] == number
        for rule, grade in zip(rules.attributes, graded, strict=True):
            if rule.segments and segment not in rule.segments:
                continue
            places[segment, rule.attribute] = slice(len(columns), len(columns) + len(rule.levels))
            bounds = comparators.get(rule.comparator).bounds
            for level in range(len(rule.levels)):
                if grade.closeness is None:
                    share = (grade.levels == level).astype(np.float64)
                else:
                    unit = [float(each == level) for each in range(len(rule.levels))]
                    share = interpolated_weights(bounds, unit)[grade.closeness]
                columns.append(np.where(inside, share, 0.0))
    return np.stack(columns, axis=1), places


def _regress(
    design: NDArray[np.float64], offset: NDArray[np.float64], is_match: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Newton's method on a strictly convex loss, halving a step that does not lower it."""
    precision = 1.0 / (_SPREAD_BITS * _NATS) ** 2
    corrections = np.zeros(design.shape[1])

    def loss(at: NDArray[np.float64]) -> float:
        odds = offset + design @ at
        return float(np.logaddexp(0.0, odds).sum() - is_match @ odds + 0.5 * precision * (at @ at))

    for _ in range(_ROUNDS):
        probability = 1.0 / (1.0 + np.exp(-np.clip(offset + design @ corrections, -60.0, 60.0)))
        gradient = design.T @ (probability - is_match) + precision * corrections
        curvature = (design.T * (probability * (1.0 - probability))) @ design + precision * np.eye(len(corrections))
        step = np.linalg.solve(curvature, gradient)
        while loss(corrections - step) > loss(corrections) and np.abs(step).max() > 1e-9:
            step = step / 2.0
        corrections = corrections - step
        if np.abs(step).max() < 1e-9:
            break
    return corrections
