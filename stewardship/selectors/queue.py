"""Open tasks in the order to work on them, a page at a time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from stewardship.models import Task, TaskKind, TaskState

PAGE_SIZE = 50
COUNT_CAP = 1000
_ORDER = ("-priority", "-order_bits", "-pk")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which open tasks; "" for any."""

    kind: str = ""
    entity_type: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the queue, just after the task with these keys."""

    priority: int
    order_bits: float
    pk: int

    def __str__(self) -> str:
        return f"{self.priority}:{self.order_bits!r}:{self.pk}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """The position of a link; None for one that is not ours, which leads to the first page."""
        try:
            priority, bits, pk = text.split(":")
            return cls(int(priority), float(bits), int(pk))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Tasks in order; `following` continues after them, None at the end."""

    tasks: Sequence[Task]
    following: Position | None


def position_of(task: Task) -> Position:
    """Just after this task."""
    return Position(task.priority, task.order_bits, task.pk)


def queue_page(wanted: Filter, *, after: Position | None, size: int = PAGE_SIZE) -> QueuePage:
    """The open tasks after a position."""
    tasks = list(_after(_open_tasks(wanted), after).select_related("assignee").order_by(*_ORDER)[: size + 1])
    more = len(tasks) > size
    return QueuePage(tasks[:size], position_of(tasks[size - 1]) if more else None)


def next_task(wanted: Filter, *, after: Task) -> Task | None:
    """The open task to work on after this one, from the start again after the last. None when no other is open."""
    others = _open_tasks(wanted).exclude(pk=after.pk).order_by(*_ORDER)
    return _after(others, position_of(after)).first() or others.first()


def open_counts(entity_type: str = "") -> Mapping[str, int]:
    """Open tasks by kind, counted to COUNT_CAP + 1 at most: an exact count of many thousands helps nobody and costs."""
    capped = [
        _open_tasks(Filter(kind.value, entity_type)).order_by().values("kind")[: COUNT_CAP + 1] for kind in TaskKind
    ]
    counted = Counter(capped[0].union(*capped[1:], all=True).values_list("kind", flat=True))
    return {kind.value: counted[kind.value] for kind in TaskKind}


def _open_tasks(wanted: Filter) -> QuerySet[Task]:
    tasks = Task.objects.filter(state=TaskState.OPEN)
    if wanted.kind:
        tasks = tasks.filter(kind=wanted.kind)
    if wanted.entity_type:
        tasks = tasks.filter(entity_type=wanted.entity_type)
    return tasks


def _after(tasks: QuerySet[Task], position: Position | None) -> QuerySet[Task]:
    if position is None:
        return tasks
    same_priority = Q(priority=position.priority)
    same_bits = same_priority & Q(order_bits=position.order_bits)
    return tasks.filter(
        # Redundant, and what the index is entered with.
        Q(priority__lte=position.priority)
        & (
            Q(priority__lt=position.priority)
            | same_priority & Q(order_bits__lt=position.order_bits)
            | same_bits & Q(pk__lt=position.pk)
        )
    )
