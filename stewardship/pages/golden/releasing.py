from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.services.failures import release_golden_record
from mdm.services.relocations import keep_gln
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.pages.golden.view import found_record


@steward_page(Permission.MEND)
@require_POST
def keep(request: Steward, public_id: str) -> HttpResponse:
    """Let a location that is said to have moved keep its GLN, with a reason."""
    record = found_record(public_id)
    with TellingRefusals(request):
        keep_gln(record, reason=request.POST.get("reason", ""), actor=actor_of(request), at=timezone.now())
        messages.success(request, _("It keeps its GLN."))
    return redirect("golden-record", public_id=public_id)


@steward_page(Permission.MEND)
@require_POST
def release(request: Steward, public_id: str) -> HttpResponse:
    """Let a golden record go though it fails rules that block or ask, with a reason."""
    record = found_record(public_id)
    with TellingRefusals(request):
        reason = request.POST.get("reason", "").strip()
        release_golden_record(record, reason=reason, actor=actor_of(request), at=timezone.now())
        messages.success(request, _("It goes on as it is."))
    return redirect("golden-record", public_id=public_id)
