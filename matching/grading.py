"""Grading pairs attribute by attribute: each distinct pair of values once, each cell made ready once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matching.arrow import pa
from matching.cells import Part, Values
from matching.comparators.columns import distinct_pairs
from matching.comparators.kinds import INCOMPARABLE, Comparator, Grades, TokenWeights, comparators
from matching.model import MatchModel, TermFrequencies, WordRarity
from matching.rule_tree import AttributeRule, MatchRules
from matching.spans import spread
from matching.standardize.batch import FeatureColumn, StandardizedBatch
from matching.standardize.kinds import Cell
from matching.workers import done_by


@dataclass(frozen=True, slots=True, eq=False)
class GradedColumn:
    """Grades of one attribute for many pairs.

    `terms_seen` tells of an exact agreement how many records bear the shared term, under the frequencies of the model
    it was graded by; 0 where there is none.
    """

    levels: NDArray[np.int16]
    closeness: NDArray[np.int16] | None
    terms_seen: NDArray[np.int32]

    def of_pairs(self, chosen: NDArray[np.int64]) -> GradedColumn:
        """The grades of some of the pairs."""
        return GradedColumn(
            levels=self.levels[chosen],
            closeness=None if self.closeness is None else self.closeness[chosen],
            terms_seen=self.terms_seen[chosen],
        )


def grade_pairs(
    standardized: StandardizedBatch,
    left_rows: NDArray[np.int32],
    right_rows: NDArray[np.int32],
    rules: MatchRules,
    model: MatchModel,
    *,
    processes: int = 1,
) -> tuple[GradedColumn, ...]:
    """Grade every attribute of every pair. Costly; the weights of a model are laid over it by `weigh_pairs`."""
    tasks = [
        partial(_grade_attribute, standardized.features[rule.feature], left_rows, right_rows, rule, model)
        for rule in rules.attributes
    ]
    return tuple(done_by(processes, tasks))


def _grade_attribute(
    feature: FeatureColumn,
    left_rows: NDArray[np.int32],
    right_rows: NDArray[np.int32],
    rule: AttributeRule,
    model: MatchModel,
) -> GradedColumn:
    left, right = feature.codes[left_rows], feature.codes[right_rows]
    comparable = np.flatnonzero((left >= 0) & (right >= 0))
    one, other, place = left[comparable].astype(np.int64), right[comparable].astype(np.int64), None
    comparator, rarity = comparators.get(rule.comparator), WordRarity(model, rule.feature)
    if not (comparator.in_columns and isinstance(feature.values, Values)):
        one, other, place = distinct_pairs(one, other)
    frequencies = TermFrequencies(model, rule.attribute, shipped_u=rule.levels[0].u) if rule.term_frequency else None
    levels, closeness, seen = _grade_values(feature.values, one, other, comparator, rarity, frequencies=frequencies)
    if place is not None:
        levels = levels[place]
        closeness = None if closeness is None else closeness[place]
        seen = None if seen is None else seen[place]
    level_of_pair = np.full(len(left), INCOMPARABLE, dtype=np.int16)
    level_of_pair[comparable] = levels
    closeness_of_pair = None
    if closeness is not None:
        closeness_of_pair = np.full(len(left), INCOMPARABLE, dtype=np.int16)
        closeness_of_pair[comparable] = closeness
    seen_of_pair = np.zeros(len(left), dtype=np.int32)
    if seen is not None:
        seen_of_pair[comparable] = seen
    return GradedColumn(levels=level_of_pair, closeness=closeness_of_pair, terms_seen=seen_of_pair)


def _grade_values(
    values: Sequence[tuple[Cell, ...]],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    comparator: Comparator,
    tokens: TokenWeights,
    *,
    frequencies: TermFrequencies | None,
) -> tuple[NDArray[np.int16], NDArray[np.int16] | None, NDArray[np.int32] | None]:
    """Best grade over all alternatives of both values, and how often the term of an exact agreement was seen."""
    is_used = np.zeros(len(values), dtype=np.bool_)
    is_used[first] = is_used[second] = True
    used, place = np.flatnonzero(is_used), np.cumsum(is_used) - 1
    one, other = place[first], place[second]
    chosen = values.at(used).slim() if isinstance(values, Values) else [values[each] for each in used.tolist()]
    cells, starts = _cells_of(chosen)
    pair, left, right = _alternatives(starts[:-1], np.diff(starts), one, other)
    grades = comparator.grade(cells, left, right, tokens)
    levels, closeness = (
        _best(grades, pair, comparator) if len(pair) != len(first) else (grades.levels, grades.closeness)
    )
    if frequencies is None:
        return levels, closeness, None
    seen = np.zeros(len(first), dtype=np.int32)
    exact = np.flatnonzero(levels == 0)
    if isinstance(chosen, Values) and chosen.is_single:
        seen[exact] = _times_seen(comparator.terms(chosen.cells), one[exact], other[exact], frequencies)
    else:
        for number in exact.tolist():
            seen[number] = frequencies.seen(shared_term(comparator, chosen[one[number]], chosen[other[number]]))
    return levels, closeness, seen


def _cells_of(values: Sequence[tuple[Cell, ...]]) -> tuple[Sequence[Cell], NDArray[np.int64]]:
    """The cells of all values one after another, and where each value's start."""
    if isinstance(values, Values):
        return values.cells, values.starts
    sizes = np.fromiter(map(len, values), dtype=np.int64, count=len(values))
    return [cell for each in values for cell in each], np.concatenate([[0], np.cumsum(sizes)])


def _times_seen(
    terms: Part, one: NDArray[np.int64], other: NDArray[np.int64], frequencies: TermFrequencies
) -> NDArray[np.int32]:
    """How often the term that both cells of each pair have was seen; 0 where they have none in common."""
    shared = np.where(terms.codes[one] == terms.codes[other], terms.codes[one], 0)
    used = np.flatnonzero(np.bincount(shared, minlength=len(terms.texts)))
    times = np.zeros(len(terms.texts), dtype=np.int32)
    times[used] = frequencies.all_seen(terms.texts.take(pa.array(used)))
    times[0] = 0  # the empty text is no term
    return times[shared]


def _alternatives(
    starts: NDArray[np.int64], counts: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every alternative of one value with every one of the other: number of the pair, left and right cell."""
    products = counts[one] * counts[other]
    pair, within = spread(np.zeros(len(one), dtype=np.int64), products)
    wide = counts[other][pair]
    return pair, starts[one][pair] + within // wide, starts[other][pair] + within % wide


def _best(
    grades: Grades, pair: NDArray[np.int64], comparator: Comparator
) -> tuple[NDArray[np.int16], NDArray[np.int16] | None]:
    begins = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]])
    worst = len(comparator.levels)
    best = np.minimum.reduceat(np.where(grades.levels < 0, worst, grades.levels), begins)
    levels = np.where(best == worst, INCOMPARABLE, best).astype(np.int16)
    return levels, None if grades.closeness is None else np.maximum.reduceat(grades.closeness, begins)


def shared_term(comparator: Comparator, left: tuple[Cell, ...], right: tuple[Cell, ...]) -> str:
    """The term that both values have; of several the first by name, so that no order of alternatives matters."""
    both = {comparator.term(cell) for cell in left} & {comparator.term(cell) for cell in right}
    return min(both, default="")
