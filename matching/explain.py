"""Explaining one pair: every bit of its weight, attribute by attribute. "Why" and "why not" are the same call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np

from matching.blocking import BlockingKeys, blocking_keys
from matching.comparators import comparators
from matching.comparators.kinds import INCOMPARABLE
from matching.decision import Thresholds, decision_of, thresholds
from matching.grading import shared_term
from matching.model import MatchModel, TermFrequencies
from matching.rule_tree import MatchRules
from matching.scoring import ScoredPairs, score_pairs
from matching.standardize.batch import ABSENT, StandardizedBatch


class AttributeAccount(TypedDict):
    """What one attribute says: its level (None: nothing), both values, and its bits, rarity's share told apart.

    `term_seen` of `term_counted` records bore the value that both have when the model was trained; both 0 where values
    differ or nobody counted.
    """

    attribute: str
    comparator: str
    level: str | None
    left: list[str]
    right: list[str]
    base_bits: float
    term_frequency_bits: float
    weight_bits: float
    term_seen: int
    term_counted: int


class PairAccount(TypedDict):
    """Every bit of a pair's weight, and what was decided under which rules and model. Personal data."""

    left: str
    right: str
    weight_bits: float
    probability: float
    prior_bits: float
    profile: str
    decision: str
    link_bits: float
    review_bits: float
    segment: str
    attributes: list[AttributeAccount]
    vetoes: list[str]
    blocking_rules: list[str]
    rules_hash: str
    model_hash: str


def explain_pair(
    standardized: StandardizedBatch,
    left_row: int,
    right_row: int,
    rules: MatchRules,
    model: MatchModel,
    *,
    profile: str = "balanced",
) -> PairAccount:
    """A JSON-able account of one pair.

    The `weight_bits` of the attributes (term-frequency adjustment included) add up to the pair's.
    """
    left, right = np.array([left_row], dtype=np.int32), np.array([right_row], dtype=np.int32)
    scored = score_pairs(standardized, left, right, rules, model)
    keys = blocking_keys(standardized.of_rows(np.array([left_row, right_row])), rules, whole_file=True, left_out=())
    accounts = _Accounts(standardized, scored, rules, model, profile)
    left_keys, right_keys = _keys_by_row(keys, 2)
    return accounts.of(0, keys_of=(left_keys, right_keys))


def explain_pairs(
    standardized: StandardizedBatch,
    scored: ScoredPairs,
    indices: Sequence[int],
    *,
    keys: BlockingKeys,
    rules: MatchRules,
    model: MatchModel,
    profile: str = "balanced",
) -> Iterator[PairAccount]:
    """The same account of many scored pairs: `indices` name those of `scored`, `keys` has those of their rows."""
    keys_by_row = _keys_by_row(keys, len(standardized))
    accounts = _Accounts(standardized, scored, rules, model, profile)
    for index in indices:
        ends = int(scored.left_rows[index]), int(scored.right_rows[index])
        yield accounts.of(index, keys_of=(keys_by_row[ends[0]], keys_by_row[ends[1]]))


Keys = frozenset[tuple[int, int]]  # rule index, hash


@dataclass(slots=True)
class _Accounts:
    """What is the same in the accounts of many pairs, looked up once. `readable` has, by attribute, texts by code."""

    standardized: StandardizedBatch
    scored: ScoredPairs
    rules: MatchRules
    model: MatchModel
    profile: str
    limit: Thresholds = field(init=False)
    hashes: tuple[str, str] = field(init=False)
    readable: list[dict[int, list[str]]] = field(init=False)
    frequencies: list[TermFrequencies | None] = field(init=False)

    def __post_init__(self) -> None:
        self.limit = thresholds(self.rules, self.model, profile=self.profile)
        self.hashes = self.rules.section_hash, self.model.sha256
        self.readable = [{ABSENT: []} for _ in self.rules.attributes]
        self.frequencies = [
            TermFrequencies(self.model, rule.attribute, shipped_u=rule.levels[0].u) if rule.term_frequency else None
            for rule in self.rules.attributes
        ]

    def of(self, index: int, *, keys_of: tuple[Keys, Keys]) -> PairAccount:
        """The account of one pair, with the blocking keys of both its sides."""
        scored, rules, standardized = self.scored, self.rules, self.standardized
        left_row, right_row = int(scored.left_rows[index]), int(scored.right_rows[index])
        weight, vetoes = float(scored.weight_bits[index]), list(dict.fromkeys(scored.vetoes_of(index)))
        shared = sorted({rule for rule, _ in keys_of[0] & keys_of[1]})
        return {
            "left": standardized.ids[left_row],
            "right": standardized.ids[right_row],
            "weight_bits": weight,
            "probability": float(scored.probability[index]),
            "prior_bits": self.model.prior_bits,
            "profile": self.profile,
            "decision": decision_of(weight, vetoed=bool(vetoes), limit=self.limit).value,
            "link_bits": self.limit.link_bits,
            "review_bits": self.limit.review_bits,
            "segment": rules.segments[int(standardized.segments[left_row])],
            "attributes": self._attributes(index, left_row, right_row),
            "vetoes": vetoes,
            "blocking_rules": [rules.blocking[rule].name for rule in shared],
            "rules_hash": self.hashes[0],
            "model_hash": self.hashes[1],
        }

    def _attributes(self, index: int, left_row: int, right_row: int) -> list[AttributeAccount]:
        levels = self.scored.levels[index].tolist()
        bases, adjustments = self.scored.base_bits[index].tolist(), self.scored.adjustment_bits[index].tolist()
        times = [
            self._times_seen(column, left_row, right_row) if level == 0 else (0, 0)
            for column, level in enumerate(levels)
        ]
        return [
            {
                "attribute": rule.attribute,
                "comparator": rule.comparator,
                "level": None if levels[column] == INCOMPARABLE else rule.levels[levels[column]].name,
                "left": self._texts(column, left_row),
                "right": self._texts(column, right_row),
                "base_bits": bases[column],
                "term_frequency_bits": adjustments[column],
                "weight_bits": bases[column] + adjustments[column],
                "term_seen": times[column][0],
                "term_counted": times[column][1],
            }
            for column, rule in enumerate(self.rules.attributes)
        ]

    def _times_seen(self, column: int, left_row: int, right_row: int) -> tuple[int, int]:
        """How many records bore the value that both have, and of how many."""
        rule, frequencies = self.rules.attributes[column], self.frequencies[column]
        if frequencies is None:
            return 0, 0
        feature = self.standardized.features[rule.feature]
        left, right = (feature.values[int(feature.codes[row])] for row in (left_row, right_row))
        seen = frequencies.seen(shared_term(comparators.get(rule.comparator), left, right))
        return (seen, frequencies.counted) if seen else (0, 0)

    def _texts(self, column: int, row: int) -> list[str]:
        feature, known = self.standardized.features[self.rules.attributes[column].feature], self.readable[column]
        code = int(feature.codes[row])
        if code not in known:
            cells = feature.values[code]
            known[code] = [each if isinstance(each, str) else " ".join(filter(None, each)) for each in cells]
        return known[code]


def _keys_by_row(keys: BlockingKeys, count: int) -> list[Keys]:
    by_row: list[set[tuple[int, int]]] = [set() for _ in range(count)]
    for row, rule, key_hash in zip(keys.rows.tolist(), keys.rule_index.tolist(), keys.hashes.tolist(), strict=True):
        by_row[row].add((rule, key_hash))
    return [frozenset(each) for each in by_row]
