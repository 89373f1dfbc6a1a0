"""Golden records rebuilt from what is linked to them: a pure function of sources, decisions, rules and time."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from mdm.actors import Actor
from mdm.models import HUB, CrosswalkEntry, GoldenRecord, GoldenStatus, SourceRecord
from mdm.references import Target, resolve_references
from mdm.selectors.references import resolved_targets, targets_of
from mdm.services.pins import open_pins, settle_pins
from mdm.services.reassignments import Reassigned, open_reassignments
from mdm.services.rule_sets import PublishedRules, published_rules
from mdm.services.versions import NextVersion, write_versions
from mdm.survivorship.candidates import Pin, SourceValues
from mdm.survivorship.pins import corrections, pin_changes
from mdm.survivorship.survive import Survival, survive


@dataclass(frozen=True, slots=True)
class Cause:
    """Why golden records are rebuilt. `correlation_ids` by golden record; the others take a new one."""

    reason: str
    correlation_ids: Mapping[int, uuid.UUID]


@transaction.atomic
def rebuild_golden_records(
    records: Sequence[GoldenRecord], *, cause: Cause, actor: Actor, at: datetime
) -> list[GoldenRecord]:
    """Give each golden record the values its open links imply; those that come out the same keep their version.

    `records` are locked by the caller, or new with version 0. Returns those that have a new version.
    """
    by_type: dict[str, list[GoldenRecord]] = defaultdict(list)
    for record in records:
        by_type[record.entity_type].append(record)
    changes: list[NextVersion] = []
    for entity_type, group in sorted(by_type.items()):
        rules = published_rules(entity_type)
        linked = _linked_source_records([record.pk for record in group])
        every = [source for sources in linked.values() for source in sources]
        resolved = resolved_targets(targets_of([source.pk for source in every]))
        pins = open_pins([source.pk for source in every])
        reassigned = open_reassignments([source.pk for source in every])
        for record in group:
            sources = linked.get(record.pk, [])
            mine = [pin for source in sources for pin in pins.get(source.pk, ())]
            change = _next_version(record, sources, resolved, rules, reassigned, pins=mine, cause=cause, at=at)
            if change is not None:
                changes.append(change)
    return write_versions(changes, actor=actor, at=at)


def survival_of(
    sources: Sequence[SourceRecord],
    resolved: Mapping[Target, str],
    rules: PublishedRules,
    reassigned: Reassigned,
    *,
    pins: Sequence[Pin],
    at: datetime,
) -> Survival:
    """What would survive if exactly these source records were linked, with the pins that hang on them.

    Tombstoned records count when no other is left. `reassigned` has what stewards said about what they say.
    """
    known = {attribute.name: attribute for attribute in rules.attributes}
    live = [source for source in sources if source.tombstoned_at is None] if _is_alive(sources) else list(sources)
    told = [(source, reassigned.accepted_of(source, known)) for source in _hub_speaks_once(live)]
    told += reassigned.said_of([source.pk for source in sources], known)
    values = [
        SourceValues(
            source_record_id=source.pk,
            system=source.source_system.name,
            key=source.key,
            observed_at=source.source_modified_at or source.received_at,
            values=resolve_references(accepted, resolved),
        )
        for source, accepted in told
    ]
    return survive(rules.attributes, values, rules=rules.document, pins=pins, effective_at=at)


def _hub_speaks_once(sources: Sequence[SourceRecord]) -> list[SourceRecord]:
    """Of several hub records, which merges bring together, the one edited last speaks for each attribute it tells."""
    hub = sorted(
        (source for source in sources if source.source_system.name == HUB),
        key=lambda source: (source.source_modified_at or source.received_at, source.key),
        reverse=True,
    )
    if len(hub) < 2:
        return list(sources)
    told: set[str] = set()
    spoken: dict[int, SourceRecord] = {}
    for source in hub:
        spoken[source.pk] = copy(source)
        spoken[source.pk].accepted = {name: value for name, value in source.accepted.items() if name not in told}
        told |= source.accepted.keys()
    return [spoken.get(source.pk, source) for source in sources]


def values_without_pins(golden_record: GoldenRecord, *, at: datetime) -> dict[str, Any]:
    """What its sources alone would make of it."""
    sources = _linked_source_records([golden_record.pk]).get(golden_record.pk, [])
    resolved = resolved_targets(targets_of([source.pk for source in sources]))
    rules = published_rules(golden_record.entity_type)
    reassigned = open_reassignments([source.pk for source in sources])
    return dict(survival_of(sources, resolved, rules, reassigned, pins=(), at=at).document)


def _next_version(
    record: GoldenRecord,
    sources: Sequence[SourceRecord],
    resolved: Mapping[Target, str],
    rules: PublishedRules,
    reassigned: Reassigned,
    *,
    pins: Sequence[Pin],
    cause: Cause,
    at: datetime,
) -> NextVersion | None:
    if not sources:
        return None
    survival = survival_of(sources, resolved, rules, reassigned, pins=pins, at=at)
    settled = pin_changes(pins, survival.beneath, at=at)
    if settled:
        settle_pins(settled, at=at)
        over = {change.pin.pin_id for change in settled if change.is_over}
        pins = [pin for pin in pins if pin.pin_id not in over]
        survival = survival_of(sources, resolved, rules, reassigned, pins=pins, at=at)
    asked = corrections(pins, survival.beneath, at=at)
    status = status_of(sources)
    if record.version and record.status == status and says_the_same(record, survival, asked):
        _refresh_in_place(record, survival, rules)
        return None
    return NextVersion(
        golden_record=record,
        status=status,
        merged_into=None,
        attributes=survival.document,
        corrections=asked,
        lineage=survival.lineage,
        quality=float(survival.quality.score),
        rule_set_id=rules.rule_set_id,
        recompute_at=survival.recompute_at,
        correlation_id=cause.correlation_ids.get(record.pk) or uuid.uuid4(),
        reason=cause.reason,
    )


def status_of(sources: Sequence[SourceRecord]) -> GoldenStatus:
    """What a golden record of exactly these source records is."""
    return GoldenStatus.ACTIVE if _is_alive(sources) else GoldenStatus.RETIRED


def _is_alive(sources: Sequence[SourceRecord]) -> bool:
    """Whether a system still has the thing. A steward's edits alone do not keep it alive."""
    told = [source for source in sources if source.source_system.name != HUB] or sources
    return any(source.tombstoned_at is None for source in told)


def says_the_same(record: GoldenRecord, survival: Survival, asked: Mapping[str, Any]) -> bool:
    """Whether nobody needs to be told, so that the golden record keeps its version; `asked` are corrections.

    A correction that its owner has taken over is no news to anybody.
    """
    if record.document.get("attributes", {}) != dict(survival.document):
        return False
    before: dict[str, Any] = record.document.get("corrections", {})
    granted = {name for name, value in before.items() if name not in asked and survival.document.get(name) == value}
    return {name: value for name, value in before.items() if name not in granted} == dict(asked)


def _refresh_in_place(record: GoldenRecord, survival: Survival, rules: PublishedRules) -> None:
    """Same values, perhaps for another reason: lineage follows without a version, which would tell targets nothing."""
    if record.lineage != survival.lineage or record.recompute_at != survival.recompute_at:
        GoldenRecord.objects.filter(pk=record.pk).update(
            lineage=survival.lineage, recompute_at=survival.recompute_at, quality=float(survival.quality.score)
        )


def _linked_source_records(golden_record_ids: Sequence[int]) -> dict[int, list[SourceRecord]]:
    entries = (
        CrosswalkEntry.objects.filter(golden_record__any=golden_record_ids, unlinked_at=None)
        .select_related("source_record__source_system")
        .order_by("golden_record_id", "source_record_id")
    )
    linked: dict[int, list[SourceRecord]] = defaultdict(list)
    for entry in entries:
        linked[entry.golden_record_id].append(entry.source_record)
    return linked
