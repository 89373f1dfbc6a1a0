"""Values authored in the hub: a source record of the source system `hub`, like any other system's."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from mdm.canonical import value_hash
from mdm.models import HUB, CrosswalkEntry, GoldenRecord, SourceRecord
from mdm.services.provenance import anchors_of, bind_to_anchors
from mdm.services.rule_sets import published_rules
from mdm.services.systems import hub_system


def keep_authored(golden_record: GoldenRecord, values: Mapping[str, Any], *, at: datetime) -> uuid.UUID:
    """Accept these attribute values as the hub's own account of the golden record; returns the correlation id.

    The caller has locked the golden record, and rebuilds it. Of attributes that survive together the hub tells all, the
    others as they are: else what was not edited would vanish.
    """
    record = _hub_record(golden_record, at=at)
    policies = published_rules(golden_record.entity_type).document.survivorship
    whole = policies.whole_groups(values, beside=golden_record.document.get("attributes", {}))
    record.accepted = {**record.accepted, **whole}
    record.payload = record.canonical = record.accepted
    record.payload_hash = record.value_hash = value_hash(record.accepted)
    record.source_modified_at = record.received_at = at
    record.correlation_id = uuid.uuid4()
    record.save()
    return record.correlation_id


def _hub_record(golden_record: GoldenRecord, *, at: datetime) -> SourceRecord:
    """The hub's own record under the golden record: of those that merges brought, its own, else the one edited last."""
    linked = {record.key: record for record in _hub_records(golden_record)}
    if golden_record.public_id in linked:
        return linked[golden_record.public_id]
    return next(reversed(linked.values())) if linked else _new_hub_record(golden_record, at=at)


def _hub_records(golden_record: GoldenRecord) -> QuerySet[SourceRecord]:
    entries = CrosswalkEntry.objects.filter(golden_record=golden_record, unlinked_at=None)
    records = SourceRecord.objects.filter(source_system__name=HUB, pk__in=entries.values("source_record"))
    return records.order_by("source_modified_at", "key")


def _new_hub_record(golden_record: GoldenRecord, *, at: datetime) -> SourceRecord:
    system = hub_system()
    # An earlier one may have moved away with the source record that it was tied to.
    earlier = SourceRecord.objects.filter(
        source_system=system, entity_type=golden_record.entity_type, key__startswith=golden_record.public_id
    ).count()
    record = SourceRecord.objects.create(
        source_system=system,
        entity_type=golden_record.entity_type,
        key=f"{golden_record.public_id}/{earlier + 1}" if earlier else golden_record.public_id,
        payload={},
        canonical={},
        accepted={},
        payload_hash=value_hash({}),
        value_hash=value_hash({}),
        received_at=at,
        correlation_id=uuid.uuid4(),
    )
    anchor = anchors_of([golden_record.pk])[golden_record.pk]
    bind_to_anchors({record.pk: anchor}, at=at)
    CrosswalkEntry.objects.create(source_record=record, golden_record=golden_record, weight_bits=None, linked_at=at)
    return record
