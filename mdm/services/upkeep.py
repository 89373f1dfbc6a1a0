"""What time alone brings about: values fade, pins end, proposals and kept answers expire, days come."""

from datetime import datetime

from django.db.models import Q

from mdm.actors import SYSTEM
from mdm.models import GoldenRecord, GoldenStatus
from mdm.services.change_requests import expire_changes
from mdm.services.idempotency import forget_old_answers
from mdm.services.rebuild import Cause, rebuild_golden_records
from mdm.services.reopening import ask_what_is_due
from mdm.services.retries import atomically

AT_ONCE = 500


def keep_up(*, at: datetime) -> int:
    """Do what is due; returns how many golden records were looked at. Repeating it changes nothing."""
    expire_changes(at=at)
    ask_what_is_due(at=at)
    forget_old_answers(at=at)
    looked_at, last = 0, 0
    while batch := _rebuild(Q(recompute_at__lte=at), after=last, reason="Time has passed", at=at):
        looked_at, last = looked_at + len(batch), batch[-1]
    return looked_at


def judge_again(entity_type: str, *, at: datetime) -> int:
    """Make every active golden record of a type again, so that all are judged; returns how many were looked at."""
    looked_at, last, every = 0, 0, Q(entity_type=entity_type, status=GoldenStatus.ACTIVE)
    while batch := _rebuild(every, after=last, reason="Judged again", at=at):
        looked_at, last = looked_at + len(batch), batch[-1]
    return looked_at


@atomically
def _rebuild(which: Q, *, after: int, reason: str, at: datetime) -> list[int]:
    """Records that somebody else holds are left for the next time."""
    due = GoldenRecord.objects.select_for_update(skip_locked=True, of=("self",)).filter(which, pk__gt=after)
    records = list(due.order_by("pk")[:AT_ONCE])
    rebuild_golden_records(records, cause=Cause(reason, {}), actor=SYSTEM, at=at)
    return [record.pk for record in records]
