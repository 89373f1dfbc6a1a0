import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from mdm.models import QuarantineEntry, QuarantineState
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, safe_next, steward_page
from stewardship.selectors.quarantine import readable_payload
from stewardship.services.quarantine import discard_payloads, replay_payloads

PAGE_SIZE = 50


@steward_page()
def entries(request: Steward) -> HttpResponse:
    """Payloads that did not map or validate, newest first."""
    found = QuarantineEntry.objects.filter(state=QuarantineState.OPEN).select_related("source_system")
    if system := request.GET.get("system", ""):
        found = found.filter(source_system__name=system)
    if (before := request.GET.get("before", "")).isdecimal():
        found = found.filter(pk__lt=int(before))
    rows = list(found.defer("payload").order_by("-pk")[: PAGE_SIZE + 1])
    return render(
        request,
        "pages/quarantine/entries.html",
        {
            "entries": rows[:PAGE_SIZE],
            "system": system,
            "following": rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None,
        },
    )


@steward_page()
def entry(request: Steward, entry_id: int) -> HttpResponse:
    """One payload: what is wrong with it, per attribute, and the payload as it came."""
    found = get_object_or_404(QuarantineEntry.objects.select_related("source_system", "mapping"), pk=entry_id)
    return render(
        request,
        "pages/quarantine/entry.html",
        {
            "entry": found,
            "is_open": found.state == QuarantineState.OPEN,
            "payload": json.dumps(readable_payload(found), indent=2, ensure_ascii=False, sort_keys=True),
        },
    )


@steward_page(Permission.MEND)
@require_POST
def close(request: Steward) -> HttpResponse:
    """Replay or discard the chosen payloads."""
    ids = [int(pk) for pk in request.POST.getlist("entry") if pk.isdecimal()]
    back = safe_next(request, default=reverse("quarantine"))
    if not ids:
        messages.info(request, _("Choose at least one payload first."))
        return redirect(back)
    with TellingRefusals(request):
        if request.POST.get("action") == "discard":
            _discard(request, ids)
        else:
            _replay(request, ids)
    return redirect(back)


def _replay(request: Steward, ids: list[int]) -> None:
    passed = replay_payloads(ids, actor=actor_of(request), at=timezone.now())
    if passed:
        messages.success(request, ngettext("%d payload passed.", "%d payloads passed.", passed) % passed)
    if failed := len(ids) - passed:
        messages.warning(
            request,
            ngettext(
                "%d payload still has problems; its reasons are new.",
                "%d payloads still have problems; their reasons are new.",
                failed,
            )
            % failed,
        )


def _discard(request: Steward, ids: list[int]) -> None:
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.error(request, _("Say why you discard it: it stays stored with the reason."))
        return
    discard_payloads(ids, reason=reason, actor=actor_of(request), at=timezone.now())
    messages.success(request, _("Discarded. It stays stored, with your reason."))
