"""The page of an unmerge plan: looked at, adjusted line by line, applied."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from mdm.errors import NotFound, StateConflict
from mdm.models import GoldenRecord, MatchDecision
from mdm.services.unmerging import Plan, unmerge, unmerge_plan
from mdm.services.unmerging.plan import InvalidChoice
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.selectors.unmerging import plan_groups

CHOICE = "line:"


@steward_page(Permission.DECIDE)
def plan(request: Steward, unit: UUID) -> HttpResponse:
    """What there would be without the merge. POST looks at it with choices made, or applies it."""
    choices = {
        name.removeprefix(CHOICE): value for name, value in request.POST.items() if name.startswith(CHOICE) and value
    }
    keep_apart = request.POST.get("keep_apart") == "on"
    if request.POST.get("action") == "apply":
        with TellingRefusals(request):
            done = unmerge(
                unit,
                choices={str(name): str(value) for name, value in choices.items()},
                keep_apart=keep_apart,
                state=request.POST.get("state", ""),
                actor=actor_of(request),
                at=timezone.now(),
                reason=request.POST.get("reason", ""),
            )
            messages.success(request, _("The merge is taken back. What follows from it is up to date."))
            survivor = done.plan.survivor if done.plan else ""
            return redirect("golden-record", public_id=survivor) if survivor else redirect("queue")
    try:
        found = _plan_with(unit, {str(name): str(value) for name, value in choices.items()}, keep_apart=keep_apart)
    except NotFound as error:
        raise Http404(str(error)) from error
    except StateConflict as error:
        messages.error(request, error.detail)
        return redirect(_home_of(unit))
    decision = MatchDecision.objects.filter(unit=unit).order_by("pk").first()
    return render(
        request,
        "pages/unmerge/unmerge.html",
        {
            "plan": found,
            "decision": decision,
            "survivor": GoldenRecord.objects.get(public_id=found.survivor),
            "groups": plan_groups(found),
            "sides": [(side, [pk for pk in found.records if found.target[pk] == side.key]) for side in found.sides],
            "reason": request.POST.get("reason", ""),
        },
    )


def _plan_with(unit: UUID, choices: dict[str, str], *, keep_apart: bool) -> Plan:
    """The plan with the choices; with those that can no longer be made left out."""
    at = timezone.now()
    while True:
        try:
            return unmerge_plan(unit, choices=choices, keep_apart=keep_apart, at=at)
        except InvalidChoice as refused:
            choices = {line: choice for line, choice in choices.items() if line != refused.line}


def _home_of(unit: UUID) -> str:
    holder = GoldenRecord.objects.filter(
        crosswalk_entries__unlinked_at=None, crosswalk_entries__source_record__decisions_as_left__unit=unit
    ).first()
    return f"/golden/{holder.public_id}/" if holder else "/"
