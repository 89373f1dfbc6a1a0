"""Explaining one pair: every bit of its weight, attribute by attribute. "Why" and "why not" are the same call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from matching.blocking import BlockingKeys, blocking_keys
from matching.comparators import comparators
from matching.comparators.kinds import INCOMPARABLE
from matching.decision import decision_of, thresholds
from matching.grading import shared_term
from matching.model import MatchModel, TermFrequencies
from matching.rule_tree import AttributeRule, MatchRules
from matching.scoring import ScoredPairs, score_pairs
from matching.standardize.batch import FeatureColumn, StandardizedBatch


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
    pair = Explained(scored, index=0, keys_of=tuple(_keys_by_row(keys, 2)))
    return _account(standardized, pair, rules, model, profile=profile, hashes=_hashes(rules, model))


def explain_pairs(
    standardized: StandardizedBatch,
    scored: ScoredPairs,
    indices: Sequence[int],
    *,
    keys: BlockingKeys,
    rules: MatchRules,
    model: MatchModel,
    profile: str = "balanced",
) -> list[PairAccount]:
    """The same account of many scored pairs: `indices` name those of `scored`, `keys` has those of their rows."""
    keys_by_row = _keys_by_row(keys, len(standardized))
    hashes = _hashes(rules, model)
    return [
        _account(
            standardized,
            Explained(
                scored,
                index=index,
                keys_of=(keys_by_row[int(scored.left_rows[index])], keys_by_row[int(scored.right_rows[index])]),
            ),
            rules,
            model,
            profile=profile,
            hashes=hashes,
        )
        for index in indices
    ]


@dataclass(frozen=True, slots=True)
class Explained:
    """One of many scored pairs, with the blocking keys (rule index, hash) of both sides."""

    scored: ScoredPairs
    index: int
    keys_of: tuple[frozenset[tuple[int, int]], ...]


def _account(
    standardized: StandardizedBatch,
    pair: Explained,
    rules: MatchRules,
    model: MatchModel,
    *,
    profile: str,
    hashes: tuple[str, str],
) -> PairAccount:
    scored, index = pair.scored, pair.index
    left_row, right_row = int(scored.left_rows[index]), int(scored.right_rows[index])
    limit = thresholds(rules, model, profile=profile)
    weight, vetoes = float(scored.weight_bits[index]), list(dict.fromkeys(scored.vetoes_of(index)))
    shared = sorted({rule for rule, _ in pair.keys_of[0] & pair.keys_of[1]})
    return {
        "left": standardized.ids[left_row],
        "right": standardized.ids[right_row],
        "weight_bits": weight,
        "probability": float(scored.probability[index]),
        "prior_bits": model.prior_bits,
        "profile": profile,
        "decision": decision_of(weight, vetoed=bool(vetoes), limit=limit).value,
        "link_bits": limit.link_bits,
        "review_bits": limit.review_bits,
        "segment": rules.segments[int(standardized.segments[left_row])],
        "attributes": [
            _explain_attribute(standardized.features[rule.feature], pair, rule, column, model)
            for column, rule in enumerate(rules.attributes)
        ],
        "vetoes": vetoes,
        "blocking_rules": [rules.blocking[rule].name for rule in shared],
        "rules_hash": hashes[0],
        "model_hash": hashes[1],
    }


def _hashes(rules: MatchRules, model: MatchModel) -> tuple[str, str]:
    return rules.section_hash, model.sha256


def _keys_by_row(keys: BlockingKeys, count: int) -> list[frozenset[tuple[int, int]]]:
    by_row: list[set[tuple[int, int]]] = [set() for _ in range(count)]
    for row, rule, key_hash in zip(keys.rows.tolist(), keys.rule_index.tolist(), keys.hashes.tolist(), strict=True):
        by_row[row].add((rule, key_hash))
    return [frozenset(each) for each in by_row]


def _explain_attribute(
    feature: FeatureColumn, pair: Explained, rule: AttributeRule, column: int, model: MatchModel
) -> AttributeAccount:
    scored, index = pair.scored, pair.index
    seen, counted = _times_seen(feature, pair, rule, column, model)
    level = int(scored.levels[index, column])
    base, adjustment = float(scored.base_bits[index, column]), float(scored.adjustment_bits[index, column])
    return {
        "attribute": rule.attribute,
        "comparator": rule.comparator,
        "level": None if level == INCOMPARABLE else rule.levels[level].name,
        "left": _readable(feature, int(scored.left_rows[index])),
        "right": _readable(feature, int(scored.right_rows[index])),
        "base_bits": base,
        "term_frequency_bits": adjustment,
        "weight_bits": base + adjustment,
        "term_seen": seen,
        "term_counted": counted,
    }


def _times_seen(
    feature: FeatureColumn, pair: Explained, rule: AttributeRule, column: int, model: MatchModel
) -> tuple[int, int]:
    """How many records bore what both have, and of how many."""
    if not rule.term_frequency or int(pair.scored.levels[pair.index, column]) != 0:
        return 0, 0
    frequencies = TermFrequencies(model, rule.attribute, shipped_u=rule.levels[0].u)
    rows = int(pair.scored.left_rows[pair.index]), int(pair.scored.right_rows[pair.index])
    left, right = (feature.values[int(feature.codes[row])] for row in rows)
    seen = frequencies.seen(shared_term(comparators.get(rule.comparator), left, right))
    return (seen, frequencies.counted) if seen else (0, 0)


def _readable(feature: FeatureColumn, row: int) -> list[str]:
    code = int(feature.codes[row])
    if code < 0:
        return []
    return [cell if isinstance(cell, str) else " ".join(part for part in cell if part) for cell in feature.values[code]]
