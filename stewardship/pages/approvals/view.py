from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.models import ChangeRequest
from mdm.models.changes import ChangeRequestState
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.selectors.golden_page import proposal_changes
from stewardship.services.approvals import Answer, answer_proposal

PAGE_SIZE = 50


@steward_page()
def waiting(request: Steward) -> HttpResponse:
    """Change requests that wait for an approver, oldest first; and those decided last."""
    requests = ChangeRequest.objects.select_related("golden_record")
    decided = requests.exclude(state=ChangeRequestState.OPEN).exclude(needs_approval=False)
    return render(
        request,
        "pages/approvals/waiting.html",
        {
            "waiting": requests.filter(state=ChangeRequestState.OPEN).order_by("pk")[:PAGE_SIZE],
            "decided": decided.order_by("-decided_at")[:20],
        },
    )


@steward_page()
def approval(request: Steward, request_id: int) -> HttpResponse:
    """One change request: old and new, who proposed it and why, and who may decide."""
    proposal = get_object_or_404(ChangeRequest.objects.select_related("golden_record"), pk=request_id)
    username = request.user.get_username()
    is_own = username in {proposal.proposed_by, proposal.last_edited_by}
    return render(
        request,
        "pages/approvals/approval.html",
        {
            "proposal": proposal,
            "record": proposal.golden_record,
            "changes": proposal_changes(proposal.golden_record, proposal.payload),
            "payload_hash": bytes(proposal.payload_hash).hex(),
            "is_open": proposal.state == ChangeRequestState.OPEN,
            "is_own": is_own,
            "may_approve": request.user.has_perm(Permission.APPROVE) and not is_own,
            "may_withdraw": proposal.proposed_by == username,
            "moved_on": proposal.golden_record.version - proposal.base_version,
        },
    )


@steward_page()
@require_POST
def decide(request: Steward, request_id: int) -> HttpResponse:
    """Approve, reject or withdraw exactly the proposal that was shown."""
    proposal = get_object_or_404(ChangeRequest, pk=request_id)
    if request.POST.get("answer") not in list(Answer):
        return HttpResponseBadRequest("answer is approve, reject or withdraw")
    answer = Answer(request.POST["answer"])
    if answer is not Answer.WITHDRAW and not request.user.has_perm(Permission.APPROVE):
        messages.error(request, _("Only an approver can decide a change request."))
        return redirect("approval", request_id=request_id)
    if answer is Answer.REJECT and not request.POST.get("reason", "").strip():
        messages.error(request, _("Say why you reject it: the proposer reads this."))
        return redirect("approval", request_id=request_id)
    with TellingRefusals(request):
        answer_proposal(
            proposal.pk,
            answer,
            payload_hash=request.POST.get("payload_hash", ""),
            reason=request.POST.get("reason", "").strip(),
            actor=actor_of(request),
            at=timezone.now(),
        )
        messages.success(request, answer.done_text)
        return redirect("approvals")
    return redirect("approval", request_id=request_id)
