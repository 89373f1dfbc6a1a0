"""Source payloads in: mapped, validated, kept, or put into quarantine with what is wrong.

Everything takes a batch; a single record is a batch of one.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from mdm.actors import Actor
from mdm.entity_types import Attribute
from mdm.errors import MappingMissing, UnknownSourceSystem
from mdm.events import PayloadsQuarantined, emit
from mdm.mapping.documents import SystemMapping, read
from mdm.mapping.parsing import parse_mapping
from mdm.models import (
    MappingVersion,
    QuarantineEntry,
    SourceSystem,
)
from mdm.selectors.attributes import attributes_of
from mdm.services.keeping import Given, Payload, keep
from mdm.services.retries import atomically, doubled, retried
from mdm.services.suppression import suppressed_keys
from mdm.validation import normalize_document, validate_document


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
    good: dict[str, Given] = {}
    bad: list[tuple[Given, list[dict[str, str]]]] = []
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
    kept = keep(system, entity_type, list(good.values()), mapping_version=mapping_version, actor=actor, at=at)
    return Intake(
        received=len(payloads) - skipped,
        new=len(kept.fresh),
        changed=len(kept.changed) - kept.echoes,
        unchanged=kept.unchanged,
        echoes=kept.echoes,
        tombstoned=kept.tombstoned,
        quarantined=quarantined,
        pending_ids=tuple(sorted(record.pk for record in kept.pending(at))),
        suppressed=kept.suppressed,
    )


def payload_hash(payload: Payload) -> bytes:
    """SHA-256 over the payload with sorted keys: equal content, equal hash, floats included."""
    return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).digest()


def _read(
    payload: Payload, mapping: SystemMapping, attributes: Sequence[Attribute], correlation_id: uuid.UUID
) -> Given:
    record = read(mapping, payload)
    values = normalize_document(attributes, record.values)
    return Given(payload, payload_hash(payload), record, dict(values), correlation_id)


def _without_suppressed(
    system: SourceSystem, entity_type: str, bad: Sequence[tuple[Given, list[dict[str, str]]]]
) -> list[tuple[Given, list[dict[str, str]]]]:
    """Of an erased record not even what does not map is kept."""
    refused = suppressed_keys(system, entity_type, [given.record.key for given, _ in bad if given.record.key])
    return [(given, problems) for given, problems in bad if given.record.key not in refused]


def _quarantine(
    system: SourceSystem,
    entity_type: str,
    bad: Sequence[tuple[Given, list[dict[str, str]]]],
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
