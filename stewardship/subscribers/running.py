"""Tasks about what has stopped: rollouts, deliveries."""

from django.utils import timezone
from django.utils.translation import gettext as _

from mdm.actors import Actor
from mdm.events import DeliveriesParked, DeliveriesResumed, RolloutFailed, RolloutSteered
from mdm.models import Rollout
from stewardship.models import TaskKind
from stewardship.services.tasks import Question, finish_tasks, open_tasks, withdraw_tasks


def open_rollout(event: RolloutFailed) -> None:
    rollout = Rollout.objects.select_related("rule_set").get(pk=event.rollout_id)
    question = Question(
        subject_id=rollout.pk,
        entity_type=rollout.entity_type,
        title=rollout.public_id,
        reason=_("Version %(number)s of the rules has not come to every golden record (%(error)s).")
        % {"number": rollout.rule_set.number, "error": rollout.error},
    )
    open_tasks(TaskKind.ROLLOUT, [question], at=timezone.now())


def finish_rollout(event: RolloutSteered) -> None:
    finish_tasks(TaskKind.ROLLOUT, (event.rollout_id,), actor=Actor(event.steered_by), at=timezone.now())


def open_deliveries(event: DeliveriesParked) -> None:
    questions = [
        Question(subject_id=pk, entity_type="", title=reason, reason=reason)
        for pk, reason in zip(event.stream_ids, event.reasons, strict=True)
    ]
    open_tasks(TaskKind.DELIVERY, questions, at=timezone.now())


def withdraw_deliveries(event: DeliveriesResumed) -> None:
    withdraw_tasks(TaskKind.DELIVERY, event.stream_ids, at=timezone.now())
