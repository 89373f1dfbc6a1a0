from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.models import ReopeningCondition
from mdm.services.decisions import undo
from mdm.services.reopening import keep_decision
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.selectors.reopening import reopened_page


@steward_page()
def reopened(request: Steward, condition_id: int) -> HttpResponse:
    """A decision that is asked about again: what was decided, why it is asked, what both sides say."""
    condition = get_object_or_404(ReopeningCondition, pk=condition_id)
    return render(request, "pages/reopened/reopened.html", reopened_page(condition))


@steward_page(Permission.DECIDE)
@require_POST
def decide(request: Steward, condition_id: int) -> HttpResponse:
    """The decision still holds, or it is taken back."""
    condition = get_object_or_404(ReopeningCondition, pk=condition_id)
    answer = request.POST.get("answer")
    if answer not in {"keep", "undo"}:
        return HttpResponseBadRequest("answer is keep or undo")
    with TellingRefusals(request):
        if answer == "keep":
            keep_decision(condition.pk, actor=actor_of(request), at=timezone.now())
            messages.success(request, _("It still holds."))
        else:
            undo(condition.unit, actor=actor_of(request), at=timezone.now(), reason=request.POST.get("reason", ""))
            messages.success(request, _("Undone. What follows from it is up to date."))
        return redirect("queue")
    return redirect("reopened-decision", condition_id=condition_id)
