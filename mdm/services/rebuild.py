"""Golden records rebuilt from what is linked to them: a pure function of sources, decisions, rules and time."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from django.db import connection, transaction

from mdm.actors import Actor
from mdm.models import CrosswalkEntry, GoldenRecord, GoldenStatus, SourceRecord
from mdm.rules.quality import Quality
from mdm.selectors.references import resolved_targets, targets_of
from mdm.selectors.tax_verdicts import verdicts_of
from mdm.selectors.told_records import ToldRecord, told_records
from mdm.services.failures import Judged, note_failures
from mdm.services.pins import open_pins, settle_pins
from mdm.services.protection import Wait, protected
from mdm.services.protection_requests import ask_for_consent
from mdm.services.reassignments import open_reassignments
from mdm.services.rule_sets import PublishedRules, published_rules, rules_to_work_by
from mdm.services.surviving import ground_of, is_alive, status_of, survival_of
from mdm.services.uniqueness import note_unique_values
from mdm.services.versions import NextVersion, write_versions
from mdm.survivorship.candidates import Pin
from mdm.survivorship.pins import corrections, pin_changes
from mdm.survivorship.survive import Survival

NOTHING = Survival({}, {}, Quality(1.0, ()), None, {})


@dataclass(frozen=True, slots=True)
class Cause:
    """Why golden records are rebuilt. `correlation_ids` by golden record; the others take `correlation_id`, or a new
    one where that is None. `agreed` are attributes, by golden record, whose new values have the consent that they need.
    """

    reason: str
    correlation_ids: Mapping[int, uuid.UUID]
    correlation_id: uuid.UUID | None = None
    agreed: Mapping[int, Collection[str]] = field(default_factory=dict)


@transaction.atomic
def rebuild_golden_records(
    records: Sequence[GoldenRecord], *, cause: Cause, actor: Actor, at: datetime
) -> list[GoldenRecord]:
    """Give each golden record the values its open links imply; those that come out the same keep their version.

    `records` are locked by the caller, or new with version 0. Returns those that have a new version.
    """
    _read_again_where_overtaken(records)
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
        ask_for_consent([(each.record, each.waits) for each in group], rules, actor=actor, at=at)
    return written


def _read_again_where_overtaken(records: Sequence[GoldenRecord]) -> None:
    """What a merge breaks, such as a circle of parents, can bring a record a version after it was read."""
    known = [record.pk for record in records if record.version]
    versions = dict(GoldenRecord.objects.filter(pk__any=known).values_list("pk", "version"))
    for record in records:
        if versions.get(record.pk, record.version) != record.version:
            record.refresh_from_db()


@dataclass(frozen=True, slots=True)
class _Made:
    """A golden record made anew: what quality is asked of, nothing for one that is retired; None where no version."""

    record: GoldenRecord
    survival: Survival
    change: NextVersion | None
    waits: Mapping[str, Wait]


def _made_anew(group: Sequence[GoldenRecord], rules: PublishedRules, *, cause: Cause, at: datetime) -> list[_Made]:
    """Those of one entity type that hold source records, in their order."""
    linked = _linked_source_records([record.pk for record in group])
    every = [source.pk for sources in linked.values() for source in sources]
    resolved, pins, reassigned = resolved_targets(targets_of(every)), open_pins(every), open_reassignments(every)
    told = [source for sources in linked.values() for source in sources]
    verdicts = verdicts_of(told, [pin for each in pins.values() for pin in each])
    made, seen_otherwise = [], []
    for record in group:
        sources = linked.get(record.pk)
        if not sources:
            continue
        mine = [pin for source in sources for pin in pins.get(source.pk, ())]
        survive = partial(survival_of, sources, resolved, rules, reassigned, verdicts=verdicts, at=at)
        mine, survival = _settled(mine, survive, rules, at=at)
        asked = corrections(mine, survival.beneath, at=at)
        survival, waits = protected(
            record,
            survival,
            rules,
            partial(ground_of, sources, resolved, rules, reassigned, pins=mine),
            agreed=cause.agreed.get(record.pk, ()),
            again=partial(survive, pins=mine),
        )
        change = _next_version(record, survival, asked, rules, status=status_of(sources), cause=cause)
        if change is None and _is_seen_otherwise(record, survival):
            seen_otherwise.append((record, survival))
        made.append(_Made(record, survival if is_alive(sources) else NOTHING, change, waits))
    _refresh_in_place(seen_otherwise)
    return made


def values_without_pins(records: Sequence[GoldenRecord], *, at: datetime) -> dict[int, dict[str, Any]]:
    """What their sources alone would make of these golden records, one at least, of one entity type; by primary key."""
    linked = _linked_source_records([record.pk for record in records])
    every = [source.pk for sources in linked.values() for source in sources]
    resolved, reassigned = resolved_targets(targets_of(every)), open_reassignments(every)
    rules = published_rules(records[0].entity_type)
    verdicts = verdicts_of(source for sources in linked.values() for source in sources)
    survive = partial(survival_of, resolved=resolved, rules=rules, reassigned=reassigned, pins=(), verdicts=verdicts)
    return {record.pk: survive(linked.get(record.pk, []), at=at).document for record in records}


def _settled(
    pins: Sequence[Pin], survive: Callable[..., Survival], rules: PublishedRules, *, at: datetime
) -> tuple[list[Pin], Survival]:
    """The pins that go on, those that are over settled, and what survives with them."""
    survival = survive(pins=pins)
    known = {attribute.name: attribute for attribute in rules.attributes}
    settled = pin_changes(pins, survival.beneath, attributes=known, at=at)
    if settled:
        settle_pins(settled, at=at)
        over = {change.pin.pin_id for change in settled if change.is_over}
        pins = [pin for pin in pins if pin.pin_id not in over]
        survival = survive(pins=pins)
    return list(pins), survival


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


def _note_quality(survivals: Sequence[tuple[GoldenRecord, Survival]], rules: PublishedRules, *, at: datetime) -> None:
    """What is retired fails nothing, and keeps no value from others."""
    judged = [
        Judged(record, survival.document, frozenset(each.code for each in survival.quality.failures), record.version)
        for record, survival in survivals
    ]
    note_failures(judged, rules, at=at)
    note_unique_values(judged, rules)


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
