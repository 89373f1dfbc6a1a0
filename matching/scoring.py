"""Scoring by Fellegi-Sunter match weights, column by column over distinct value pairs.

Fellegi and Sunter, A Theory for Record Linkage, 1969; frequency adjustment after Winkler, 1989.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp2

import numpy as np
from numpy.typing import NDArray

from matching.comparators.kinds import FULL, INCOMPARABLE, Comparator, comparators
from matching.grading import GradedColumn, grade_pairs
from matching.model import LevelProbabilities, MatchModel, TermFrequencies
from matching.rule_tree import AttributeRule, MatchRules, VetoRule
from matching.standardize.batch import StandardizedBatch

OTHER_SEGMENT = "other_kind"
OTHER_SEGMENT_BITS = -64.0


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPairs:
    """Pairs with their evidence. `levels`, `base_bits` and `adjustment_bits` have one column an attribute rule.

    Level INCOMPARABLE (-1) and zero bits where an attribute says nothing. Bit i of `vetoes` stands for
    `veto_codes[i]`.
    """

    left_rows: NDArray[np.int32]
    right_rows: NDArray[np.int32]
    weight_bits: NDArray[np.float64]
    probability: NDArray[np.float64]
    levels: NDArray[np.int16]
    base_bits: NDArray[np.float64]
    adjustment_bits: NDArray[np.float64]
    vetoes: NDArray[np.int64]
    veto_codes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.left_rows)

    def vetoes_of(self, index: int) -> tuple[str, ...]:
        """Codes of the vetoes on one pair."""
        return tuple(code for bit, code in enumerate(self.veto_codes) if int(self.vetoes[index]) >> bit & 1)


def joined(first: ScoredPairs, second: ScoredPairs) -> ScoredPairs:
    """Two lots of pairs, scored under the same rules and model, as one."""
    return ScoredPairs(
        left_rows=np.concatenate([first.left_rows, second.left_rows]),
        right_rows=np.concatenate([first.right_rows, second.right_rows]),
        weight_bits=np.concatenate([first.weight_bits, second.weight_bits]),
        probability=np.concatenate([first.probability, second.probability]),
        levels=np.concatenate([first.levels, second.levels]),
        base_bits=np.concatenate([first.base_bits, second.base_bits]),
        adjustment_bits=np.concatenate([first.adjustment_bits, second.adjustment_bits]),
        vetoes=np.concatenate([first.vetoes, second.vetoes]),
        veto_codes=first.veto_codes,
    )


def score_pairs(
    standardized: StandardizedBatch,
    left_rows: NDArray[np.int32],
    right_rows: NDArray[np.int32],
    rules: MatchRules,
    model: MatchModel,
) -> ScoredPairs:
    """Weigh pairs of rows. A pair's weight depends on its two records, the rules and the model, on nothing else."""
    graded = grade_pairs(standardized, left_rows, right_rows, rules, model)
    return weigh_pairs(standardized, left_rows, right_rows, rules, model, graded=graded)


def weigh_pairs(
    standardized: StandardizedBatch,
    left_rows: NDArray[np.int32],
    right_rows: NDArray[np.int32],
    rules: MatchRules,
    model: MatchModel,
    *,
    graded: Sequence[GradedColumn],
) -> ScoredPairs:
    """Lay a model's weights over grades."""
    count = len(left_rows)
    segments = standardized.segments[left_rows]
    same_segment = segments == standardized.segments[right_rows]
    # Column by column in memory too, as they are filled and read.
    levels = np.full((count, len(rules.attributes)), INCOMPARABLE, dtype=np.int16, order="F")
    base = np.zeros((count, len(rules.attributes)), dtype=np.float64, order="F")
    adjustment = np.zeros((count, len(rules.attributes)), dtype=np.float64, order="F")
    for number, segment in enumerate(rules.segments):
        chosen = np.flatnonzero(same_segment & (segments == number))
        for column, (rule, grade) in enumerate(zip(rules.attributes, graded, strict=True)):
            if rule.segments and segment not in rule.segments:
                continue
            probabilities = model.probabilities_of(segment, rule.attribute)
            levels[chosen, column] = grade.levels[chosen]
            base[chosen, column] = _base_bits(
                comparators.get(rule.comparator), model.weights_bits(segment, rule.attribute), grade, chosen
            )
            if rule.term_frequency:
                adjustment[chosen, column] = _adjustments(rule, probabilities, grade, chosen, model)
    weight = np.zeros(count, dtype=np.float64)
    for column in range(len(rules.attributes)):
        # Column by column in a fixed order: the sum of a pair is rounded alike in any batch.
        weight += base[:, column] + adjustment[:, column]
    weight[~same_segment] = OTHER_SEGMENT_BITS
    vetoes, codes = _vetoes(levels, segments, same_segment, rules)
    return ScoredPairs(
        left_rows=left_rows,
        right_rows=right_rows,
        weight_bits=weight,
        probability=_probabilities(weight, model.prior_bits),
        levels=levels,
        base_bits=base,
        adjustment_bits=adjustment,
        vetoes=vetoes,
        veto_codes=codes,
    )


def _base_bits(
    comparator: Comparator, weights: tuple[float, ...], grade: GradedColumn, chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    if grade.closeness is None:
        return np.array([*weights, 0.0])[grade.levels[chosen]]
    return interpolated_weights(comparator.bounds, weights)[grade.closeness[chosen]]


def interpolated_weights(bounds: tuple[int, ...], weights: Sequence[float]) -> NDArray[np.float64]:
    """Weight of each closeness from 0 to 1000, linear between the middles of the levels; last entry (-1) is zero."""
    tops = (FULL, *bounds[:-1])
    middles = [(bound + top) / 2 for bound, top in zip(bounds, tops, strict=True)]
    middles[0] = min(middles[0], FULL)
    table: list[float] = []
    for closeness in range(FULL + 1):
        above = [index for index, middle in enumerate(middles) if middle >= closeness]
        if not above:
            table.append(weights[0])
        elif above[-1] == len(middles) - 1:
            table.append(weights[-1])
        else:
            upper, lower = above[-1], above[-1] + 1
            share = (closeness - middles[lower]) / (middles[upper] - middles[lower])
            table.append(weights[lower] + share * (weights[upper] - weights[lower]))
    return np.array([*table, 0.0])


def _adjustments(
    rule: AttributeRule,
    probabilities: LevelProbabilities,
    grade: GradedColumn,
    chosen: NDArray[np.int64],
    model: MatchModel,
) -> NDArray[np.float64]:
    frequencies = TermFrequencies(model, rule.attribute, shipped_u=rule.levels[0].u)
    u = probabilities.u[0]
    terms_seen = grade.terms_seen[chosen]
    counts = np.flatnonzero(np.bincount(terms_seen))
    bits = np.zeros(int(terms_seen.max(initial=0)) + 1)
    # By math.log2 over distinct counts: vectorized log2 may round differently by position in the array.
    bits[counts] = [frequencies.adjustment_bits(seen, u=u) for seen in counts.tolist()]
    adjustments: NDArray[np.float64] = bits[terms_seen]
    return adjustments


def _probabilities(weight: NDArray[np.float64], prior_bits: float) -> NDArray[np.float64]:
    # By math.exp2 over distinct weights: vectorized exp2 may round differently by position in the array.
    distinct, place = np.unique(weight, return_inverse=True)
    values = [probability_of(bits, prior_bits) for bits in distinct.tolist()]
    return np.array(values, dtype=np.float64)[place]


def probability_of(weight_bits: float, prior_bits: float) -> float:
    """The probability that a pair of this weight matches."""
    return 1.0 / (1.0 + exp2(min(-(weight_bits + prior_bits), 1000.0)))


def _vetoes(
    levels: NDArray[np.int16], segments: NDArray[np.int32], same_segment: NDArray[np.bool_], rules: MatchRules
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    codes = (OTHER_SEGMENT, *(veto.code for veto in rules.vetoes))
    bits = np.where(same_segment, 0, 1).astype(np.int64)
    column_of = {rule.attribute: column for column, rule in enumerate(rules.attributes)}
    for index, veto in enumerate(rules.vetoes, start=1):
        fires = same_segment & _fires(veto, levels, column_of, rules)
        if veto.segments:
            fires &= np.array([name in veto.segments for name in rules.segments])[segments]
        bits |= fires.astype(np.int64) << index
    return bits, codes


def _fires(
    veto: VetoRule, levels: NDArray[np.int16], column_of: dict[str, int], rules: MatchRules
) -> NDArray[np.bool_]:
    def has(attribute: str, names: tuple[str, ...]) -> NDArray[np.bool_]:
        column = column_of[attribute]
        # INCOMPARABLE is -1, so its answer stands last.
        among = np.array([*(level.name in names for level in rules.attributes[column].levels), False])
        found: NDArray[np.bool_] = among[levels[:, column]]
        return found

    fires = np.ones(len(levels), dtype=bool)
    for attribute, names in veto.when:
        fires &= has(attribute, names)
    for attribute, names in veto.unless:
        fires &= ~has(attribute, names)
    return fires
