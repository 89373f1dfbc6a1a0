from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stewardship.models import Permission, Task, TaskKind, TaskState
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.selectors.regrouping import regrouping_of
from stewardship.services.reviews import keep_grouping, regroup


@steward_page()
def regrouping(request: Steward, task_id: int) -> HttpResponse:
    """The present grouping beside the computed one; nothing changes until a steward says so."""
    task = get_object_or_404(Task, pk=task_id, kind=TaskKind.REPARTITION)
    return render(
        request,
        "pages/regroupings/regrouping.html",
        {"task": task, "is_open": task.state == TaskState.OPEN, "regrouping": regrouping_of(task)},
    )


@steward_page(Permission.DECIDE)
@require_POST
def decide(request: Steward, task_id: int) -> HttpResponse:
    """Take the new grouping, or make the present one a decision."""
    answers = {"regroup": regroup, "keep": keep_grouping}
    if request.POST.get("answer") not in answers:
        return HttpResponseBadRequest("answer is regroup or keep")
    answer = answers[request.POST["answer"]]
    with TellingRefusals(request):
        answer(task_id, actor=actor_of(request), at=timezone.now())
        messages.success(
            request, _("Regrouped.") if answer is regroup else _("Kept. Each part of this can be undone on its record.")
        )
        return redirect("queue")
    return redirect("regrouping", task_id=task_id)
