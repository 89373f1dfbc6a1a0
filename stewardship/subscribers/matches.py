"""Tasks about records that may be one: reviews, regroupings, decisions to look at again."""

from collections.abc import Sequence

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from mdm.actors import Actor
from mdm.events import DecisionQuestioned, DecisionSettled, RepartitionHeld, ReviewRequested, ReviewSettled
from mdm.models import CandidatePair, MatchDecision, ReopeningCondition, SourceRecord
from stewardship.models import Task, TaskKind, TaskState
from stewardship.selectors.reopening import condition_text
from stewardship.services.tasks import Question, finish_tasks, open_tasks, withdraw_tasks
from stewardship.subscribers.shared import portions, title_of


def open_reviews(event: ReviewRequested) -> None:
    """Pairs come again with every settlement near them: known ones only take over a changed weight."""
    at = timezone.now()
    for ids in portions(event.candidate_pair_ids):
        known = Task.objects.filter(kind=TaskKind.MATCH_REVIEW, subject_id__in=ids, state=TaskState.OPEN)
        weight = CandidatePair.objects.filter(pk=OuterRef("subject_id")).values("weight_bits")[:1]
        open_ids = set(known.values_list("subject_id", flat=True))
        if open_ids:
            known.annotate(now=Subquery(weight)).exclude(now=None).update(weight_bits=Subquery(weight))
        fresh = [pk for pk in ids if pk not in open_ids]
        if fresh:
            open_tasks(TaskKind.MATCH_REVIEW, _review_questions(fresh), at=at)


def withdraw_reviews(event: ReviewSettled) -> None:
    withdraw_tasks(TaskKind.MATCH_REVIEW, event.candidate_pair_ids, at=timezone.now())


def open_repartition(event: RepartitionHeld) -> None:
    first = min(event.source_record_ids)
    open_task = Task.objects.filter(kind=TaskKind.REPARTITION, subject_id=first, state=TaskState.OPEN)
    details = {
        "source_record_ids": list(event.source_record_ids),
        "computed": [list(members) for members in event.computed],
        "current": [list(members) for members in event.current],
    }
    if not open_task.update(details=details):
        record = SourceRecord.objects.get(pk=first)
        question = Question(
            subject_id=first,
            entity_type=event.entity_type,
            title=title_of(record),
            reason=_("Matching would now group these records differently, and others rely on the present grouping."),
            details=details,
        )
        open_tasks(TaskKind.REPARTITION, [question], at=timezone.now())


def open_decisions(event: DecisionQuestioned) -> None:
    rows = ReopeningCondition.objects.filter(pk__in=event.condition_ids).order_by("pk")
    open_tasks(TaskKind.DECISION, [_decision_question(row) for row in rows], at=timezone.now())


def finish_decisions(event: DecisionSettled) -> None:
    finish_tasks(TaskKind.DECISION, event.condition_ids, actor=Actor(event.settled_by), at=timezone.now())


def _review_questions(pair_ids: Sequence[int]) -> list[Question]:
    pairs = CandidatePair.objects.filter(pk__in=pair_ids).order_by("pk")
    sides = SourceRecord.objects.in_bulk({pk for pair in pairs.values_list("left_id", "right_id") for pk in pair})
    return [
        Question(
            subject_id=pk,
            entity_type=entity_type,
            title=f"{title_of(sides[left])} ⇄ {title_of(sides[right])}",
            weight_bits=weight,
            details={"source_record_ids": [left, right]},
        )
        for pk, entity_type, left, right, weight in pairs.values_list(
            "pk", "entity_type", "left_id", "right_id", "weight_bits"
        )
    ]


def _decision_question(condition: ReopeningCondition) -> Question:
    decision = MatchDecision.objects.filter(unit=condition.unit).order_by("pk").select_related("left", "right")[0]
    return Question(
        subject_id=condition.pk,
        entity_type=decision.left.entity_type,
        title=f"{title_of(decision.left)} ⇄ {title_of(decision.right)}",
        reason=condition_text(condition, decision.left.entity_type),
    )
