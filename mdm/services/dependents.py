"""What speaks of a thing follows when that thing moves to another golden record."""

from collections.abc import Sequence
from datetime import datetime

from mdm.actors import Actor
from mdm.entity_types import entity_types
from mdm.models import CrosswalkEntry, GoldenRecord, SourceRecord
from mdm.services.rebuild import Cause, rebuild_golden_records


def rebuild_dependents(dependents: Sequence[tuple[int, str]], *, cause: Cause, actor: Actor, at: datetime) -> int:
    """Rebuild the golden records of these source records (id, entity type); returns how many have a new version.

    Where the entity type matches on what it refers to, the records also wait to be matched again.
    """
    if not dependents:
        return 0
    rematch = [pk for pk, entity_type in dependents if entity_types.get(entity_type).matches_on_references]
    SourceRecord.objects.filter(pk__in=rematch, pending_since=None).update(pending_since=at)
    placed = CrosswalkEntry.objects.filter(source_record__any=[pk for pk, _ in dependents], unlinked_at=None)
    records = list(
        GoldenRecord.objects.select_for_update().filter(pk__in=placed.values("golden_record")).order_by("pk")
    )
    return len(rebuild_golden_records(records, cause=cause, actor=actor, at=at))
