"""Golden versions, written set-wise: record, history, typed rows, outbox message and audit entry at once."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from mdm.actors import Actor
from mdm.bulk import add_objects, upsert_objects
from mdm.canonical import canonical_bytes
from mdm.entity_types import ProjectionInput, entity_types
from mdm.events import GoldenVersionsPublished, emit
from mdm.models import GoldenRecord, GoldenStatus, GoldenVersion, OutboxMessage
from mdm.public_ids import public_id
from mdm.relocations import Relocation, relocation_of
from mdm.services.audit import Act, record_audit_entries
from mdm.services.circles import note_circles
from mdm.services.price_conflicts import note_price_conflicts
from mdm.services.relocations import LOCATION, note_relocations


@dataclass(frozen=True, slots=True)
class NextVersion:
    """What a golden record is to become. `attributes` is the surviving document, `lineage` says who gave each value.

    `corrections` are values that owners are asked to take over, by attribute.
    """

    golden_record: GoldenRecord
    status: GoldenStatus
    merged_into: GoldenRecord | None
    attributes: Mapping[str, Any]
    lineage: Mapping[str, Any]
    quality: float
    rule_set_id: int
    recompute_at: datetime | None
    correlation_id: uuid.UUID
    reason: str
    corrections: Mapping[str, Any] = field(default_factory=dict)


def new_golden_records(entity_type: str, count: int, *, rule_set_id: int, at: datetime) -> list[GoldenRecord]:
    """Golden records with ids given out, at version 0 and not stored: that comes with their first version.

    What refers to them may be stored before; a commit without them is refused by the foreign keys.
    """
    prefix = entity_types.get(entity_type).id_prefix
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('mdm_goldenrecord', 'id')) FROM generate_series(1, %s)", [count]
        )
        ids = [row[0] for row in cursor.fetchall()]
    return [
        GoldenRecord(
            pk=pk,
            entity_type=entity_type,
            public_id=public_id(prefix, pk),
            version=0,
            document={},
            lineage={},
            rule_set_id=rule_set_id,
            effective_at=at,
            created_at=at,
            updated_at=at,
        )
        for pk in ids
    ]


def write_versions(changes: Sequence[NextVersion], *, actor: Actor, at: datetime) -> list[GoldenRecord]:
    """Publish the next version of each golden record. The caller holds their rows locked, or has just made them."""
    if not changes:
        return []
    changes = sorted(changes, key=lambda change: change.golden_record.pk)
    created = {change.golden_record.pk for change in changes if change.golden_record.version == 0}
    moved = _relocations(changes)
    for change in changes:
        _apply(change.golden_record, change, at=at)
    add_objects([change.golden_record for change in changes if change.golden_record.pk in created])
    known = [change.golden_record for change in changes if change.golden_record.pk not in created]
    upsert_objects(known, unique=["id"], update=_COLUMNS)
    _write_history(changes, created=created, actor=actor, at=at)
    _write_outbox(changes, at=at)
    _project(changes, at=at)
    note_price_conflicts([change.golden_record for change in changes], at=at)
    record_audit_entries(
        [
            Act(
                "golden_version.published",
                "golden_record",
                change.golden_record.pk,
                change.golden_record.version,
                change.reason,
                change.rule_set_id,
                change.correlation_id,
            )
            for change in changes
        ],
        actor=actor,
        at=at,
    )
    emit(GoldenVersionsPublished(tuple(change.golden_record.pk for change in changes)))
    note_relocations([change.golden_record for change in changes], moved, at=at)
    freed = note_circles([change.golden_record for change in changes], at=at)
    mended = "Its parent counts: the circle is broken"
    write_versions([_again(record, reason=mended) for record in freed], actor=actor, at=at)
    return [change.golden_record for change in changes]


def _relocations(changes: Sequence[NextVersion]) -> dict[int, Relocation]:
    """Locations that move with these versions and keep their GLN, looked at before their records are changed."""
    found = {
        change.golden_record.pk: relocation_of(change.golden_record.document.get("attributes", {}), change.attributes)
        for change in changes
        if change.golden_record.entity_type == LOCATION
    }
    return {pk: each for pk, each in found.items() if each is not None}


def _again(record: GoldenRecord, *, reason: str) -> NextVersion:
    """A version that says the same, for what is projected from it to follow."""
    return NextVersion(
        golden_record=record,
        status=GoldenStatus(record.status),
        merged_into=record.merged_into,
        attributes=record.document["attributes"],
        lineage=record.lineage,
        quality=record.quality,
        rule_set_id=record.rule_set_id,
        recompute_at=record.recompute_at,
        correlation_id=uuid.uuid4(),
        reason=reason,
        corrections=record.document.get("corrections", {}),
    )


def wire_document(
    record: GoldenRecord,
    attributes: Mapping[str, Any],
    *,
    survivor: GoldenRecord | None,
    corrections: Mapping[str, Any],
) -> dict[str, Any]:
    """The document as the API serves it and targets are rendered from; without `corrections` where there are none."""
    document = {
        "id": record.public_id,
        "entity_type": record.entity_type,
        "version": record.version,
        "status": record.status,
        "merged_into": survivor.public_id if survivor else None,
        "updated_at": record.updated_at.isoformat(),
        "attributes": dict(attributes),
    }
    return {**document, "corrections": dict(corrections)} if corrections else document


_COLUMNS = [
    "status",
    "merged_into",
    "version",
    "title",
    "document",
    "lineage",
    "quality",
    "rule_set",
    "effective_at",
    "recompute_at",
    "updated_at",
]


def _apply(record: GoldenRecord, change: NextVersion, *, at: datetime) -> None:
    record.version += 1
    record.status = change.status
    record.merged_into = change.merged_into
    record.title = entity_types.get(record.entity_type).title(change.attributes)[:300]
    record.lineage = dict(change.lineage)
    record.quality = change.quality
    record.rule_set_id = change.rule_set_id
    record.effective_at = record.updated_at = at
    record.recompute_at = change.recompute_at
    record.document = wire_document(
        record, change.attributes, survivor=change.merged_into, corrections=change.corrections
    )


def _write_history(changes: Sequence[NextVersion], *, created: set[int], actor: Actor, at: datetime) -> None:
    add_objects(
        [
            GoldenVersion(
                id=record.pk,
                entity_type=record.entity_type,
                public_id=record.public_id,
                status=record.status,
                merged_into_id=record.merged_into_id,
                version=record.version,
                title=record.title,
                document=record.document,
                lineage=record.lineage,
                quality=record.quality,
                rule_set_id=record.rule_set_id,
                effective_at=record.effective_at,
                recompute_at=record.recompute_at,
                updated_at=record.updated_at,
                history_date=at,
                history_type="+" if record.pk in created else "~",
                history_change_reason=change.reason[:100],
                actor=actor.name,
                correlation_id=change.correlation_id,
            )
            for change in changes
            for record in [change.golden_record]
        ],
        ids=False,
    )


def _write_outbox(changes: Sequence[NextVersion], *, at: datetime) -> None:
    messages = []
    for change in changes:
        record = change.golden_record
        body = canonical_bytes(record.document)
        messages.append(
            OutboxMessage(
                golden_record=record,
                version=record.version,
                entity_type=record.entity_type,
                body=body,
                body_hash=hashlib.sha256(body).digest(),
                correlation_id=change.correlation_id,
                created_at=at,
            )
        )
    add_objects(messages, ids=False)


def _project(changes: Sequence[NextVersion], *, at: datetime) -> None:
    by_type: dict[str, list[ProjectionInput]] = {}
    for change in changes:
        record = change.golden_record
        alive = record.status == GoldenStatus.ACTIVE
        by_type.setdefault(record.entity_type, []).append(
            ProjectionInput(record.pk, record.version, record.public_id, change.attributes if alive else None)
        )
    for entity_type, inputs in sorted(by_type.items()):
        entity_types.get(entity_type).project(inputs, at)
