"""Links that need no matching: records the hub wrote itself, in a target or in its own source system."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef

from mdm.actors import SYSTEM
from mdm.models import CrosswalkEntry, DecisionKind, DecisionOrigin, MatchDecision, RemoteRecord, SourceRecord


def link_own_creations(source_record_ids: Sequence[int], *, at: datetime) -> None:
    """A source record that is the remote record of a golden record, because a delivery made it, belongs there."""
    bind_to_anchors(anchors_of_own_creations(source_record_ids), at=at)


def anchors_of_own_creations(source_record_ids: Sequence[int]) -> dict[int, int]:
    """Those of the given that have no place yet and that a delivery made, each with a source record it belongs to."""
    # Not `exclude(crosswalk_entries__unlinked_at=None)`: that also drops records without any entry, those meant here.
    placed = CrosswalkEntry.objects.filter(source_record=OuterRef("pk"), unlinked_at=None)
    unplaced = SourceRecord.objects.filter(~Exists(placed), pk__any=source_record_ids)
    records = {
        (system, entity_type, key): pk
        for pk, system, entity_type, key in unplaced.values_list("pk", "source_system_id", "entity_type", "key")
    }
    if not records:
        return {}
    remotes = RemoteRecord.objects.filter(
        target__in={system for system, _, _ in records}, key__any={key for _, _, key in records}
    ).values_list("target_id", "entity_type", "key", "golden_record_id")
    homes = {
        records[target, entity_type, key]: golden
        for target, entity_type, key, golden in remotes
        if (target, entity_type, key) in records
    }
    anchors = anchors_of(sorted(set(homes.values())))
    return {record: anchors[golden] for record, golden in homes.items() if golden in anchors}


def anchors_of(golden_record_ids: Sequence[int]) -> dict[int, int]:
    """One source record for each golden record that has any: the one it has held longest, then of the lowest id.

    What joined by a merge may leave when that is undone; what the hub wrote stays with the id it was written for.
    """
    entries = CrosswalkEntry.objects.filter(golden_record__in=golden_record_ids, unlinked_at=None)
    anchors: dict[int, int] = {}
    for golden, record in entries.order_by("linked_at", "source_record_id").values_list(
        "golden_record_id", "source_record_id"
    ):
        anchors.setdefault(golden, record)
    return anchors


def bind_to_anchors(anchor_of: Mapping[int, int], *, at: datetime) -> None:
    """Must-links of provenance from each source record to its anchor. Repeating it changes nothing."""
    unit = uuid.uuid4()
    MatchDecision.objects.bulk_create(
        [
            MatchDecision(
                left_id=min(record, anchor),
                right_id=max(record, anchor),
                kind=DecisionKind.MUST_LINK,
                origin=DecisionOrigin.PROVENANCE,
                unit=unit,
                reason="Written by the hub",
                decided_by=SYSTEM.name,
                decided_at=at,
            )
            for record, anchor in sorted(anchor_of.items())
            if record != anchor
        ],
        ignore_conflicts=True,
    )
