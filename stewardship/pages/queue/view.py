from django.http import HttpResponse
from django.shortcuts import render

from mdm.entity_types import entity_types
from stewardship.models import TaskKind
from stewardship.pages.addresses import queue_address, task_address
from stewardship.pages.doors import Steward, steward_page
from stewardship.selectors.queue import COUNT_CAP, Filter, Position, open_counts, queue_page


@steward_page()
def queue(request: Steward) -> HttpResponse:
    """Open tasks: tabs by kind, a filter by entity type, a page at a time."""
    wanted = wanted_tasks(request)
    page = queue_page(wanted, after=Position.parse(request.GET.get("after", "")))
    counts = open_counts(wanted.entity_type)
    return render(
        request,
        "pages/queue/queue.html",
        {
            "wanted": wanted,
            "rows": [(task, task_address(task, among=wanted)) for task in page.tasks],
            "tabs": [_tab("", "", sum(counts.values()), wanted)]
            + [_tab(kind.value, str(kind.label), counts[kind.value], wanted) for kind in TaskKind],
            "types": [
                (name, entity_types.get(name).label_plural, queue_address(Filter(wanted.kind, name)))
                for name in sorted(entity_types)
            ],
            "any_type": queue_address(Filter(wanted.kind)),
            "address": queue_address(wanted),
            "following": page.following,
            "first_page": "after" not in request.GET,
        },
    )


def wanted_tasks(request: Steward) -> Filter:
    """The filter of an address; what it names that does not exist is ignored."""
    kind, entity_type = request.GET.get("kind", ""), request.GET.get("entity_type", "")
    return Filter(kind if kind in TaskKind.values else "", entity_type if entity_type in entity_types else "")


def _tab(kind: str, label: str, count: int, wanted: Filter) -> dict[str, object]:
    shown = f"{COUNT_CAP:,}+" if count > COUNT_CAP else f"{count:,}"
    return {
        "label": label,
        "count": shown,
        "is_current": kind == wanted.kind,
        "address": queue_address(Filter(kind, wanted.entity_type)),
    }
