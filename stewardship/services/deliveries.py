"""A person's answers to parked deliveries, given to the app that delivers and closing the task in one transaction."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction

from mdm import ports
from mdm.actors import Actor
from stewardship.models import TaskKind
from stewardship.services.tasks import finish_task


class Repair(StrEnum):
    """What to do with a parked delivery: send the same again, or give up this version."""

    RETRY = "retry"
    SKIP = "skip"


@transaction.atomic
def repair_delivery(task_id: int, repair: Repair, *, reason: str, actor: Actor, at: datetime) -> None:
    """Raises StateConflict when the delivery is not parked any more, NotFound when it is gone."""
    task = finish_task(task_id, kind=TaskKind.DELIVERY, actor=actor, at=at)
    if repair is Repair.RETRY:
        ports.deliveries().retry(task.subject_id, actor=actor, at=at)
    else:
        ports.deliveries().skip(task.subject_id, reason=reason, actor=actor, at=at)
