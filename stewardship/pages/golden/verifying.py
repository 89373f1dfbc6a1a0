from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.entity_types.customer import TaxRegistration
from mdm.services.tax_verification import ask_soon
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.pages.golden.view import found_record


@steward_page(Permission.MEND)
@require_POST
def verify(request: Steward, public_id: str) -> HttpResponse:
    """Have a register asked about one of the golden record's registrations."""
    record = found_record(public_id)
    chosen = request.POST.get("registration", "")
    rows = TaxRegistration.objects.filter(golden_record=record)
    row = rows.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 19 else None
    if row is None:
        raise Http404("The golden record has no such registration.")
    with TellingRefusals(request):
        ask_soon(row.pk, actor=actor_of(request))
        messages.success(request, _("The register is being asked. The answer shows here in a moment."))
    return redirect("golden-record", public_id=public_id)
