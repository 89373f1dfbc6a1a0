"""What time alone brings about: values fade, pins end, owners stay silent, proposals expire, named days come."""

from datetime import datetime

from django.db import transaction

from mdm.actors import SYSTEM
from mdm.models import GoldenRecord, GoldenStatus
from mdm.services.change_requests import expire_changes
from mdm.services.rebuild import Cause, rebuild_golden_records
from mdm.services.reopening import ask_what_is_due

AT_ONCE = 500


def keep_up(*, at: datetime) -> int:
    """Do what is due; returns how many golden records were looked at. Repeating it changes nothing."""
    expire_changes(at=at)
    ask_what_is_due(at=at)
    looked_at, last = 0, 0
    while batch := _rebuild_due(after=last, at=at):
        looked_at, last = looked_at + len(batch), batch[-1]
    return looked_at


@transaction.atomic
def _rebuild_due(*, after: int, at: datetime) -> list[int]:
    """Records that somebody else holds are left for the next time."""
    due = GoldenRecord.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        pk__gt=after, recompute_at__lte=at, status=GoldenStatus.ACTIVE
    )
    records = list(due.order_by("pk")[:AT_ONCE])
    rebuild_golden_records(records, cause=Cause("Time has passed", {}), actor=SYSTEM, at=at)
    return [record.pk for record in records]
