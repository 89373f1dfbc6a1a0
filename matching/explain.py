"""Explaining one pair: every bit of its weight, attribute by attribute. "Why" and "why not" are the same call."""

from __future__ import annotations

import numpy as np

from matching.blocking import blocking_keys, shared_rules
from matching.comparators.kinds import INCOMPARABLE
from matching.decision import decide, thresholds
from matching.model import MatchModel
from matching.rule_tree import AttributeRule, MatchRules
from matching.scoring import ScoredPairs, score_pairs
from matching.standardize.batch import FeatureColumn, StandardizedBatch


def explain_pair(
    standardized: StandardizedBatch,
    left_row: int,
    right_row: int,
    rules: MatchRules,
    model: MatchModel,
    *,
    profile: str = "balanced",
) -> dict[str, object]:
    """A JSON-able account of one pair.

    The `weight_bits` of the attributes (term-frequency adjustment included) add up to the pair's. It holds attribute
    values, so it is personal data.
    """
    scored = score_pairs(
        standardized, np.array([left_row], dtype=np.int32), np.array([right_row], dtype=np.int32), rules, model
    )
    limit = thresholds(rules, model, profile=profile)
    return {
        "left": standardized.ids[left_row],
        "right": standardized.ids[right_row],
        "weight_bits": float(scored.weight_bits[0]),
        "probability": float(scored.probability[0]),
        "prior_bits": model.prior_bits,
        "profile": profile,
        "decision": decide(scored, rules, model, profile=profile)[0].value,
        "link_bits": limit.link_bits,
        "review_bits": limit.review_bits,
        "segment": rules.segments[int(standardized.segments[left_row])],
        "attributes": [
            _explain_attribute(standardized.features[rule.feature], left_row, right_row, rule, scored, column)
            for column, rule in enumerate(rules.attributes)
        ],
        "vetoes": list(dict.fromkeys(scored.vetoes_of(0))),
        "blocking_rules": list(
            shared_rules(blocking_keys(_two_rows(standardized, left_row, right_row), rules), left=0, right=1)
        ),
        "rules_hash": rules.section_hash,
        "model_hash": model.sha256,
    }


def _explain_attribute(
    feature: FeatureColumn, left_row: int, right_row: int, rule: AttributeRule, scored: ScoredPairs, column: int
) -> dict[str, object]:
    level = int(scored.levels[0, column])
    base, adjustment = float(scored.base_bits[0, column]), float(scored.adjustment_bits[0, column])
    return {
        "attribute": rule.attribute,
        "comparator": rule.comparator,
        "level": None if level == INCOMPARABLE else rule.levels[level].name,
        "left": _readable(feature, left_row),
        "right": _readable(feature, right_row),
        "base_bits": base,
        "term_frequency_bits": adjustment,
        "weight_bits": base + adjustment,
    }


def _readable(feature: FeatureColumn, row: int) -> list[str]:
    code = int(feature.codes[row])
    if code < 0:
        return []
    return [cell if isinstance(cell, str) else " ".join(part for part in cell if part) for cell in feature.values[code]]


def _two_rows(standardized: StandardizedBatch, left_row: int, right_row: int) -> StandardizedBatch:
    rows = np.array([left_row, right_row])
    return StandardizedBatch(
        ids=(standardized.ids[left_row], standardized.ids[right_row]),
        sources=(standardized.sources[left_row], standardized.sources[right_row]),
        segments=standardized.segments[rows],
        features={
            name: FeatureColumn(name=name, codes=column.codes[rows], values=column.values)
            for name, column in standardized.features.items()
        },
    )
