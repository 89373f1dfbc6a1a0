from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.models import AttributePin, GoldenRecord
from mdm.services.pin_decisions import confirm_pin, release_pin
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.selectors.pins import pin_page


@steward_page()
def pin(request: Steward, pin_id: int) -> HttpResponse:
    """One pin: what it says, what the sources say, who set it and why, and what to do about it."""
    found = _found(pin_id)
    context = pin_page(found, _golden_record_of(found))
    return render(request, "pages/pins/pin.html", {**context, "may_decide": request.user.has_perm(Permission.DECIDE)})


@steward_page(Permission.DECIDE)
@require_POST
def decide(request: Steward, pin_id: int) -> HttpResponse:
    """Release the pin or keep it."""
    found = _found(pin_id)
    answer = request.POST.get("answer")
    if answer not in {"release", "keep"}:
        return HttpResponseBadRequest("answer is release or keep")
    with TellingRefusals(request):
        if answer == "release":
            released = release_pin(found.pk, actor=actor_of(request), at=timezone.now())
            if released.request is not None:
                messages.success(request, _("The pin holds until others consent to its release."))
                return redirect("approval", request_id=released.request.pk)
            golden_record = released.golden_record
            messages.success(request, _("Released. What the sources say holds now."))
        else:
            golden_record = confirm_pin(found.pk, actor=actor_of(request), at=timezone.now())
            messages.success(request, _("Asked again.") if found.owner else _("Kept."))
        return redirect("golden-record", public_id=golden_record.public_id)
    return redirect("pin", pin_id=pin_id)


def _found(pin_id: int) -> AttributePin:
    found = AttributePin.objects.select_related("source_record").filter(pk=pin_id).first()
    if found is None:
        raise Http404
    return found


def _golden_record_of(pin: AttributePin) -> GoldenRecord:
    found = GoldenRecord.objects.filter(
        crosswalk_entries__source_record=pin.source_record_id, crosswalk_entries__unlinked_at=None
    ).first()
    if found is None:  # its source record was erased
        raise Http404
    return found
