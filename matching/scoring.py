"""Scoring by Fellegi-Sunter match weights, column by column over distinct value pairs.

Fellegi and Sunter, A Theory for Record Linkage, 1969; frequency adjustment after Winkler, 1989.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import factorial, ldexp, log
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.comparators.kinds import FULL, INCOMPARABLE, comparators
from matching.grading import GradedColumn, grade_pairs
from matching.model import MatchModel, TermFrequencies
from matching.rule_tree import AttributeRule, MatchRules, VetoRule
from matching.standardize.batch import StandardizedBatch

OTHER_SEGMENT = "other_kind"
OTHER_SEGMENT_BITS = -64.0

Power = TypeVar("Power", float, NDArray[np.float64])


@dataclass(frozen=True, slots=True, eq=False)
class WeighedPairs:
    """Pairs with their weights. Bit 0 of `vetoes` stands for another segment, each further one for a veto rule."""

    left_rows: NDArray[np.int32]
    right_rows: NDArray[np.int32]
    weight_bits: NDArray[np.float64]
    probability: NDArray[np.float64]
    vetoes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.left_rows)


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPairs(WeighedPairs):
    """Pairs with their evidence. `levels`, `base_bits` and `adjustment_bits` have one column an attribute rule.

    Level INCOMPARABLE (-1) and zero bits where an attribute says nothing. Bit i of `vetoes` stands for
    `veto_codes[i]`.
    """

    levels: NDArray[np.int16]
    base_bits: NDArray[np.float64]
    adjustment_bits: NDArray[np.float64]
    veto_codes: tuple[str, ...]

    def vetoes_of(self, index: int) -> tuple[str, ...]:
        """Codes of the vetoes on one pair."""
        return tuple(code for bit, code in enumerate(self.veto_codes) if int(self.vetoes[index]) >> bit & 1)


def joined(first: WeighedPairs, second: WeighedPairs) -> WeighedPairs:
    """Two lots of pairs, weighed under the same rules and model, as one."""
    return WeighedPairs(
        left_rows=np.concatenate([first.left_rows, second.left_rows]),
        right_rows=np.concatenate([first.right_rows, second.right_rows]),
        weight_bits=np.concatenate([first.weight_bits, second.weight_bits]),
        probability=np.concatenate([first.probability, second.probability]),
        vetoes=np.concatenate([first.vetoes, second.vetoes]),
    )


def score_pairs(
    standardized: StandardizedBatch,
    left_rows: NDArray[np.int32],
    right_rows: NDArray[np.int32],
    rules: MatchRules,
    model: MatchModel,
    *,
    graded: Sequence[GradedColumn] | None = None,
) -> ScoredPairs:
    """Weigh pairs of rows and tell why; `graded` are their grades where they are known.

    A pair's weight depends on its two records, the rules and the model, on nothing else.
    """
    graded = grade_pairs(standardized, left_rows, right_rows, rules, model) if graded is None else graded
    leveled = level_pairs(standardized, left_rows, right_rows, rules, graded=graded)
    weighed = weigh_levels(leveled, rules, model)
    shape = len(left_rows), len(rules.attributes)
    base, adjustment = np.empty(shape, dtype=np.float64), np.zeros(shape, dtype=np.float64)
    for column, of_column in enumerate(_bits_of(leveled, rules, model)):
        base[:, column] = of_column.base
        adjustment[of_column.adjusted, column] = of_column.adjustment
    return ScoredPairs(
        left_rows=left_rows,
        right_rows=right_rows,
        weight_bits=weighed.weight_bits,
        probability=weighed.probability,
        vetoes=weighed.vetoes,
        levels=np.stack(leveled.levels, axis=1),
        base_bits=base,
        adjustment_bits=adjustment,
        veto_codes=(OTHER_SEGMENT, *(veto.code for veto in rules.vetoes)),
    )


def weigh_pairs(
    standardized: StandardizedBatch,
    left_rows: NDArray[np.int32],
    right_rows: NDArray[np.int32],
    rules: MatchRules,
    model: MatchModel,
    *,
    graded: Sequence[GradedColumn],
) -> WeighedPairs:
    """Lay a model's weights over grades."""
    return weigh_levels(level_pairs(standardized, left_rows, right_rows, rules, graded=graded), rules, model)


@dataclass(frozen=True, slots=True, eq=False)
class LeveledPairs:
    """Graded pairs before any model weighs them: a column of levels an attribute rule, and the vetoes these bring.

    `segments` is that of both records, and the number of segments where they are of two.
    """

    left_rows: NDArray[np.int32]
    right_rows: NDArray[np.int32]
    segments: NDArray[np.int32]
    levels: tuple[NDArray[np.int16], ...]
    vetoes: NDArray[np.int64]
    graded: tuple[GradedColumn, ...]


def level_pairs(
    standardized: StandardizedBatch,
    left_rows: NDArray[np.int32],
    right_rows: NDArray[np.int32],
    rules: MatchRules,
    *,
    graded: Sequence[GradedColumn],
) -> LeveledPairs:
    """The levels that count in the segment of each pair, and the vetoes on it: what no model changes."""
    segments = standardized.segments[left_rows]
    apart = segments != standardized.segments[right_rows]
    any_apart = bool(apart.any())
    if any_apart:
        segments = np.where(apart, len(rules.segments), segments).astype(np.int32)
    levels = []
    for rule, grade in zip(rules.attributes, graded, strict=True):
        counts = np.array([*(not rule.segments or name in rule.segments for name in rules.segments), False])
        in_all = not rule.segments and not any_apart
        levels.append(grade.levels if in_all else np.where(counts[segments], grade.levels, np.int16(INCOMPARABLE)))
    vetoes = _vetoes(levels, segments, ~apart, rules)
    return LeveledPairs(left_rows, right_rows, segments, tuple(levels), vetoes, tuple(graded))


def weigh_levels(leveled: LeveledPairs, rules: MatchRules, model: MatchModel) -> WeighedPairs:
    """Lay a model's weights over leveled pairs."""
    weight = np.zeros(len(leveled.segments), dtype=np.float64)
    # Column by column in a fixed order: the sum of a pair is rounded alike in any batch.
    for of_column in _bits_of(leveled, rules, model):
        bits = of_column.base
        bits[of_column.adjusted] += of_column.adjustment
        weight += bits
    weight[leveled.segments == len(rules.segments)] = OTHER_SEGMENT_BITS
    return WeighedPairs(
        left_rows=leveled.left_rows,
        right_rows=leveled.right_rows,
        weight_bits=weight,
        probability=probabilities_of(weight, model.prior_bits),
        vetoes=leveled.vetoes,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _ColumnBits:
    """Bits of one attribute: `base` of each pair, and what rarity adds to those of the places `adjusted`."""

    base: NDArray[np.float64]
    adjusted: NDArray[np.int64]
    adjustment: NDArray[np.float64]


def _bits_of(leveled: LeveledPairs, rules: MatchRules, model: MatchModel) -> Iterator[_ColumnBits]:
    """The bits of each attribute rule, in the order of the rules."""
    segments = leveled.segments
    for rule, grade in zip(rules.attributes, leveled.graded, strict=True):
        grades = grade.levels if grade.closeness is None else grade.closeness
        base = looked_up(_bits_by_segment(rule, rules, model), segments, grades)
        adjusted = np.flatnonzero(grade.terms_seen) if rule.term_frequency else _NOWHERE
        seen = grade.terms_seen[adjusted]
        yield _ColumnBits(base, adjusted, _adjustments(rule, rules, seen, segments[adjusted], model))


_NOWHERE = np.empty(0, dtype=np.int64)


def looked_up(
    table: NDArray[np.float64], rows: NDArray[np.int32], columns: NDArray[np.int16] | NDArray[np.int32]
) -> NDArray[np.float64]:
    """`table[rows, columns]`, in half the time; column -1 is the last one."""
    turned = np.roll(table, 1, axis=1)
    found: NDArray[np.float64] = turned.ravel().take(rows * np.int32(table.shape[1]) + columns + np.int32(1))
    return found


def _bits_by_segment(rule: AttributeRule, rules: MatchRules, model: MatchModel) -> NDArray[np.float64]:
    """The bits of each grade by segment: none of INCOMPARABLE, which stands last, nor for pairs of two segments."""
    bounds = comparators.get(rule.comparator).bounds
    width = (FULL + 1 if bounds else len(rule.levels)) + 1
    bits = np.zeros((len(rules.segments) + 1, width))
    for number, segment in enumerate(rules.segments):
        if rule.segments and segment not in rule.segments:
            continue
        weights = model.weights_bits(segment, rule.attribute)
        bits[number] = interpolated_weights(bounds, weights) if bounds else [*weights, 0.0]
    return bits


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
    rules: MatchRules,
    terms_seen: NDArray[np.int32],
    segments: NDArray[np.int32],
    model: MatchModel,
) -> NDArray[np.float64]:
    frequencies = TermFrequencies(model, rule.attribute, shipped_u=rule.levels[0].u)
    counts = np.flatnonzero(np.bincount(terms_seen))
    # One more than there are counts: that column stands for none, as everywhere.
    bits = np.zeros((len(rules.segments) + 1, int(terms_seen.max(initial=0)) + 2))
    for number, segment in enumerate(rules.segments):
        if not rule.segments or segment in rule.segments:
            u = model.probabilities_of(segment, rule.attribute).u[0]
            # By math.log2 over distinct counts: vectorized log2 may round differently by position in the array.
            bits[number, counts] = [frequencies.adjustment_bits(seen, u=u) for seen in counts.tolist()]
    return looked_up(bits, segments, terms_seen)


_TAYLOR = tuple(log(2.0) ** power / factorial(power) for power in range(13, -1, -1))
_MOST_EXPONENT = 1000.0


def probability_of(weight_bits: float, prior_bits: float) -> float:
    """The probability that a pair of this weight matches."""
    exponent = min(-(weight_bits + prior_bits), _MOST_EXPONENT)
    whole = round(exponent)
    return 1.0 / (1.0 + ldexp(_power_of_two(exponent - whole), whole))


def probabilities_of(weight_bits: NDArray[np.float64], prior_bits: float) -> NDArray[np.float64]:
    """`probability_of` each weight, to the last bit."""
    exponent = np.minimum(-(weight_bits + prior_bits), _MOST_EXPONENT)
    whole = np.rint(exponent)
    odds: NDArray[np.float64] = np.ldexp(_power_of_two(exponent - whole), whole.astype(np.int32))
    return 1.0 / (1.0 + odds)


def _power_of_two(fraction: Power) -> Power:
    """2 to a power from -1/2 to 1/2, within 3e-16 of it.

    By Horner's rule, so that numbers and arrays go the same way: what exp2 of a machine's library and of NumPy's
    vectors round differently, sums and products don't.
    """
    found = _TAYLOR[0] * fraction + _TAYLOR[1]
    for factor in _TAYLOR[2:]:
        found = found * fraction + factor
    return found


def _vetoes(
    levels: Sequence[NDArray[np.int16]],
    segments: NDArray[np.int32],
    same_segment: NDArray[np.bool_],
    rules: MatchRules,
) -> NDArray[np.int64]:
    bits = np.where(same_segment, 0, 1).astype(np.int64)
    column_of = {rule.attribute: column for column, rule in enumerate(rules.attributes)}
    for index, veto in enumerate(rules.vetoes, start=1):
        fires = same_segment & _fires(veto, levels, column_of, rules)
        if veto.segments:
            fires &= np.array([*(name in veto.segments for name in rules.segments), False])[segments]
        bits[fires] |= 1 << index
    return bits


def _fires(
    veto: VetoRule, levels: Sequence[NDArray[np.int16]], column_of: dict[str, int], rules: MatchRules
) -> NDArray[np.bool_]:
    def has(attribute: str, names: tuple[str, ...]) -> NDArray[np.bool_]:
        column = column_of[attribute]
        # INCOMPARABLE is -1, so its answer stands last.
        among = np.array([*(level.name in names for level in rules.attributes[column].levels), False])
        found: NDArray[np.bool_] = among[levels[column]]
        return found

    fires = np.ones(len(levels[0]), dtype=bool)
    for attribute, names in veto.when:
        fires &= has(attribute, names)
    for attribute, names in veto.unless:
        fires &= ~has(attribute, names)
    return fires
