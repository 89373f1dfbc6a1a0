"""Builders that state only what a matching test is about."""

from collections.abc import Sequence

import numpy as np

from matching.comparators import Comparator, Grades, TokenWeights
from matching.decision import MatchDecision, decide
from matching.defaults import default_match_rules
from matching.model import MatchModel, default_model
from matching.records import MatchRecord, RecordBatch
from matching.scoring import ScoredPairs, score_pairs
from matching.standardize import Cell, standardize_batch


def a_batch(*records: dict[str, str], source: str = "crm") -> RecordBatch:
    """Records r0, r1, … with the given values."""
    return RecordBatch.from_records(
        [MatchRecord(id=f"r{index}", source=source, values=values) for index, values in enumerate(records)]
    )


def score_all(batch: RecordBatch, *, entity_type: str = "customer", model: MatchModel | None = None) -> ScoredPairs:
    """Every pair of the batch, in the order of np.triu_indices."""
    rules = default_match_rules(entity_type)
    left, right = np.triu_indices(len(batch), k=1)
    standardized = standardize_batch(batch, rules)
    return score_pairs(
        standardized, left.astype(np.int32), right.astype(np.int32), rules, model or default_model(rules)
    )


def decision_on(first: dict[str, str], second: dict[str, str], *, entity_type: str = "customer") -> MatchDecision:
    """What the shipped model of an empty hub decides on two records."""
    rules = default_match_rules(entity_type)
    scored = score_all(a_batch(first, second), entity_type=entity_type)
    return decide(scored, rules, default_model(rules))[0]


def grades_of(comparator: Comparator, left: Sequence[Cell], right: Sequence[Cell], tokens: TokenWeights) -> Grades:
    """The grades of `left[i]` against `right[i]`."""
    places = np.arange(len(left))
    return comparator.grade([*left, *right], places, places + len(left), tokens)


def people(names: Sequence[tuple[str, str]]) -> RecordBatch:
    """One person a pair of given and family name."""
    return a_batch(*({"given_name": given, "family_name": family} for given, family in names))
