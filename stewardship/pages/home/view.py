from django.http import HttpResponse
from django.shortcuts import render

from stewardship.models import TaskKind
from stewardship.pages.addresses import queue_address
from stewardship.pages.doors import Steward, steward_page
from stewardship.selectors.decisions import DecisionUnit, latest_decisions
from stewardship.selectors.figures import figures_by_system, figures_by_type
from stewardship.selectors.naming import golden_records_of
from stewardship.selectors.queue import COUNT_CAP, Filter, open_counts


@steward_page()
def home(request: Steward) -> HttpResponse:
    """What waits, what is there, what was decided last. Each figure leads to its records."""
    counts = open_counts()
    return render(
        request,
        "pages/home/home.html",
        {
            "tasks": [(kind, _capped(counts[kind.value]), queue_address(Filter(kind.value))) for kind in TaskKind],
            "open_count": sum(counts.values()),
            "types": figures_by_type(),
            "systems": figures_by_system(),
            "decisions": _with_subjects(latest_decisions(8)),
        },
    )


def _capped(count: int) -> str:
    return f"{COUNT_CAP:,}+" if count > COUNT_CAP else f"{count:,}"


def _with_subjects(units: list[DecisionUnit]) -> list[tuple[DecisionUnit, list[object]]]:
    """Each decision with the golden records its source records stand under now."""
    homes = golden_records_of({pk for unit in units for pair in unit.pairs for pk in pair})
    return [
        (unit, list(dict.fromkeys(homes[pk] for pair in unit.pairs for pk in pair if pk in homes))) for unit in units
    ]
