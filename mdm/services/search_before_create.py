"""Which golden records a payload would join if it were sent in. Nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Count

from matching.blocking import blocking_keys
from matching.explain import explain_pairs
from matching.oversize import storable_keys
from matching.records import MatchRecord, RecordBatch
from matching.scoring import score_pairs
from matching.standardize import standardize_batch
from mdm.entity_types import attributes_of, entity_types
from mdm.errors import InvalidValues
from mdm.models import BlockingKey, CrosswalkEntry, SourceRecord
from mdm.references import references_in, resolve_references
from mdm.selectors.references import resolved_targets
from mdm.services.candidates import match_records
from mdm.services.rule_sets import PublishedRules, published_rules
from mdm.validation import normalize_document, validate_document

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
    rules = published_rules(entity_type)
    cleaned = _cleaned(entity_type, values)
    resolved = resolved_targets(references_in(cleaned))
    view = entity_types.get(entity_type).match_view(resolve_references(cleaned, resolved))
    probe = MatchRecord(id="", source="", values=view)
    records = _candidates(probe, rules)
    return _scored(probe, records, rules, limit=limit) if records else []


def _cleaned(entity_type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    attributes = attributes_of(entity_type)
    cleaned = normalize_document(attributes, values)
    problems = validate_document(attributes, cleaned, partial=True)
    if problems:
        raise InvalidValues([{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in problems])
    return cleaned


def _candidates(probe: MatchRecord, rules: PublishedRules) -> list[SourceRecord]:
    keys = blocking_keys(standardize_batch(RecordBatch.from_records([probe]), rules.match_rules), rules.match_rules)
    _, hashes = storable_keys(keys.rows, keys.hashes, rules.model.oversize)
    shared = (
        BlockingKey.objects.filter(section=rules.key_section, key_hash__in=set(hashes.tolist()))
        .values("source_record")
        .annotate(keys=Count("key_hash"))
        .order_by("-keys", "source_record")
        .values_list("source_record", flat=True)[:CANDIDATES]
    )
    return list(
        SourceRecord.objects.filter(pk__in=list(shared))
        .select_related("source_system")
        .defer("payload", "canonical")
        .order_by("pk")
    )


def _scored(probe: MatchRecord, records: Sequence[SourceRecord], rules: PublishedRules, *, limit: int) -> list[Match]:
    batch = RecordBatch.from_records([probe, *match_records(rules.entity_type, records)])
    standardized = standardize_batch(batch, rules.match_rules)
    right = np.arange(1, len(batch), dtype=np.int32)
    scored = score_pairs(standardized, np.zeros_like(right), right, rules.match_rules, rules.model)
    best = _best_of_each(records, scored.weight_bits.tolist(), rules.review_floor_bits)[:limit]
    explanations = explain_pairs(
        standardized,
        scored,
        [index for index, _ in best],
        keys=blocking_keys(standardized, rules.match_rules),
        rules=rules.match_rules,
        model=rules.model,
        profile=settings.ASSAY_MATCH_PROFILE,
    )
    return [
        Match(
            golden_id=golden_id,
            system=records[index].source_system.name,
            key=records[index].key,
            weight_bits=float(scored.weight_bits[index]),
            probability=float(scored.probability[index]),
            decision=str(explanation["decision"]),
            explanation=explanation,
        )
        for (index, golden_id), explanation in zip(best, explanations, strict=True)
    ]


def _best_of_each(
    records: Sequence[SourceRecord], weights: Sequence[float], floor_bits: float
) -> list[tuple[int, str]]:
    """Place of the heaviest source record of each golden record above the floor, heaviest first, and whose it is."""
    golden_ids = dict(
        CrosswalkEntry.objects.filter(
            unlinked_at=None, source_record__in=[record.pk for record in records]
        ).values_list("source_record", "golden_record__public_id")
    )
    best: dict[str, int] = {}
    for index in sorted(range(len(records)), key=lambda place: (-weights[place], place)):
        golden_id = golden_ids.get(records[index].pk)
        if golden_id is not None and weights[index] >= floor_bits:
            best.setdefault(golden_id, index)
    return [(index, golden_id) for golden_id, index in best.items()]
