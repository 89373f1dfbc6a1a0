"""Golden records rebuilt from what is linked to them: a pure function of sources, decisions, rules and time."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction

from mdm.actors import Actor
from mdm.models import HUB, CrosswalkEntry, GoldenRecord, GoldenStatus, SourceRecord
from mdm.references import Target, resolve_references
from mdm.rules.quality import Quality
from mdm.selectors.references import resolved_targets, targets_of
from mdm.selectors.told_records import ToldRecord, told_records
from mdm.services.failures import Judged, note_failures
from mdm.services.pins import open_pins, settle_pins
from mdm.services.reassignments import Reassigned, open_reassignments
from mdm.services.rule_sets import PublishedRules, published_rules, rules_to_work_by
from mdm.services.uniqueness import note_unique_values
from mdm.services.versions import NextVersion, write_versions
from mdm.survivorship.candidates import Pin, SourceValues
from mdm.survivorship.pins import corrections, pin_changes
from mdm.survivorship.survive import Survival, survive

NOTHING = Survival({}, {}, Quality(1.0, ()), None, {})


@dataclass(frozen=True, slots=True)
class Cause:
    """Why golden records are rebuilt. `correlation_ids` by golden record; the others take `correlation_id`, or a new
    one where that is None.
    """

    reason: str
    correlation_ids: Mapping[int, uuid.UUID]
    correlation_id: uuid.UUID | None = None


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
    made = [
        (rules, _made_anew(group, rules, cause=cause, at=at))
        for rules, group in ((rules_to_work_by(name), by_type[name]) for name in sorted(by_type))
    ]
    changes = [each.change for _, group in made for each in group if each.change is not None]
    written = write_versions(changes, actor=actor, at=at)
    for rules, group in made:
        _note_quality([(each.record, each.survival) for each in group], rules, at=at)
    return written


@dataclass(frozen=True, slots=True)
class _Made:
    """A golden record made anew: what quality is asked of, nothing for one that is retired; None where no version."""

    record: GoldenRecord
    survival: Survival
    change: NextVersion | None


def _made_anew(group: Sequence[GoldenRecord], rules: PublishedRules, *, cause: Cause, at: datetime) -> list[_Made]:
    """Those of one entity type that hold source records, in their order."""
    linked = _linked_source_records([record.pk for record in group])
    every = [source.pk for sources in linked.values() for source in sources]
    resolved, pins, reassigned = resolved_targets(targets_of(every)), open_pins(every), open_reassignments(every)
    made, seen_otherwise = [], []
    for record in group:
        sources = linked.get(record.pk)
        if not sources:
            continue
        mine = [pin for source in sources for pin in pins.get(source.pk, ())]
        survival, asked = _survival(sources, resolved, rules, reassigned, pins=mine, at=at)
        change = _next_version(record, survival, asked, rules, status=status_of(sources), cause=cause)
        if change is None and _is_seen_otherwise(record, survival):
            seen_otherwise.append((record, survival))
        made.append(_Made(record, survival if _is_alive(sources) else NOTHING, change))
    _refresh_in_place(seen_otherwise)
    return made


def survival_of(
    sources: Sequence[ToldRecord],
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
            system=source.system,
            key=source.key,
            observed_at=source.source_modified_at or source.received_at,
            values=resolve_references(accepted, resolved),
        )
        for source, accepted in told
    ]
    return survive(rules.attributes, values, rules=rules.document, pins=pins, effective_at=at)


def _hub_speaks_once(sources: Sequence[ToldRecord]) -> list[ToldRecord]:
    """Of several hub records, which merges bring together, the one edited last speaks for each attribute it tells."""
    hub = sorted(
        (source for source in sources if source.system == HUB),
        key=lambda source: (source.source_modified_at or source.received_at, source.key),
        reverse=True,
    )
    if len(hub) < 2:
        return list(sources)
    told: set[str] = set()
    spoken: dict[int, ToldRecord] = {}
    for source in hub:
        values = {name: value for name, value in source.accepted.items() if name not in told}
        spoken[source.pk] = source._replace(accepted=values)
        told |= source.accepted.keys()
    return [spoken.get(source.pk, source) for source in sources]


def values_without_pins(golden_record: GoldenRecord, *, at: datetime) -> dict[str, Any]:
    """What its sources alone would make of it."""
    sources = _linked_source_records([golden_record.pk]).get(golden_record.pk, [])
    resolved = resolved_targets(targets_of([source.pk for source in sources]))
    rules = published_rules(golden_record.entity_type)
    reassigned = open_reassignments([source.pk for source in sources])
    return dict(survival_of(sources, resolved, rules, reassigned, pins=(), at=at).document)


def _survival(
    sources: Sequence[ToldRecord],
    resolved: Mapping[Target, str],
    rules: PublishedRules,
    reassigned: Reassigned,
    *,
    pins: Sequence[Pin],
    at: datetime,
) -> tuple[Survival, Mapping[str, Any]]:
    """What survives, pins that are over settled, and the corrections that owners are asked for."""
    survival = survival_of(sources, resolved, rules, reassigned, pins=pins, at=at)
    settled = pin_changes(pins, survival.beneath, at=at)
    if settled:
        settle_pins(settled, at=at)
        over = {change.pin.pin_id for change in settled if change.is_over}
        pins = [pin for pin in pins if pin.pin_id not in over]
        survival = survival_of(sources, resolved, rules, reassigned, pins=pins, at=at)
    return survival, corrections(pins, survival.beneath, at=at)


def _next_version(
    record: GoldenRecord,
    survival: Survival,
    asked: Mapping[str, Any],
    rules: PublishedRules,
    *,
    status: GoldenStatus,
    cause: Cause,
) -> NextVersion | None:
    if record.version and record.status == status and says_the_same(record, survival, asked):
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
        correlation_id=cause.correlation_ids.get(record.pk) or cause.correlation_id or uuid.uuid4(),
        reason=cause.reason,
    )


def status_of(sources: Sequence[ToldRecord]) -> GoldenStatus:
    """What a golden record of exactly these source records is."""
    return GoldenStatus.ACTIVE if _is_alive(sources) else GoldenStatus.RETIRED


def _note_quality(survivals: Sequence[tuple[GoldenRecord, Survival]], rules: PublishedRules, *, at: datetime) -> None:
    """What is retired fails nothing, and keeps no value from others."""
    judged = [
        Judged(record, survival.document, frozenset(each.code for each in survival.quality.failures), record.version)
        for record, survival in survivals
    ]
    note_failures(judged, rules, at=at)
    note_unique_values(judged, rules)


def _is_alive(sources: Sequence[ToldRecord]) -> bool:
    """Whether a system still has the thing. A steward's edits alone do not keep it alive."""
    told = [source for source in sources if source.system != HUB] or sources
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


def _is_seen_otherwise(record: GoldenRecord, survival: Survival) -> bool:
    now = survival.lineage, survival.recompute_at, float(survival.quality.score)
    return (record.lineage, record.recompute_at, record.quality) != now


def _refresh_in_place(seen_otherwise: Sequence[tuple[GoldenRecord, Survival]]) -> None:
    """Same values, perhaps for another reason: lineage follows without a version, which would tell targets nothing."""
    if not seen_otherwise:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE mdm_goldenrecord golden
            SET lineage = now.lineage::jsonb, recompute_at = now.recompute_at, quality = now.quality
            FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::float8[])
                AS now (id, lineage, recompute_at, quality)
            WHERE golden.id = now.id
            """,
            [
                [record.pk for record, _ in seen_otherwise],
                [orjson.dumps(survival.lineage).decode() for _, survival in seen_otherwise],
                [survival.recompute_at for _, survival in seen_otherwise],
                [float(survival.quality.score) for _, survival in seen_otherwise],
            ],
        )


def _linked_source_records(golden_record_ids: Sequence[int]) -> dict[int, list[ToldRecord]]:
    entries = CrosswalkEntry.objects.filter(golden_record__any=golden_record_ids, unlinked_at=None)
    placed = entries.order_by("golden_record_id", "source_record_id").values_list(
        "golden_record_id", "source_record_id"
    )
    rows = list(placed)
    told = {each.pk: each for each in told_records(SourceRecord.objects.filter(pk__any=[pk for _, pk in rows]))}
    linked: dict[int, list[ToldRecord]] = defaultdict(list)
    for golden, record in rows:
        linked[golden].append(told[record])
    return linked
