"""Counting how often terms and words occur: the frequencies of a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from matching.comparators.kinds import comparators, words_of
from matching.model import FrequencyTable, term_hash
from matching.rule_tree import MatchRules
from matching.standardize.batch import FeatureColumn, StandardizedBatch


def count_frequencies(standardized: StandardizedBatch, rules: MatchRules, key: bytes) -> dict[str, FrequencyTable]:
    """A table for each attribute and feature whose rules ask for one; terms seen once are left out."""
    tables: dict[str, FrequencyTable] = {}
    for rule in rules.attributes:
        comparator = comparators.get(rule.comparator)
        column = standardized.features[rule.feature]
        if rule.term_frequency:
            name = f"term:{rule.attribute}"
            tables[name] = _table(
                name, column, [{comparator.term(cell) for cell in cells} for cells in column.values], key
            )
        if comparator.uses_tokens:
            name = f"word:{rule.feature}"
            tables[name] = _table(
                name, column, [{word for cell in cells for word in words_of(cell)} for cells in column.values], key
            )
    return tables


def _table(name: str, column: FeatureColumn, terms_of_value: Sequence[set[str]], key: bytes) -> FrequencyTable:
    rows_of_value = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values)).tolist()
    counts: Counter[str] = Counter()
    for rows, terms in zip(rows_of_value, terms_of_value, strict=True):
        for term in terms:
            if term:
                counts[term] += rows
    kept = {term_hash(term, table=name, key=key): count for term, count in counts.items() if count > 1}
    return FrequencyTable(total=int((column.codes >= 0).sum()), counts=kept)
