from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stewardship.models import Permission, Task, TaskKind, TaskState
from stewardship.pages.addresses import queue_address
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.selectors.queue import Filter
from stewardship.services.deliveries import Repair, repair_delivery


@steward_page()
def parked(request: Steward, task_id: int) -> HttpResponse:
    """A delivery that a person must look at: what is wrong, in the words of the part that delivers."""
    task = get_object_or_404(Task, pk=task_id, kind=TaskKind.DELIVERY)
    return render(request, "pages/deliveries/parked.html", {"task": task, "is_open": task.state == TaskState.OPEN})


@steward_page(Permission.MEND)
@require_POST
def repair(request: Steward, task_id: int) -> HttpResponse:
    """Send it again, or give this version up with a reason."""
    if request.POST.get("repair") not in list(Repair):
        return HttpResponseBadRequest("repair is retry or skip")
    wanted, reason = Repair(request.POST["repair"]), request.POST.get("reason", "").strip()
    if wanted is Repair.SKIP and not reason:
        messages.error(request, _("Say why you give this version up: the audit keeps it."))
        return redirect("parked-delivery", task_id=task_id)
    with TellingRefusals(request):
        repair_delivery(task_id, wanted, reason=reason, actor=actor_of(request), at=timezone.now())
        messages.success(request, _("Sending again.") if wanted is Repair.RETRY else _("Given up."))
        return redirect(queue_address(Filter(TaskKind.DELIVERY)))
    return redirect("parked-delivery", task_id=task_id)
