"""Taking back: one's last decision with a key, any decision from a golden record's timeline."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.models import CandidatePair, MatchDecision
from mdm.services.decisions import undo
from stewardship.models import Permission, Task, TaskKind, TaskState
from stewardship.pages.addresses import queue_address, task_address
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, safe_next, steward_page
from stewardship.pages.queue.view import wanted_tasks
from stewardship.services.reviews import undo_last


@steward_page(Permission.DECIDE)
@require_POST
def undo_last_decision(request: Steward) -> HttpResponse:
    """Take back one's latest decision and show the review that is open again."""
    with TellingRefusals(request):
        unit = undo_last(actor=actor_of(request), at=timezone.now())
        reopened = _open_review(unit)
        messages.success(request, _("Undone. This review is open again.") if reopened else _("Undone."))
        among = wanted_tasks(request)
        return redirect(task_address(reopened, among=among) if reopened else queue_address(among))
    return redirect(safe_next(request, default=reverse("queue")))


@steward_page(Permission.DECIDE)
@require_POST
def undo_decision(request: Steward, unit: UUID) -> HttpResponse:
    """Take back any decision."""
    with TellingRefusals(request):
        undo(unit, actor=actor_of(request), at=timezone.now(), reason=request.POST.get("reason", ""))
        messages.success(request, _("Undone. What follows from it is up to date."))
    return redirect(safe_next(request, default=reverse("home")))


def _open_review(unit: UUID) -> Task | None:
    """The review of a pair that the decision was about; of several the one that opened last."""
    records = {pk for pair in MatchDecision.objects.filter(unit=unit).values_list("left_id", "right_id") for pk in pair}
    pairs = CandidatePair.objects.filter(left__in=records, right__in=records)
    return (
        Task.objects.filter(kind=TaskKind.MATCH_REVIEW, subject_id__in=pairs.values("pk"), state=TaskState.OPEN)
        .order_by("-opened_at", "-order_bits", "pk")
        .first()
    )
