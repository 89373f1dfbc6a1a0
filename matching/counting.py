"""Counting how often terms and words occur: the frequencies of a model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from matching.comparators.kinds import Comparator, comparators, words_of
from matching.model import FrequencyTable, term_hash
from matching.rule_tree import MatchRules
from matching.standardize.batch import FeatureColumn, StandardizedBatch
from matching.standardize.kinds import Cell
from matching.workers import done_by


def count_frequencies(
    standardized: StandardizedBatch, rules: MatchRules, key: bytes, *, processes: int = 1
) -> dict[str, FrequencyTable]:
    """A table for each attribute and feature whose rules ask for one; terms seen once are left out."""
    tasks: dict[str, Callable[[], FrequencyTable]] = {}
    for rule in rules.attributes:
        comparator = comparators.get(rule.comparator)
        column = standardized.features[rule.feature]
        if rule.term_frequency:
            name = f"term:{rule.attribute}"
            tasks[name] = partial(_table, name, column, partial(_term, comparator), key)
        if comparator.uses_tokens:
            name = f"word:{rule.feature}"
            tasks[name] = partial(_table, name, column, words_of, key)
    return dict(zip(tasks, done_by(processes, list(tasks.values())), strict=True))


def _term(comparator: Comparator, cell: Cell) -> tuple[str, ...]:
    return (comparator.term(cell),)


def _table(name: str, column: FeatureColumn, terms_of: Callable[[Cell], tuple[str, ...]], key: bytes) -> FrequencyTable:
    rows_of_value = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values)).tolist()
    counts: dict[str, int] = {}
    for rows, cells in zip(rows_of_value, column.values, strict=True):
        terms = terms_of(cells[0]) if len(cells) == 1 else [term for cell in cells for term in terms_of(cell)]
        for term in terms if len(terms) == 1 else set(terms):
            counts[term] = counts.get(term, 0) + rows
    kept = {term_hash(term, table=name, key=key): count for term, count in counts.items() if term and count > 1}
    return FrequencyTable(total=int((column.codes >= 0).sum()), counts=kept)
