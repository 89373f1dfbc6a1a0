"""Source payloads in: map, validate, recognize echoes, keep.

Everything takes a batch; a single record is a batch of one.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from mdm.actors import Actor
from mdm.bulk import add_objects, upsert_objects
from mdm.canonical import value_hash
from mdm.entity_types import Attribute
from mdm.errors import MappingMissing, UnknownSourceSystem
from mdm.events import PayloadsQuarantined, emit
from mdm.mapping.documents import MappedRecord, SystemMapping, read
from mdm.mapping.parsing import parse_mapping
from mdm.models import (
    MappingVersion,
    QuarantineEntry,
    SourcePayload,
    SourceRecord,
    SourceSystem,
)
from mdm.selectors.attributes import attributes_of
from mdm.services.audit import Act, record_audit_entries
from mdm.services.echoes import accepted_values, forget_overwritten, sent_values
from mdm.services.retries import atomically, doubled, retried
from mdm.services.source_proposals import judge_writes, propose_judged
from mdm.services.source_records import earlier_payload, keep_references
from mdm.services.suppression import suppressed_keys
from mdm.validation import normalize_document, validate_document

Payload = Mapping[str, Any]  # verbatim, in whatever shape the system has


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of a batch. `pending_ids` are the source records that matching must now place or rebuild.

    `suppressed` are payloads of erased records, of which nothing was kept.
    """

    received: int
    new: int
    changed: int
    unchanged: int
    echoes: int
    tombstoned: int
    quarantined: int
    pending_ids: tuple[int, ...]
    suppressed: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    payload: Payload
    payload_hash: bytes
    record: MappedRecord
    values: dict[str, Any]
    correlation_id: uuid.UUID


def source_system(name: str) -> SourceSystem:
    """The connected system of that name. Raises UnknownSourceSystem."""
    try:
        return SourceSystem.objects.get(name=name)
    except SourceSystem.DoesNotExist:
        raise UnknownSourceSystem(name) from None


def current_mapping(system: SourceSystem, entity_type: str) -> tuple[MappingVersion, SystemMapping]:
    """The newest mapping of that system and entity type, and its parsed form. Raises MappingMissing."""
    version = MappingVersion.objects.filter(source_system=system, entity_type=entity_type).order_by("-number").first()
    if version is None:
        raise MappingMissing(system.name, entity_type)
    content = bytes(version.content_hash)
    if content not in _mappings:
        _mappings[content] = parse_mapping(version.document)
    return version, _mappings[content]


_mappings: dict[bytes, SystemMapping] = {}  # by content, as ids start over in another database


def receive_payloads(
    system: SourceSystem,
    entity_type: str,
    payloads: Sequence[Payload],
    *,
    actor: Actor,
    at: datetime,
    correlation_id: uuid.UUID | None = None,
) -> Intake:
    """Keep a batch of payloads in the system's own shape. Sending the same batch again changes nothing, unless another
    mapping is in force by then.

    A payload that does not map or validate goes to quarantine, the others go on. Of several payloads with one key the
    last counts. `correlation_id` None gives every payload its own.
    """
    intake: Intake = retried(
        lambda: _receive(system, entity_type, payloads, actor=actor, at=at, correlation_id=correlation_id),
        after=doubled("source_record_is_unique"),  # two workers may bring a new record at the same moment
    )
    return intake


@atomically
def _receive(
    system: SourceSystem,
    entity_type: str,
    payloads: Sequence[Payload],
    *,
    actor: Actor,
    at: datetime,
    correlation_id: uuid.UUID | None,
) -> Intake:
    mapping_version, mapping = current_mapping(system, entity_type)
    attributes = attributes_of(entity_type)
    good: dict[str, _Read] = {}
    bad: list[tuple[_Read, list[dict[str, str]]]] = []
    skipped = 0
    for payload in payloads:
        given = _read(payload, mapping, attributes, correlation_id or uuid.uuid4())
        problems = [
            {"pointer": problem.pointer, "code": problem.code, "detail": problem.detail}
            for problem in (*given.record.problems, *validate_document(attributes, given.values))
        ]
        if not given.record.applies:
            skipped += 1
        elif given.record.deleted and given.record.key:
            good[given.record.key] = given
        elif problems:
            bad.append((given, problems))
        else:
            good[given.record.key] = given
    bad = _without_suppressed(system, entity_type, bad)
    quarantined = _quarantine(system, entity_type, bad, mapping_version=mapping_version, at=at)
    return _keep(
        system,
        entity_type,
        list(good.values()),
        received=len(payloads) - skipped,
        quarantined=quarantined,
        mapping_version=mapping_version,
        actor=actor,
        at=at,
    )


def payload_hash(payload: Payload) -> bytes:
    """SHA-256 over the payload with sorted keys: equal content, equal hash, floats included."""
    return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).digest()


def _read(
    payload: Payload, mapping: SystemMapping, attributes: Sequence[Attribute], correlation_id: uuid.UUID
) -> _Read:
    record = read(mapping, payload)
    values = normalize_document(attributes, record.values)
    return _Read(payload, payload_hash(payload), record, dict(values), correlation_id)


def _without_suppressed(
    system: SourceSystem, entity_type: str, bad: Sequence[tuple[_Read, list[dict[str, str]]]]
) -> list[tuple[_Read, list[dict[str, str]]]]:
    """Of an erased record not even what does not map is kept."""
    refused = suppressed_keys(system, entity_type, [given.record.key for given, _ in bad if given.record.key])
    return [(given, problems) for given, problems in bad if given.record.key not in refused]


def _quarantine(
    system: SourceSystem,
    entity_type: str,
    bad: Sequence[tuple[_Read, list[dict[str, str]]]],
    *,
    mapping_version: MappingVersion,
    at: datetime,
) -> int:
    """Keep what did not map. One open entry per distinct payload, however often it comes."""
    known = {
        bytes(stored)
        for stored in QuarantineEntry.objects.filter(
            source_system=system,
            entity_type=entity_type,
            state="open",
            payload_hash__in=[g.payload_hash for g, _ in bad],
        ).values_list("payload_hash", flat=True)
    }
    fresh = {given.payload_hash: (given, problems) for given, problems in bad if given.payload_hash not in known}
    entries = QuarantineEntry.objects.bulk_create(
        [
            QuarantineEntry(
                source_system=system,
                entity_type=entity_type,
                key=given.record.key or "",
                payload=given.payload,
                payload_hash=given.payload_hash,
                problems=problems,
                mapping=mapping_version,
                received_at=at,
                correlation_id=given.correlation_id,
            )
            for given, problems in fresh.values()
        ]
    )
    if entries:
        emit(PayloadsQuarantined(tuple(entry.pk for entry in entries)))
    return len(bad)


def _keep(
    system: SourceSystem,
    entity_type: str,
    batch: Sequence[_Read],
    *,
    received: int,
    quarantined: int,
    mapping_version: MappingVersion,
    actor: Actor,
    at: datetime,
) -> Intake:
    keys = [given.record.key for given in batch]
    stored = {
        record.key: record
        for record in SourceRecord.objects.select_for_update()
        .filter(source_system=system, entity_type=entity_type, key__any=keys)
        .order_by("pk")
    }
    # After the lock: whoever erased a record that was waited for has told so by now.
    refused = suppressed_keys(system, entity_type, [key for key in keys if key not in stored])
    batch = [given for given in batch if given.record.key not in refused]
    sent = sent_values(system, entity_type, keys)
    fresh: list[SourceRecord] = []
    changed: list[SourceRecord] = []
    earlier: list[SourcePayload] = []
    unchanged = echoes = tombstoned = 0
    said = {
        given.record.key: accepted_values(given.values, stored.get(given.record.key), sent.get(given.record.key, {}))
        for given in batch
    }
    told_anew = [(stored[g.record.key], said[g.record.key]) for g in batch if g.record.key in stored]
    deleted = {given.record.key for given in batch if given.record.deleted}
    writes = judge_writes(system, entity_type, [each for each in told_anew if each[0].key not in deleted])
    for given in batch:
        record = stored.get(given.record.key)
        as_before = record is not None and bytes(record.payload_hash) == given.payload_hash
        if record is not None and as_before and record.mapping_id == mapping_version.pk:
            unchanged += 1
            continue
        accepted = said[given.record.key]
        if record is not None:
            accepted = writes.accepted.get(record.pk, accepted)
        settled_before = record is not None and record.pending_since is None
        same = (
            record is not None
            and record.accepted == accepted
            and (record.tombstoned_at is not None) == given.record.deleted
        )
        if record is None:
            record = SourceRecord(source_system=system, entity_type=entity_type, key=given.record.key, pending_since=at)
            fresh.append(record)
        else:
            earlier += [] if as_before else [earlier_payload(record, at)]
            changed.append(record)
            echoes += same
        if given.record.deleted:
            tombstoned += 1
            accepted = record.accepted if record.pk else accepted
        _take(record, given, accepted, mapping_version=mapping_version, at=at, echo=same)
        if not (same and settled_before):
            record.pending_since = at
    fresh.sort(key=lambda record: record.key)  # so that batches with the same new records wait in one order
    add_objects(fresh)
    upsert_objects(changed, unique=["id"], update=_COLUMNS)
    add_objects(earlier, ids=False)
    touched = [*fresh, *changed]
    keep_references(touched)
    propose_judged(writes, system=system, at=at)
    forget_overwritten(system, entity_type, {given.record.key: given.values for given in batch}, sent)
    pending = [record for record in touched if record.pending_since == at]
    told = f"{len(refused)} payloads of erased records were refused"
    record_audit_entries(
        [
            Act("source_record.received", "source_record", record.pk, correlation_id=record.correlation_id)
            for record in pending
        ]
        + ([Act("payload.suppressed", "source_system", system.pk, reason=told)] if refused else []),
        actor=actor,
        at=at,
    )
    return Intake(
        received=received,
        new=len(fresh),
        changed=len(changed) - echoes,
        unchanged=unchanged,
        echoes=echoes,
        tombstoned=tombstoned,
        quarantined=quarantined,
        pending_ids=tuple(sorted(record.pk for record in pending)),
        suppressed=len(refused),
    )


_COLUMNS = [
    "payload",
    "canonical",
    "accepted",
    "payload_hash",
    "value_hash",
    "mapping",
    "source_modified_at",
    "received_at",
    "tombstoned_at",
    "pending_since",
    "correlation_id",
]


def _take(
    record: SourceRecord,
    given: _Read,
    accepted: dict[str, Any],
    *,
    mapping_version: MappingVersion,
    at: datetime,
    echo: bool,
) -> None:
    if record.payload_hash != given.payload_hash:  # read again under another mapping, it is no newer than it was
        record.received_at = at
    record.payload = dict(given.payload)
    record.canonical = given.values
    record.accepted = accepted
    record.payload_hash = given.payload_hash
    record.value_hash = value_hash(given.values)
    record.mapping = mapping_version
    record.correlation_id = given.correlation_id
    record.tombstoned_at = at if given.record.deleted else None
    if not echo:
        # An echo says nothing new, so the record counts as observed when it last said something of its own.
        record.source_modified_at = given.record.source_modified_at
