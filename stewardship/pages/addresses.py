"""Where a task is worked on."""

from django.urls import reverse

from stewardship.models import Task, TaskKind
from stewardship.selectors.queue import Filter


def task_address(task: Task, *, among: Filter | None = None) -> str:
    """The page of a task. `among` keeps the steward's filter for what comes next."""
    kind = TaskKind(task.kind)
    if kind is TaskKind.APPROVAL:
        address = reverse("approval", args=[task.subject_id])
    elif kind is TaskKind.PIN:
        address = reverse("pin", args=[task.subject_id])
    elif kind is TaskKind.DECISION:
        address = reverse("reopened-decision", args=[task.subject_id])
    elif kind is TaskKind.QUARANTINE:
        address = reverse("quarantine-entry", args=[task.subject_id])
    elif kind is TaskKind.REPARTITION:
        address = reverse("regrouping", args=[task.pk])
    elif kind in (TaskKind.QUALITY, TaskKind.HIERARCHY, TaskKind.RELOCATION):
        address = reverse("golden-record", args=[task.details["public_id"]])
    elif kind is TaskKind.PRICE_CONFLICT:
        address = reverse("price-conflict", args=[task.subject_id])
    elif kind is TaskKind.DELIVERY:
        address = reverse("parked-delivery", args=[task.pk])
    else:
        address = reverse("review", args=[task.pk])
    return f"{address}?entity_type={among.entity_type}" if among and among.entity_type else address


def queue_address(among: Filter) -> str:
    """The queue under a filter."""
    wanted = "&".join(
        f"{name}={value}" for name, value in (("kind", among.kind), ("entity_type", among.entity_type)) if value
    )
    return reverse("queue") + (f"?{wanted}" if wanted else "")
