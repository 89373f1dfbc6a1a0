"""Opening and closing of tasks, many at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from mdm.actors import Actor
from mdm.errors import NotFound, StateConflict
from stewardship.models import Task, TaskKind, TaskState

AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Routing:
    """How urgent a kind of task is: `priority` orders the queue, `due_within` gives the due time."""

    priority: int
    due_within: timedelta


# A failed rollout leaves golden records under two rule sets and stops all others, a parked delivery keeps a system
# wrong, a price conflict a buyer without a price, and a proposal keeps a colleague waiting; a duplicate has been there
# for years. What the price radar finds comes after those, unless it is urgent.
ROUTING: Mapping[TaskKind, Routing] = {
    TaskKind.ROLLOUT: Routing(90, timedelta(hours=4)),
    TaskKind.DELIVERY: Routing(80, timedelta(hours=4)),
    TaskKind.PRICE_CONFLICT: Routing(70, timedelta(hours=8)),
    TaskKind.APPROVAL: Routing(60, timedelta(days=1)),
    TaskKind.MASS_CHANGE: Routing(60, timedelta(days=1)),
    TaskKind.HIERARCHY: Routing(55, timedelta(days=1)),
    TaskKind.REPARTITION: Routing(50, timedelta(days=2)),
    TaskKind.QUALITY: Routing(48, timedelta(days=2)),
    TaskKind.RELOCATION: Routing(46, timedelta(days=2)),
    TaskKind.DECISION: Routing(45, timedelta(days=2)),
    TaskKind.PIN: Routing(45, timedelta(days=2)),
    TaskKind.CERTIFICATE: Routing(42, timedelta(days=5)),
    TaskKind.QUARANTINE: Routing(40, timedelta(days=2)),
    TaskKind.MATCH_REVIEW: Routing(20, timedelta(days=5)),
    TaskKind.PRICE_RADAR: Routing(15, timedelta(days=5)),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A task to be opened; `priority` None is that of its kind."""

    subject_id: int
    entity_type: str
    title: str
    reason: str = ""
    weight_bits: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)  # JSON
    priority: int | None = None


def open_tasks(kind: TaskKind, questions: Iterable[Question], *, at: datetime) -> None:
    """Open one task a subject. Subjects that have an open one keep it as it is, so repeating changes nothing."""
    routing = ROUTING[kind]
    Task.objects.bulk_create(
        [
            Task(
                kind=kind,
                entity_type=question.entity_type,
                subject_id=question.subject_id,
                details=dict(question.details),
                title=question.title[:300],
                reason=question.reason,
                weight_bits=question.weight_bits,
                priority=routing.priority if question.priority is None else question.priority,
                due_at=at + routing.due_within,
                opened_at=at,
            )
            for question in questions
        ],
        batch_size=AT_ONCE,
        ignore_conflicts=True,
    )


def reword_tasks(kind: TaskKind, questions: Iterable[Question]) -> None:
    """Let open tasks say what is asked now, where that is something else than when they were opened."""
    asked = {question.subject_id: question for question in questions}
    changed = []
    for task in Task.objects.filter(kind=kind, subject_id__in=asked, state=TaskState.OPEN):
        question = asked[task.subject_id]
        if (task.title, task.reason) != (question.title[:300], question.reason):
            task.title, task.reason = question.title[:300], question.reason
            changed.append(task)
    Task.objects.bulk_update(changed, ["title", "reason"], batch_size=AT_ONCE)


def withdraw_tasks(kind: TaskKind, subject_ids: Sequence[int], *, at: datetime) -> None:
    """Close the open tasks of these subjects, whose question went away. Repeating it changes nothing."""
    for start in range(0, len(subject_ids), AT_ONCE):
        Task.objects.filter(
            kind=kind, subject_id__in=subject_ids[start : start + AT_ONCE], state=TaskState.OPEN
        ).update(state=TaskState.WITHDRAWN, closed_at=at, closed_by="")


def finish_tasks(kind: TaskKind, subject_ids: Sequence[int], *, actor: Actor, at: datetime) -> None:
    """Somebody answered these questions. Call it before an answer whose events would withdraw the tasks."""
    Task.objects.filter(kind=kind, subject_id__in=subject_ids, state=TaskState.OPEN).update(
        state=TaskState.DONE, closed_at=at, closed_by=actor.name
    )


@transaction.atomic
def finish_task(task_id: int, *, kind: TaskKind, actor: Actor, at: datetime) -> Task:
    """A person answers this question.

    Raises NotFound when there is no task of that kind and id, StateConflict when it was closed before.
    """
    task = Task.objects.select_for_update(of=("self",)).filter(pk=task_id, kind=kind).first()
    if task is None:
        raise NotFound("There is no such task.")
    if task.state == TaskState.DONE:
        raise StateConflict(f"{task.closed_by} settled this already; your decision was not applied.")
    if task.state == TaskState.WITHDRAWN:
        raise StateConflict("This question went away meanwhile; your decision was not applied.")
    task.state, task.closed_at, task.closed_by = TaskState.DONE, at, actor.name
    task.save(update_fields=["state", "closed_at", "closed_by"])
    return task
