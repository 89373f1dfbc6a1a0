"""Counting how often terms and words occur: the frequencies of a model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matching.arrow import Texts, pa, pc
from matching.cells import Cells, Part, Values, arrow_texts
from matching.comparators.kinds import Comparator, comparators, words_of
from matching.model import FrequencyTable
from matching.rule_tree import MatchRules
from matching.spans import distinct_numbers
from matching.standardize.batch import FeatureColumn, StandardizedBatch
from matching.standardize.kinds import Cell
from matching.term_counts import CountedTerms
from matching.workers import done_by

Counts = tuple[Texts, NDArray[np.int64]]
"""Terms, each once, and how many rows have each."""


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
            tasks[name] = partial(_table, name, column, partial(_terms, comparator), partial(_term, comparator), key)
        if comparator.uses_tokens:
            name = f"word:{rule.feature}"
            tasks[name] = partial(_table, name, column, _words, words_of, key)
    return dict(zip(tasks, done_by(processes, list(tasks.values())), strict=True))


def _table(
    name: str,
    column: FeatureColumn,
    in_bulk: Callable[[Cells, NDArray[np.int64]], Counts | None],
    terms_of: Callable[[Cell], tuple[str, ...]],
    key: bytes,
) -> FrequencyTable:
    rows_of_value = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))
    counts = None
    if isinstance(column.values, Values) and column.values.is_single:
        counts = in_bulk(column.values.cells, rows_of_value)
    if counts is None:
        counted = _counted(column, rows_of_value, terms_of)
        shared = {term: count for term, count in counted.items() if term and count > 1}
        counts = arrow_texts(list(shared)), np.array(list(shared.values()), dtype=np.int64)
    return FrequencyTable(total=int((column.codes >= 0).sum()), counts=CountedTerms(*counts, table=name, key=key))


def _counted(
    column: FeatureColumn, rows_of_value: NDArray[np.int64], terms_of: Callable[[Cell], tuple[str, ...]]
) -> dict[str, int]:
    """How many rows have each term, value by value."""
    counts: dict[str, int] = {}
    for rows, cells in zip(rows_of_value.tolist(), column.values, strict=True):
        for term in {term for cell in cells for term in terms_of(cell)}:
            counts[term] = counts.get(term, 0) + rows
    return counts


def _term(comparator: Comparator, cell: Cell) -> tuple[str, ...]:
    return (comparator.term(cell),)


def _terms(comparator: Comparator, cells: Cells, rows: NDArray[np.int64]) -> Counts:
    """How many rows have each term that some rows share."""
    return _shared(comparator.terms(cells), rows)


def _words(cells: Cells, rows: NDArray[np.int64]) -> Counts | None:
    """How many rows have each word that some rows share; None where cells aren't texts."""
    if not cells.single:
        return None
    lists = pc.utf8_split_whitespace(cells.parts[0].each())
    words = Part.of(lists.flatten())
    cell = np.repeat(np.arange(len(cells)), np.diff(lists.offsets.to_numpy()))
    packed = distinct_numbers(cell * len(words.texts) + words.codes)
    return _shared(Part((packed % len(words.texts)).astype(np.int32), words.texts), rows[packed // len(words.texts)])


def _shared(terms: Part, rows: NDArray[np.int64]) -> Counts:
    counts = np.bincount(terms.codes, weights=rows, minlength=len(terms.texts)).astype(np.int64)
    counts[0] = 0  # of the empty text
    often = np.flatnonzero(counts > 1)
    return terms.texts.take(pa.array(often)), counts[often]
