"""Quarantined payloads: read again after a mapping was mended, or put aside."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from mdm.actors import Actor
from mdm.mapping.documents import read
from mdm.models import QuarantineEntry, QuarantineState, SourceRecord
from mdm.services.intake import current_mapping, receive_payloads
from mdm.services.parking import Parking, close_entries
from mdm.services.retries import atomically
from mdm.services.settlement import settle_source_records


@atomically
def replay(entry_ids: Sequence[int], *, actor: Actor, at: datetime) -> int:
    """Read these payloads again under the mapping now in force; returns how many passed.

    The others stay, with new reasons. A payload whose record has been told of again since is put aside: it would
    replace later words by earlier ones. What was kept but could not be settled is settled now.
    """
    groups: dict[tuple[int, str], list[QuarantineEntry]] = defaultdict(list)
    entries = QuarantineEntry.objects.select_for_update(of=("self",)).filter(
        pk__in=entry_ids, state=QuarantineState.OPEN
    )
    for entry in entries.select_related("source_system").order_by("pk"):
        groups[entry.source_system_id, entry.entity_type].append(entry)
    passed = 0
    for (_, entity_type), entries_of_one in sorted(groups.items()):
        overtaken = _overtaken(entries_of_one)
        close_entries(overtaken, QuarantineState.DISCARDED, actor=actor, at=at, reason="A later payload was taken in")
        group = [entry for entry in entries_of_one if entry not in overtaken]
        close_entries(group, QuarantineState.REPLAYED, actor=actor, at=at)
        if not group:
            continue
        intake = receive_payloads(
            group[0].source_system, entity_type, [entry.payload for entry in group], actor=actor, at=at
        )
        parking = Parking(entity_type, actor, at)
        parking.settled(
            sorted({*intake.pending_ids, *_waiting_still(group)}),
            partial(settle_source_records, entity_type, actor=actor, at=at),
        )
        passed += len(group) - intake.quarantined - len(parking.parked)
    return passed


@transaction.atomic
def discard(entry_ids: Sequence[int], *, actor: Actor, at: datetime, reason: str) -> None:
    """Put payloads aside for good; they stay stored."""
    entries = list(
        QuarantineEntry.objects.select_for_update().filter(pk__in=entry_ids, state=QuarantineState.OPEN).order_by("pk")
    )
    close_entries(entries, QuarantineState.DISCARDED, actor=actor, at=at, reason=reason)


def _overtaken(group: Sequence[QuarantineEntry]) -> list[QuarantineEntry]:
    """Those of one system and entity type whose source record was received after them."""
    system, entity_type = group[0].source_system, group[0].entity_type
    _, mapping = current_mapping(system, entity_type)
    keys = {entry.pk: read(mapping, entry.payload).key for entry in group}
    records = SourceRecord.objects.filter(source_system=system, entity_type=entity_type, key__in=set(keys.values()))
    received = dict(records.values_list("key", "received_at"))
    return [entry for entry in group if keys[entry.pk] in received and received[keys[entry.pk]] > entry.received_at]


def _waiting_still(group: Sequence[QuarantineEntry]) -> list[int]:
    """The source records of these payloads that were put aside when they were to be settled."""
    records = SourceRecord.objects.filter(
        source_system=group[0].source_system,
        entity_type=group[0].entity_type,
        key__in=[entry.key for entry in group if entry.key],
        pending_since__isnull=False,
    )
    return list(records.values_list("pk", flat=True))
