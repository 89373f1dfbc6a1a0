"""The page that divides a golden record: source records chosen, the plan looked at, adjusted and applied."""

from collections.abc import Collection, Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from mdm.entity_types import entity_types
from mdm.models import HUB, GoldenRecord, SourceRecord
from mdm.selectors.golden import linked_source_records
from mdm.services.unmerging import Plan, split, split_plan
from mdm.services.unmerging.plan import InvalidChoice
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.pages.golden.view import found_record
from stewardship.selectors.unmerging import plan_groups

CHOICE = "line:"


@steward_page(Permission.DECIDE)
def plan(request: Steward, public_id: str) -> HttpResponse:
    """Which source records to split off, and what comes of it. POST looks at it, or applies it."""
    record = found_record(public_id)
    chosen = [int(pk) for pk in request.POST.getlist("record") if pk.isdecimal()]
    choices = {
        str(name).removeprefix(CHOICE): str(value)
        for name, value in request.POST.items()
        if str(name).startswith(CHOICE) and value
    }
    if request.POST.get("action") == "apply":
        with TellingRefusals(request):
            split(
                record,
                chosen,
                choices=choices,
                state=request.POST.get("state", ""),
                actor=actor_of(request),
                at=timezone.now(),
                reason=request.POST.get("reason", ""),
            )
            messages.success(request, _("Split. The two halves stay apart from now on."))
            return redirect("golden-record", public_id=public_id)
    found: Plan | None = None
    if request.method == "POST":
        with TellingRefusals(request):
            found = _plan_with(record, chosen, choices)
    context = {
        "record": record,
        "members": _members(record, chosen),
        "plan": found,
        "groups": plan_groups(found) if found else (),
        "sides": [(s, [pk for pk in found.records if found.target[pk] == s.key]) for s in found.sides] if found else (),
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "pages/split/split.html", context)


def _plan_with(record: GoldenRecord, chosen: Collection[int], choices: Mapping[str, str]) -> Plan:
    """The plan with the choices; with those that can no longer be made left out."""
    at = timezone.now()
    while True:
        try:
            return split_plan(record, chosen, choices=choices, at=at)
        except InvalidChoice as refused:
            choices = {line: choice for line, choice in choices.items() if line != refused.line}


def _members(record: GoldenRecord, chosen: Collection[int]) -> list[tuple[SourceRecord, str, bool]]:
    """What systems told with its title and whether it is chosen; what the hub wrote goes with what it is about."""
    title = entity_types.get(record.entity_type).title
    told = [each for each in linked_source_records(record) if each.source_system.name != HUB]
    return [(each, title(each.accepted), each.pk in chosen) for each in told]
