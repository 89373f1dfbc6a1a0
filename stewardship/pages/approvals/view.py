from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.errors import NotFound
from mdm.models import ChangePart, ChangeRequest, ChangeRequestState
from mdm.selectors.change_requests import change_request_by_id
from mdm.services.change_requests import comment_on_change
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.selectors.approvals import proposal_page
from stewardship.services.approvals import Answer, answer_proposal

PAGE_SIZE = 50


@steward_page()
def waiting(request: Steward) -> HttpResponse:
    """Change requests that wait for an approver, oldest first; and those decided last."""
    requests = ChangeRequest.objects.select_related("golden_record").prefetch_related("parts")
    consented = ChangePart.objects.exclude(consents=[]).exclude(state=ChangeRequestState.OPEN)
    decided = requests.filter(parts__in=consented).annotate(decided_at=Max("parts__decided_at"))
    return render(
        request,
        "pages/approvals/waiting.html",
        {
            "waiting": requests.filter(state=ChangeRequestState.OPEN).order_by("pk")[:PAGE_SIZE],
            "decided": decided.exclude(state=ChangeRequestState.OPEN).order_by("-decided_at")[:20],
        },
    )


@steward_page()
def approval(request: Steward, request_id: int) -> HttpResponse:
    """One change request: old and new, who proposed it and why, and who must consent to what."""
    proposal = _proposal(request_id)
    return render(request, "pages/approvals/approval.html", proposal_page(proposal, request.user))


@steward_page()
@require_POST
def decide(request: Steward, request_id: int) -> HttpResponse:
    """Approve, reject or withdraw exactly the proposal that was shown, or the values chosen of it."""
    proposal = _proposal(request_id)
    if request.POST.get("answer") not in list(Answer):
        return HttpResponseBadRequest("answer is approve, reject or withdraw")
    answer = Answer(request.POST["answer"])
    attributes = request.POST.getlist("attribute")
    refusal = ""
    if answer is not Answer.WITHDRAW and not request.user.has_perm(Permission.APPROVE):
        refusal = _("Only an approver can decide a change request.")
    elif answer is not Answer.WITHDRAW and not attributes:
        refusal = _("Choose at least one value.")
    elif answer is Answer.REJECT and not request.POST.get("reason", "").strip():
        refusal = _("Say why you reject it: the proposer reads this.")
    if refusal:
        messages.error(request, refusal)
        return redirect("approval", request_id=request_id)
    with TellingRefusals(request):
        answer_proposal(
            proposal.pk,
            answer,
            payload_hash=request.POST.get("payload_hash", ""),
            attributes=attributes,
            reason=request.POST.get("reason", "").strip(),
            actor=actor_of(request),
            at=timezone.now(),
            accept_price_conflicts="accept_price_conflicts" in request.POST,
        )
        messages.success(request, answer.done_text)
        waits = ChangeRequest.objects.filter(pk=proposal.pk, state=ChangeRequestState.OPEN).exists()
        return redirect("approval", request_id=request_id) if waits else redirect("approvals")
    return redirect("approval", request_id=request_id)


@steward_page()
@require_POST
def comment(request: Steward, request_id: int) -> HttpResponse:
    """Say something about a proposal that waits."""
    text = request.POST.get("text", "").strip()
    if text and (request.user.has_perm(Permission.PROPOSE) or request.user.has_perm(Permission.APPROVE)):
        with TellingRefusals(request):
            comment_on_change(_proposal(request_id).pk, text[:4000], actor=actor_of(request), at=timezone.now())
    return redirect("approval", request_id=request_id)


def _proposal(request_id: int) -> ChangeRequest:
    try:
        return change_request_by_id(request_id)
    except NotFound as error:
        raise Http404 from error
