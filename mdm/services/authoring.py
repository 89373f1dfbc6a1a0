"""Values authored in the hub: a source record of the source system `hub`, like any other system's."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from mdm.bulk import add_objects
from mdm.canonical import value_hash
from mdm.errors import NotFound
from mdm.models import CrosswalkEntry, GoldenRecord, SourceRecord
from mdm.public_ids import parse_public_id
from mdm.references import by_source_records, golden_ids_in
from mdm.selectors.golden import survivor_of
from mdm.services.provenance import anchors_of, bind_to_anchors
from mdm.services.rule_sets import published_rules
from mdm.services.source_records import earlier_payload, keep_references
from mdm.services.systems import hub_system


def keep_authored(golden_record: GoldenRecord, values: Mapping[str, Any], *, at: datetime) -> uuid.UUID:
    """Accept these attribute values as the hub's own account of the golden record; returns the correlation id.

    The caller has locked the golden record, and rebuilds it. Of attributes that survive together the hub tells all, the
    others as they are: else what was not edited would vanish. A reference by public id is kept as one to a source
    record of that golden record, and follows it through merges and unmerges. Raises NotFound for an id nobody has.
    """
    record = _own_hub_record(golden_record) or _new_hub_record(golden_record, at=at)
    policies = published_rules(golden_record.entity_type).document.survivorship
    whole = policies.whole_groups(values, beside=golden_record.document.get("attributes", {}))
    rewrite_hub_record(record, {**record.accepted, **_by_source_records(whole)}, edited_at=at, at=at)
    return record.correlation_id


def _by_source_records(values: Mapping[str, Any]) -> dict[str, Any]:
    told = sorted(golden_ids_in(values))
    found = GoldenRecord.objects.in_bulk([parse_public_id(public_id)[1] for _, public_id in told])
    homes = {}
    for entity_type, public_id in told:
        record = found.get(parse_public_id(public_id)[1])
        if record is None or record.entity_type != entity_type:
            raise NotFound(f"There is no {entity_type} {public_id} to refer to.")
        homes[entity_type, public_id] = survivor_of(record)
    anchors = anchors_of([record.pk for record in homes.values()]) if homes else {}
    targets = {
        pk: (system, entity_type, key)
        for pk, system, entity_type, key in SourceRecord.objects.filter(pk__in=anchors.values()).values_list(
            "pk", "source_system__name", "entity_type", "key"
        )
    }
    for record in homes.values():
        if record.pk not in anchors:
            raise NotFound(f"{record.public_id} holds no source record to refer to; it is {record.status}.")
    to = {name: targets[anchors[record.pk]] for name, record in homes.items()}
    whole: dict[str, Any] = by_source_records(dict(values), to)
    return whole


def rewrite_hub_record(
    record: SourceRecord, accepted: Mapping[str, Any], *, edited_at: datetime | None, at: datetime
) -> None:
    """Let a hub record say this from now on; what it said before is kept as an earlier payload."""
    if record.accepted:
        add_objects([earlier_payload(record, at)], ids=False)
    record.payload = record.canonical = record.accepted = dict(accepted)
    record.payload_hash = record.value_hash = value_hash(record.accepted)
    record.source_modified_at, record.received_at = edited_at, at
    record.correlation_id = uuid.uuid4()
    record.save()
    keep_references([record])


def new_hub_record(entity_type: str, public_id: str, *, anchor: int, at: datetime) -> SourceRecord:
    """An empty hub record of the golden record with that id, tied to the anchor; it has no place yet."""
    # An earlier one may have moved away with the source record that it was tied to.
    earlier = _named_after(public_id, entity_type).count()
    record = SourceRecord.objects.create(
        source_system=hub_system(),
        entity_type=entity_type,
        key=f"{public_id}/{earlier + 1}" if earlier else public_id,
        payload={},
        canonical={},
        accepted={},
        payload_hash=value_hash({}),
        value_hash=value_hash({}),
        received_at=at,
        correlation_id=uuid.uuid4(),
    )
    bind_to_anchors({record.pk: anchor}, at=at)
    return record


def _own_hub_record(golden_record: GoldenRecord) -> SourceRecord | None:
    """The hub's own record of the golden record. Those that merges brought are left alone: they go home with theirs."""
    entries = CrosswalkEntry.objects.filter(golden_record=golden_record, unlinked_at=None)
    own = _named_after(golden_record.public_id, golden_record.entity_type).filter(
        pk__in=entries.values("source_record")
    )
    return own.order_by("-source_modified_at", "key").first()


def _named_after(public_id: str, entity_type: str) -> QuerySet[SourceRecord]:
    return SourceRecord.objects.filter(
        Q(key=public_id) | Q(key__startswith=f"{public_id}/"), source_system=hub_system(), entity_type=entity_type
    ).select_related("source_system")


def _new_hub_record(golden_record: GoldenRecord, *, at: datetime) -> SourceRecord:
    anchor = anchors_of([golden_record.pk])[golden_record.pk]
    record = new_hub_record(golden_record.entity_type, golden_record.public_id, anchor=anchor, at=at)
    CrosswalkEntry.objects.create(source_record=record, golden_record=golden_record, weight_bits=None, linked_at=at)
    return record
