from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.models import Rollout, RolloutState
from mdm.services.rollouts.steering import resume
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page


@steward_page()
def rollout(request: Steward, rollout_id: int) -> HttpResponse:
    """How far a rollout has come, and what can be done where it has failed."""
    found = get_object_or_404(Rollout.objects.select_related("rule_set", "former"), pk=rollout_id)
    has_failed = found.state == RolloutState.FAILED
    context = {
        "rollout": found,
        "has_failed": has_failed,
        "may_resume": has_failed and request.user.has_perm(Permission.MEND),
    }
    return render(request, "pages/rollouts/rollout.html", context)


@steward_page(Permission.MEND)
@require_POST
def go_on(request: Steward, rollout_id: int) -> HttpResponse:
    """Let it try again where it stopped; whatever looks for running rollouts carries it on."""
    with TellingRefusals(request):
        resume(get_object_or_404(Rollout, pk=rollout_id).pk, actor=actor_of(request), at=timezone.now())
        messages.success(request, _("It goes on within a minute."))
    return redirect("rollout", rollout_id=rollout_id)
