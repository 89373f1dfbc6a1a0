from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.decimals import canonical_decimal
from mdm.entity_types.customer import ExemptionCertificate
from mdm.models import CertificateNotice
from mdm.services.certificates import close_notice
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page


@steward_page()
def certificate(request: Steward, notice_id: int) -> HttpResponse:
    """A certificate that lapses: for whom, where and when, and what would settle it."""
    notice = get_object_or_404(CertificateNotice.objects.select_related("golden_record"), pk=notice_id)
    row = ExemptionCertificate.objects.filter(
        golden_record=notice.golden_record, item_key=notice.item_key, valid_to=notice.valid_to
    ).first()
    context = {
        "notice": notice,
        "certificate": row,
        "percent": "100" if row is None or row.percent is None else canonical_decimal(str(row.percent)),
        "has_lapsed": notice.valid_to <= timezone.now().date(),
    }
    return render(request, "pages/certificates/certificate.html", context)


@steward_page(Permission.MEND)
@require_POST
def close(request: Steward, notice_id: int) -> HttpResponse:
    """A person has seen to it."""
    with TellingRefusals(request):
        close_notice(notice_id, actor=actor_of(request), at=timezone.now())
        messages.success(request, _("Seen to. It is told again only when the next band begins."))
    return redirect("queue")
