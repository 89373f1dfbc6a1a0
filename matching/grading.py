"""Grading pairs attribute by attribute: each distinct pair of values once, each cell made ready once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.comparators.kinds import INCOMPARABLE, Comparator, Grades, TokenWeights, comparators
from matching.model import MatchModel, WordRarity
from matching.rule_tree import AttributeRule, MatchRules
from matching.standardize.batch import FeatureColumn, StandardizedBatch
from matching.standardize.kinds import Cell


@dataclass(frozen=True, slots=True, eq=False)
class GradedColumn:
    """Grades of one attribute for many pairs; `terms[term_codes[pair]]` is what an exact agreement shares, or ""."""

    levels: NDArray[np.int16]
    closeness: NDArray[np.int16] | None
    term_codes: NDArray[np.int32]
    terms: tuple[str, ...]

    def of_pairs(self, chosen: NDArray[np.int64]) -> GradedColumn:
        """The grades of some of the pairs."""
        return GradedColumn(
            levels=self.levels[chosen],
            closeness=None if self.closeness is None else self.closeness[chosen],
            term_codes=self.term_codes[chosen],
            terms=self.terms,
        )


def grade_pairs(
    standardized: StandardizedBatch,
    left_rows: NDArray[np.int32],
    right_rows: NDArray[np.int32],
    rules: MatchRules,
    model: MatchModel,
) -> tuple[GradedColumn, ...]:
    """Grade every attribute of every pair. Costly; the weights of a model are laid over it by `weigh_pairs`."""
    return tuple(
        _grade_attribute(standardized.features[rule.feature], left_rows, right_rows, rule, model)
        for rule in rules.attributes
    )


def _grade_attribute(
    feature: FeatureColumn,
    left_rows: NDArray[np.int32],
    right_rows: NDArray[np.int32],
    rule: AttributeRule,
    model: MatchModel,
) -> GradedColumn:
    left, right = feature.codes[left_rows].astype(np.int64), feature.codes[right_rows].astype(np.int64)
    comparable = np.flatnonzero((left >= 0) & (right >= 0))
    low, high = np.minimum(left, right)[comparable], np.maximum(left, right)[comparable]
    width = max(len(feature.values), 1)
    pairs, place = np.unique(low * width + high, return_inverse=True)
    levels, closeness, term_codes, terms = _grade_values(
        feature, pairs // width, pairs % width, comparators.get(rule.comparator), WordRarity(model, rule.feature)
    )
    level_of_pair = np.full(len(left), INCOMPARABLE, dtype=np.int16)
    level_of_pair[comparable] = levels[place]
    closeness_of_pair = None
    if closeness is not None:
        closeness_of_pair = np.full(len(left), INCOMPARABLE, dtype=np.int16)
        closeness_of_pair[comparable] = closeness[place]
    term_of_pair = np.zeros(len(left), dtype=np.int32)
    if rule.term_frequency:
        term_of_pair[comparable] = term_codes[place]
    return GradedColumn(levels=level_of_pair, closeness=closeness_of_pair, term_codes=term_of_pair, terms=terms)


def _grade_values(
    feature: FeatureColumn,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    comparator: Comparator,
    tokens: TokenWeights,
) -> tuple[NDArray[np.int16], NDArray[np.int16] | None, NDArray[np.int32], tuple[str, ...]]:
    """Best grade over all alternatives of both values, and the term that an exact agreement shares."""
    used = np.unique(np.concatenate([first, second]))
    values = [feature.values[each] for each in used.tolist()]
    counts = np.array([len(each) for each in values], dtype=np.int64)
    cells = [cell for each in values for cell in each]
    starts = np.cumsum(counts) - counts
    one, other = np.searchsorted(used, first), np.searchsorted(used, second)
    pair, left, right = _alternatives(starts, counts, one, other)
    grades = comparator.grade(cells, left, right, tokens)
    terms, term_codes = _terms(comparator, cells)
    shared = np.where((grades.levels == 0) & (term_codes[left] == term_codes[right]), term_codes[left], 0)
    if len(pair) == len(first):
        return grades.levels, grades.closeness, shared.astype(np.int32), terms
    return (*_best(grades, pair, comparator), _least_term(shared, pair, terms), terms)


def _alternatives(
    starts: NDArray[np.int64], counts: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every alternative of one value with every one of the other: number of the pair, left and right cell."""
    products = counts[one] * counts[other]
    pair = np.repeat(np.arange(len(one)), products)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(products) - products, products)
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


def _terms(comparator: Comparator, cells: list[Cell]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Distinct terms, "" first and then by name, and the term of each cell."""
    of_cell = [comparator.term(cell) for cell in cells]
    terms = ("", *sorted(set(of_cell) - {""}))
    code_of = {term: code for code, term in enumerate(terms)}
    return terms, np.array([code_of[term] for term in of_cell], dtype=np.int32)


def _least_term(shared: NDArray[np.int32], pair: NDArray[np.int64], terms: tuple[str, ...]) -> NDArray[np.int32]:
    """Of the terms that a pair of values shares the first by name, so that no order of alternatives matters."""
    begins = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]])
    least = np.minimum.reduceat(np.where(shared == 0, len(terms), shared), begins)
    return np.where(least == len(terms), 0, least).astype(np.int32)
