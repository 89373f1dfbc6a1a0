"""Where a task is worked on."""

from django.urls import reverse

from stewardship.models import Task, TaskKind
from stewardship.selectors.queue import Filter

# Pages of what a task is about, by the number of that.
_SUBJECTS = {
    TaskKind.APPROVAL: "approval",
    TaskKind.PIN: "pin",
    TaskKind.DECISION: "reopened-decision",
    TaskKind.QUARANTINE: "quarantine-entry",
    TaskKind.PRICE_CONFLICT: "price-conflict",
    TaskKind.CERTIFICATE: "certificate",
    TaskKind.ROLLOUT: "rollout",
    TaskKind.PRICE_RADAR: "price-findings",
}
# Pages of what a task is about, by its public id.
_NAMED = {
    TaskKind.QUALITY: "golden-record",
    TaskKind.HIERARCHY: "golden-record",
    TaskKind.RELOCATION: "golden-record",
    TaskKind.MASS_CHANGE: "mass-change",
}
# Pages of the task itself.
_TASKS = {
    TaskKind.MATCH_REVIEW: "review",
    TaskKind.REPARTITION: "regrouping",
    TaskKind.DELIVERY: "parked-delivery",
}


def task_address(task: Task, *, among: Filter | None = None) -> str:
    """The page of a task. `among` keeps the steward's filter for what comes next."""
    kind = TaskKind(task.kind)
    if kind in _SUBJECTS:
        address = reverse(_SUBJECTS[kind], args=[task.subject_id])
    elif kind in _NAMED:
        address = reverse(_NAMED[kind], args=[task.details["public_id"]])
    else:
        address = reverse(_TASKS[kind], args=[task.pk])
    return f"{address}?entity_type={among.entity_type}" if among and among.entity_type else address


def queue_address(among: Filter) -> str:
    """The queue under a filter."""
    wanted = "&".join(
        f"{name}={value}" for name, value in (("kind", among.kind), ("entity_type", among.entity_type)) if value
    )
    return reverse("queue") + (f"?{wanted}" if wanted else "")
