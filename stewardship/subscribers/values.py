"""Tasks about golden values: approvals, pins, quality."""

from django.utils import timezone
from django.utils.translation import gettext as _

from mdm.actors import Actor
from mdm.events import (
    ApprovalRequested,
    ApprovalSettled,
    PinQuestioned,
    PinSettled,
    QualityBreached,
    QualityReleased,
    QualityRestored,
)
from mdm.models import AttributePin, ChangeEffect, ChangeRequest
from mdm.selectors.attributes import attributes_ever
from mdm.survivorship.pins import Question as PinQuestion
from stewardship.models import TaskKind
from stewardship.selectors.quality import breaches_of
from stewardship.services.tasks import Question, finish_tasks, open_tasks, reword_tasks, withdraw_tasks
from stewardship.subscribers.shared import portions, title_of


def open_approval(event: ApprovalRequested) -> None:
    request = ChangeRequest.objects.select_related("golden_record").get(pk=event.change_request_id)
    known = attributes_ever(request.golden_record.entity_type)
    question = Question(
        subject_id=request.pk,
        entity_type=request.golden_record.entity_type,
        title=request.golden_record.title or request.golden_record.public_id,
        reason=_approval_reason(request)
        % {
            "person": request.proposed_by,
            "attributes": ", ".join(known[name].label for name in request.payload),
        },
        details={"golden_record_id": request.golden_record_id},
    )
    open_tasks(TaskKind.APPROVAL, [question], at=timezone.now())


def finish_approval(event: ApprovalSettled) -> None:
    finish_tasks(TaskKind.APPROVAL, (event.change_request_id,), actor=Actor(event.decided_by), at=timezone.now())


def open_pin(event: PinQuestioned) -> None:
    pin = AttributePin.objects.select_related("source_record").get(pk=event.pin_id)
    label = attributes_ever(pin.source_record.entity_type)[pin.attribute].label
    texts = {
        PinQuestion.SOURCE_CHANGED: _("%(attribute)s is pinned, and its sources say something else by now."),
        PinQuestion.OWNER_DIFFERS: _("%(owner)s was asked to take over %(attribute)s and says something else."),
        PinQuestion.OWNER_SILENT: _("%(owner)s was asked to take over %(attribute)s and has not answered."),
    }
    question = Question(
        subject_id=pin.pk,
        entity_type=pin.source_record.entity_type,
        title=title_of(pin.source_record),
        reason=texts[PinQuestion(event.question)] % {"attribute": label, "owner": pin.owner},
    )
    open_tasks(TaskKind.PIN, [question], at=timezone.now())


def finish_pin(event: PinSettled) -> None:
    finish_tasks(TaskKind.PIN, (event.pin_id,), actor=Actor(event.settled_by), at=timezone.now())


def open_quality(event: QualityBreached) -> None:
    """What a golden record fails may change while its task is open: the reason follows."""
    at = timezone.now()
    for ids in portions(event.golden_record_ids):
        questions = [
            Question(
                subject_id=each.golden_record_id,
                entity_type=each.entity_type,
                title=each.title,
                reason=each.reason,
                details={"public_id": each.public_id},
            )
            for each in breaches_of(ids)
        ]
        open_tasks(TaskKind.QUALITY, questions, at=at)
        reword_tasks(TaskKind.QUALITY, questions)


def withdraw_quality(event: QualityRestored) -> None:
    withdraw_tasks(TaskKind.QUALITY, event.golden_record_ids, at=timezone.now())


def finish_quality(event: QualityReleased) -> None:
    finish_tasks(TaskKind.QUALITY, (event.golden_record_id,), actor=Actor(event.released_by), at=timezone.now())


def _approval_reason(request: ChangeRequest) -> str:
    effects = {part.effect for part in request.sorted_parts}
    if ChangeEffect.SURVIVE in effects:
        return _("Another record says otherwise of %(attributes)s; what others consented to stands meanwhile.")
    if ChangeEffect.RELEASE in effects:
        return _("%(person)s wants to release the pin of %(attributes)s.")
    return _("%(person)s proposes to change %(attributes)s.")
