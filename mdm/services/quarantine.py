"""Quarantined payloads: read again after a mapping was mended, or put aside."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from mdm.actors import Actor
from mdm.events import QuarantineClosed, emit
from mdm.mapping.documents import read
from mdm.models import QuarantineEntry, QuarantineState, SourceRecord
from mdm.services.audit import Act, record_audit_entries
from mdm.services.intake import current_mapping, receive_payloads
from mdm.services.retries import atomically
from mdm.services.settlement import settle_source_records


@atomically
def replay(entry_ids: Sequence[int], *, actor: Actor, at: datetime) -> int:
    """Read these payloads again under the mapping now in force; returns how many passed.

    The others stay, with new reasons. A payload whose record has been told of again since is put aside: it would
    replace later words by earlier ones.
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
        _close(overtaken, QuarantineState.DISCARDED, actor=actor, at=at, reason="A later payload was taken in")
        group = [entry for entry in entries_of_one if entry not in overtaken]
        _close(group, QuarantineState.REPLAYED, actor=actor, at=at)
        if not group:
            continue
        intake = receive_payloads(
            group[0].source_system, entity_type, [entry.payload for entry in group], actor=actor, at=at
        )
        settle_source_records(entity_type, intake.pending_ids, actor=actor, at=at)
        passed += len(group) - intake.quarantined
    return passed


@transaction.atomic
def discard(entry_ids: Sequence[int], *, actor: Actor, at: datetime, reason: str) -> None:
    """Put payloads aside for good; they stay stored."""
    entries = list(
        QuarantineEntry.objects.select_for_update().filter(pk__in=entry_ids, state=QuarantineState.OPEN).order_by("pk")
    )
    _close(entries, QuarantineState.DISCARDED, actor=actor, at=at, reason=reason)


def _overtaken(group: Sequence[QuarantineEntry]) -> list[QuarantineEntry]:
    """Those of one system and entity type whose source record was received after them."""
    system, entity_type = group[0].source_system, group[0].entity_type
    _, mapping = current_mapping(system, entity_type)
    keys = {entry.pk: read(mapping, entry.payload).key for entry in group}
    records = SourceRecord.objects.filter(source_system=system, entity_type=entity_type, key__in=set(keys.values()))
    received = dict(records.values_list("key", "received_at"))
    return [entry for entry in group if keys[entry.pk] in received and received[keys[entry.pk]] > entry.received_at]


def _close(
    entries: Sequence[QuarantineEntry], state: QuarantineState, *, actor: Actor, at: datetime, reason: str = ""
) -> None:
    ids = [entry.pk for entry in entries]
    QuarantineEntry.objects.filter(pk__in=ids).update(state=state, closed_at=at)
    record_audit_entries(
        [Act(f"payload.{state}", "quarantine_entry", pk, reason=reason) for pk in ids], actor=actor, at=at
    )
    if ids:
        emit(QuarantineClosed(tuple(ids)))
