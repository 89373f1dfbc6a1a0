"""Source records that wait to be settled again."""

from datetime import datetime

from mdm.models import SourceRecord
from mdm.services.retries import atomically


@atomically
def let_all_wait(entity_type: str, *, at: datetime) -> None:
    """Every unerased source record of the entity type waits; those that wait already keep their time."""
    SourceRecord.objects.filter(entity_type=entity_type, pending_since=None, erased_at=None).update(pending_since=at)
