"""Mapped payloads kept as source records: what is new in them, what only repeats, and what was ours to begin with."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mdm.actors import Actor
from mdm.bulk import add_objects, upsert_objects
from mdm.canonical import value_hash
from mdm.mapping.documents import MappedRecord
from mdm.models import MappingVersion, SourcePayload, SourceRecord, SourceSystem
from mdm.services.audit import Act, record_audit_entries
from mdm.services.echoes import accepted_values, forget_overwritten, sent_values
from mdm.services.source_proposals import judge_writes, propose_judged
from mdm.services.source_records import earlier_payload, keep_references
from mdm.services.suppression import suppressed_keys

Payload = Mapping[str, Any]  # verbatim, in whatever shape the system has
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


@dataclass(frozen=True, slots=True)
class Given:
    """A payload as its mapping reads it, with its normalized values."""

    payload: Payload
    payload_hash: bytes
    record: MappedRecord
    values: dict[str, Any]
    correlation_id: uuid.UUID


@dataclass(slots=True)
class Kept:
    """What a batch came to. `earlier` are payloads that are replaced; `echoes` are counted among `changed`, too."""

    fresh: list[SourceRecord] = field(default_factory=list)
    changed: list[SourceRecord] = field(default_factory=list)
    earlier: list[SourcePayload] = field(default_factory=list)
    unchanged: int = 0
    echoes: int = 0
    tombstoned: int = 0
    suppressed: int = 0

    @property
    def touched(self) -> list[SourceRecord]:
        """All that are written."""
        return [*self.fresh, *self.changed]

    def pending(self, at: datetime) -> list[SourceRecord]:
        """Those that matching must place or rebuild from then on."""
        return [record for record in self.touched if record.pending_since == at]


def keep(
    system: SourceSystem,
    entity_type: str,
    batch: Sequence[Given],
    *,
    mapping_version: MappingVersion,
    actor: Actor,
    at: datetime,
) -> Kept:
    """Keep a batch of one system and entity type, each key once. Of erased records nothing is kept."""
    keys = [given.record.key for given in batch]
    stored = _locked(system, entity_type, keys)
    # After the lock: whoever erased a record that was waited for has told so by now.
    refused = suppressed_keys(system, entity_type, [key for key in keys if key not in stored])
    batch = [given for given in batch if given.record.key not in refused]
    sent = sent_values(system, entity_type, keys)
    said = {
        given.record.key: accepted_values(given.values, stored.get(given.record.key), sent.get(given.record.key, {}))
        for given in batch
    }
    alive = [given.record.key for given in batch if given.record.key in stored and not given.record.deleted]
    writes = judge_writes(system, entity_type, [(stored[key], said[key]) for key in alive])
    kept = Kept(suppressed=len(refused))
    for given in batch:
        key = given.record.key
        record = stored.get(key) or SourceRecord(source_system=system, entity_type=entity_type, key=key)
        accepted = writes.accepted.get(record.pk, said[key])
        _take(record, given, accepted, kept, mapping_version=mapping_version, at=at)
    kept.fresh.sort(key=lambda record: record.key)  # so that batches with the same new records wait in one order
    add_objects(kept.fresh)
    upsert_objects(kept.changed, unique=["id"], update=_COLUMNS)
    add_objects(kept.earlier, ids=False)
    keep_references(kept.touched)
    propose_judged(writes, system=system, at=at)
    forget_overwritten(system, entity_type, {given.record.key: given.values for given in batch}, sent)
    _audit(kept, system, actor=actor, at=at)
    return kept


def _locked(system: SourceSystem, entity_type: str, keys: Sequence[str]) -> dict[str, SourceRecord]:
    """Those of these keys that are known, by key, locked in the order of settlement."""
    known = SourceRecord.objects.select_for_update().filter(
        source_system=system, entity_type=entity_type, key__any=keys
    )
    return {record.key: record for record in known.order_by("pk")}


def _take(
    record: SourceRecord,
    given: Given,
    accepted: dict[str, Any],
    kept: Kept,
    *,
    mapping_version: MappingVersion,
    at: datetime,
) -> None:
    """Let the record say what was given, and count it; one that says so already under the same mapping stays."""
    is_new = record.pk is None
    as_before = not is_new and bytes(record.payload_hash) == given.payload_hash
    if as_before and record.mapping_id == mapping_version.pk:
        kept.unchanged += 1
        return
    is_echo = not is_new and record.accepted == accepted and (record.tombstoned_at is not None) == given.record.deleted
    if is_new or not is_echo or record.pending_since is not None:
        record.pending_since = at
    if not (is_new or as_before):
        kept.earlier.append(earlier_payload(record, at))
    (kept.fresh if is_new else kept.changed).append(record)
    kept.echoes += is_echo
    kept.tombstoned += given.record.deleted
    if is_new or given.payload_hash != bytes(record.payload_hash):  # under another mapping it is no newer than it was
        record.received_at = at
    if is_new or not given.record.deleted:  # a deletion says nothing of the values
        record.accepted = accepted
    if not is_echo:  # an echo says nothing new: the record counts as observed when it last said something of its own
        record.source_modified_at = given.record.source_modified_at
    record.payload = dict(given.payload)
    record.canonical = given.values
    record.payload_hash = given.payload_hash
    record.value_hash = value_hash(given.values)
    record.mapping = mapping_version
    record.correlation_id = given.correlation_id
    record.tombstoned_at = at if given.record.deleted else None


def _audit(kept: Kept, system: SourceSystem, *, actor: Actor, at: datetime) -> None:
    acts = [
        Act("source_record.received", "source_record", record.pk, correlation_id=record.correlation_id)
        for record in kept.pending(at)
    ]
    if kept.suppressed:
        told = f"{kept.suppressed} payloads of erased records were refused"
        acts.append(Act("payload.suppressed", "source_system", system.pk, reason=told))
    record_audit_entries(acts, actor=actor, at=at)
