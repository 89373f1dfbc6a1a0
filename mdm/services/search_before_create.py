"""Which golden records a payload would join if it were sent in. Nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from matching.explain import PairAccount
from matching.records import MatchRecord
from matching.single_record import OneRecord
from matching.single_scoring import Weighed
from mdm.entity_types import Attribute, entity_types
from mdm.errors import InvalidValues
from mdm.references import Target, references_in, resolve_references
from mdm.selectors.candidates import PlacedCandidate, placed_candidates
from mdm.selectors.references import resolved_targets, targets_of
from mdm.services.rule_sets import PublishedRules, known_rules, published_rules
from mdm.validation import Problem, normalize_document, validate_document

CANDIDATES = 500  # those that share the most blocking keys are scored


@dataclass(frozen=True, slots=True)
class Match:
    """A golden record that the payload resembles, by its most similar source record. The explanation holds values."""

    golden_id: str
    system: str
    key: str
    weight_bits: float
    probability: float
    decision: str
    explanation: Mapping[str, Any]


def find_matches(entity_type: str, values: Mapping[str, Any], *, limit: int) -> list[Match]:
    """Golden records above the review floor, heaviest first, weighed as a load would. Raises InvalidValues."""
    cleaned = _cleaned(entity_type, values)
    resolved = resolved_targets(references_in(cleaned))
    view = entity_types.get(entity_type).match_view(resolve_references(cleaned, resolved))
    rules, probe, candidates = _candidates(MatchRecord(id="", source="", values=view), entity_type)
    others = _standardized(candidates, rules)
    weighed = rules.single.scoring.weigh(probe, others, least_bits=rules.review_floor_bits)
    best = _best_of_each(candidates, weighed)[:limit]
    accounts = rules.single.explain(probe, others, best, profile=settings.ASSAY_MATCH_PROFILE)
    return [_match(candidates[each.place], account) for each, account in zip(best, accounts, strict=True)]


def _cleaned(entity_type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    cleaned, problems = _checked(known_rules(entity_type).attributes, values)
    if problems:  # perhaps an attribute declared since this process last read the rules
        cleaned, problems = _checked(published_rules(entity_type).attributes, values)
    if problems:
        raise InvalidValues([{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in problems])
    return cleaned


def _checked(attributes: Sequence[Attribute], values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    cleaned = normalize_document(attributes, values)
    return cleaned, validate_document(attributes, cleaned, partial=True)


def _candidates(record: MatchRecord, entity_type: str) -> tuple[PublishedRules, OneRecord, list[PlacedCandidate]]:
    """The rules in force, the record standardized by them, and who shares keys with it; mostly by one query."""
    rules = known_rules(entity_type)
    while True:
        probe = rules.single.records.standardized(record)
        keys = rules.single.records.storable(probe)
        in_force, found = placed_candidates(entity_type, section=rules.key_section, key_hashes=keys, most=CANDIDATES)
        if in_force == rules.content:
            return rules, probe, found
        rules = published_rules(entity_type)


def _standardized(candidates: Sequence[PlacedCandidate], rules: PublishedRules) -> list[OneRecord]:
    kind = entity_types.get(rules.entity_type)
    resolved: Mapping[Target, str] = {}
    if kind.matches_on_references:
        resolved = resolved_targets(targets_of([each.source_record_id for each in candidates]))
    standardized = rules.single.records.standardized
    return [
        standardized(
            MatchRecord(
                f"{each.system}:{each.key}",
                each.system,
                kind.match_view(
                    resolve_references(each.accepted, resolved) if kind.matches_on_references else each.accepted
                ),
            )
        )
        for each in candidates
    ]


def _best_of_each(candidates: Sequence[PlacedCandidate], weighed: Sequence[Weighed]) -> list[Weighed]:
    """The heaviest source record of each golden record, heaviest first."""
    best: dict[str, Weighed] = {}
    for each in sorted(weighed, key=lambda found: (-found.weight_bits, found.place)):
        best.setdefault(candidates[each.place].golden_id, each)
    return list(best.values())


def _match(candidate: PlacedCandidate, account: PairAccount) -> Match:
    return Match(
        golden_id=candidate.golden_id,
        system=candidate.system,
        key=candidate.key,
        weight_bits=account["weight_bits"],
        probability=account["probability"],
        decision=account["decision"],
        explanation=account,
    )
