from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.actors import Actor
from mdm.errors import NotFound
from mdm.models import MassChange, MassChangeState
from mdm.pricing.renewing import Rounding
from mdm.selectors.mass_changes import mass_change_by_id
from mdm.services.api_keys import person_behind
from mdm.services.consents import groups_of
from mdm.services.mass_changes.asking import asked_renewal, asked_selection
from mdm.services.mass_changes.deciding import (
    approve_mass_change,
    makers_of,
    reject_mass_change,
    submit_mass_change,
    withdraw_mass_change,
)
from mdm.services.mass_changes.listing import lines_as_csv
from mdm.services.mass_changes.rehearsing import rehearse_mass_change
from mdm.services.mass_changes.undoing import undo_mass_change
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.selectors.mass_changes import mass_change_page

SHOWN = 50
# Lists are written with semicolons, since names of categories and groups hold commas.
LISTS = ("agreements", "customers", "customer_groups", "price_classes", "categories", "brands", "products")
TERMS = ("begins", "ends", "percent", "amount", "step", "rounding")

Work = Callable[[MassChange, HttpRequest, Actor, datetime], object]


@steward_page()
def mass_changes(request: Steward) -> HttpResponse:
    """Mass changes, newest first, and a form to rehearse one."""
    return _listing(request, {})


@steward_page(Permission.PROPOSE)
@require_POST
def rehearse(request: Steward) -> HttpResponse:
    """Rehearse what the form asks for, and show what it comes to; a refusal keeps what was typed."""
    said = {name: request.POST.get(name, "").strip() for name in (*LISTS, *TERMS, "currency", "ending_by", "reason")}
    with TellingRefusals(request):
        selection = {name: said[name].split(";") for name in LISTS} | {
            name: said[name] for name in ("currency", "ending_by")
        }
        change = rehearse_mass_change(
            asked_selection(selection),
            asked_renewal({name: said[name] for name in TERMS}),
            reason=said["reason"][:1000],
            actor=actor_of(request),
            at=timezone.now(),
        )
        return redirect("mass-change", public_id=change.public_id)
    return _listing(request, said)


@steward_page()
def mass_change(request: Steward, public_id: str) -> HttpResponse:
    """One mass change: what was asked for, what it comes to, and what may be done about it."""
    change = _found(public_id)
    user = request.user
    mine = person_behind(user.get_username()) in makers_of(change)
    is_open, is_rehearsed = change.state == MassChangeState.OPEN, change.state == MassChangeState.REHEARSED
    may_approve = user.has_perm(Permission.APPROVE)
    return render(
        request,
        "pages/mass_changes/mass_change.html",
        {
            **mass_change_page(change),
            "is_own": mine,
            "may_submit": is_rehearsed and bool(change.figures["changing"]) and user.has_perm(Permission.PROPOSE),
            "may_withdraw": mine and (is_open or is_rehearsed),
            "may_decide": is_open and may_approve and not mine,
            "may_undo": change.state == MassChangeState.APPLIED and may_approve,
        },
    )


@steward_page()
def lines(request: Steward, public_id: str) -> HttpResponse:
    """Every line as CSV."""
    change = _found(public_id)
    headers = {"Content-Disposition": f'attachment; filename="{change.public_id}.csv"', "Cache-Control": "no-store"}
    return HttpResponse("".join(lines_as_csv(change)), content_type="text/csv; charset=utf-8", headers=headers)


@steward_page()
@require_POST
def answer(request: Steward, public_id: str) -> HttpResponse:
    """Submit, approve, reject, withdraw or undo it, whichever the person may."""
    change = _found(public_id)
    verb = request.POST.get("answer", "")
    if verb not in _ANSWERS:
        return HttpResponseBadRequest("answer is submit, approve, reject, withdraw or undo")
    permission, work, done = _ANSWERS[verb]
    if not request.user.has_perm(permission):
        messages.error(request, _("Only an approver can decide a mass change."))
    else:
        with TellingRefusals(request):
            work(change, request, actor_of(request), timezone.now())
            messages.success(request, done())
    return redirect("mass-change", public_id=change.public_id)


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()[:1000]


def _approve(change: MassChange, request: HttpRequest, actor: Actor, at: datetime) -> None:
    seen = request.POST.get("payload_hash", "")
    approve_mass_change(
        change.pk,
        payload_hash=bytes.fromhex(seen) if seen.isalnum() and len(seen) == 64 else b"",
        reason=_reason(request),
        groups=groups_of(actor.name),
        actor=actor,
        at=at,
    )


_ANSWERS: dict[str, tuple[Permission, Work, Callable[[], str]]] = {
    "submit": (
        Permission.PROPOSE,
        lambda change, _request, actor, at: submit_mass_change(change.pk, actor=actor, at=at),
        lambda: _("Submitted. An approver decides."),
    ),
    "approve": (Permission.APPROVE, _approve, lambda: _("Approved. What has every consent holds now.")),
    "reject": (
        Permission.APPROVE,
        lambda change, request, actor, at: reject_mass_change(
            change.pk, groups=groups_of(actor.name), reason=_reason(request), actor=actor, at=at
        ),
        lambda: _("Rejected. Every price stays as it is."),
    ),
    "withdraw": (
        Permission.PROPOSE,
        lambda change, request, actor, at: withdraw_mass_change(change.pk, reason=_reason(request), actor=actor, at=at),
        lambda: _("Withdrawn. Every price stays as it is."),
    ),
    "undo": (
        Permission.APPROVE,
        lambda change, request, actor, at: undo_mass_change(change.pk, reason=_reason(request), actor=actor, at=at),
        lambda: _("Undone. Lines that were edited since stay, and are listed."),
    ),
}


def _listing(request: Steward, said: dict[str, str]) -> HttpResponse:
    return render(
        request,
        "pages/mass_changes/mass_changes.html",
        {
            "changes": MassChange.objects.order_by("-pk")[:SHOWN],
            "said": {"rounding": Rounding.NEAREST, "step": "0.01"}
            | {name: text for name, text in said.items() if text},
            "may_propose": request.user.has_perm(Permission.PROPOSE),
        },
    )


def _found(public_id: str) -> MassChange:
    try:
        return mass_change_by_id(public_id)
    except NotFound as error:
        raise Http404 from error
