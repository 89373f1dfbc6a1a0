"""Whether a customer is exempt from tax where goods go to, on a day, with the certificate that says so."""

import re
from datetime import UTC, date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.documentation import PUBLIC_ID, answer_example, documented, operation
from mdm.api.requests import bad_parameter
from mdm.api.schemas import MAYBE_TEXT, TEXT, Schema, described
from mdm.api.views import HubView, json_response
from mdm.errors import RecordErased
from mdm.models import GoldenRecord, GoldenStatus
from mdm.selectors.golden import golden_record_by_public_id
from mdm.selectors.tax_status import TaxStatus, tax_status, tax_status_at
from mdm.tax.exemption import Certificate, Considered, Exemption, Verdict
from mdm.tax.exemption_words import reason_of, verdict_words
from mdm.tax.jurisdictions import jurisdiction_code

_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,10}){0,3}")
_DAY: Schema = {"type": "string", "format": "date"}
_MAYBE_DAY: Schema = {"type": ["string", "null"], "format": "date"}
_PERCENT: Schema = {"type": "string", "description": "Of the tax, 0 to 100, that is not charged."}
_CERTIFICATE: dict[str, Schema] = {
    "number": TEXT,
    "jurisdictions": {"type": "array", "items": TEXT},
    "valid_from": _MAYBE_DAY,
    "valid_to": {**_MAYBE_DAY, "description": "The first day on which it holds no more."},
    "percent": _PERCENT,
}
_CONSIDERED = {**_CERTIFICATE, "verdict": {"type": "string", "enum": list(map(str, Verdict))}, "reason": TEXT}
ANSWER = described(
    {
        "customer": {**TEXT, "description": "The survivor, where the id asked for was merged."},
        "ship_to": MAYBE_TEXT,
        "jurisdiction": {**TEXT, "description": "Empty where the location tells no country."},
        "on": _DAY,
        "status": {"type": "string", "enum": list(map(str, Exemption))},
        "percent": _PERCENT,
        "reason": TEXT,
        "certificate": {"anyOf": [described(_CERTIFICATE), {"type": "null"}]},
        "considered": {"type": "array", "items": described(_CONSIDERED)},
    }
)
EXAMPLE: dict[str, Any] = {
    "customer": "CUS-0000123-5",
    "ship_to": None,
    "jurisdiction": "US-TX",
    "on": "2026-01-01",
    "status": "not_exempt",
    "percent": "0",
    "reason": "The customer has no exemption certificate.",
    "certificate": None,
    "considered": [],
}


@documented(
    get=operation(
        "get_customer_tax_status",
        "Tell whether a customer is exempt from tax",
        tag="Customers",
        answers={200: ANSWER},
        errors=(404,),
        parameters=[
            PUBLIC_ID,
            OpenApiParameter("ship_to", str, description="Golden id of the location that goods go to."),
            OpenApiParameter("jurisdiction", str, description="Such as US-TX, instead of a location."),
            OpenApiParameter("on", str, description="The day asked about; today by UTC unless told."),
        ],
        examples=[answer_example("No certificate", EXAMPLE)],
    )
)
class CustomerTaxStatus(HubView):
    """Exemption derived from the customer's certificates: nobody types it, so nobody has to keep it right."""

    parameters = ("ship_to", "jurisdiction", "on")

    def allows(self, client: Client) -> bool:
        """Reading scope of customers; `ship_to` needs that of locations, too."""
        return client.may("customer:read")

    def get(self, request: Request, public_id: str) -> HttpResponse:
        """The status with its certificate, and what every other certificate came to."""
        ship_to, where = request.GET.get("ship_to", ""), request.GET.get("jurisdiction", "")
        if bool(ship_to) == bool(where):
            raise bad_parameter("ship_to or jurisdiction", "must be given, and not both")
        on = _day_of(request)
        customer = _present(golden_record_by_public_id(public_id, entity_type="customer"))
        if where:
            return json_response(_told(tax_status(customer, jurisdiction=_code_of(where), on=on)))
        if not self.client.may("location:read"):
            raise PermissionDenied
        location = _present(golden_record_by_public_id(ship_to, entity_type="location"))
        return json_response(_told(tax_status_at(customer, location, on=on)))


def _present(record: GoldenRecord) -> GoldenRecord:
    if record.status == GoldenStatus.ERASED:
        raise RecordErased(record.public_id)
    return record


def _code_of(text: str) -> str:
    code = jurisdiction_code(text)
    if not _CODE.fullmatch(code):
        raise bad_parameter("jurisdiction", "must be a code such as DE, US-TX or EU")
    return code


def _day_of(request: Request) -> date:
    text = request.GET.get("on", "")
    if not text:
        return timezone.now().astimezone(UTC).date()
    try:
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise bad_parameter("on", "must be a day such as 2026-01-31")


def _told(found: TaxStatus) -> dict[str, Any]:
    return {
        "customer": found.customer.public_id,
        "ship_to": found.ship_to.public_id if found.ship_to else None,
        "jurisdiction": found.jurisdiction,
        "on": found.on.isoformat(),
        "status": found.status.exemption,
        "percent": str(found.status.percent),
        "reason": reason_of(found.status, found.jurisdiction),
        "certificate": _certificate(found.status.certificate) if found.status.certificate else None,
        "considered": [_considered(each) for each in found.status.considered],
    }


def _certificate(certificate: Certificate) -> dict[str, Any]:
    start, end = certificate.valid_from, certificate.valid_to
    return {
        "number": certificate.number,
        "jurisdictions": sorted(certificate.jurisdictions),
        "valid_from": start.isoformat() if start else None,
        "valid_to": end.isoformat() if end else None,
        "percent": str(certificate.percent),
    }


def _considered(each: Considered) -> dict[str, Any]:
    return {**_certificate(each.certificate), "verdict": each.verdict, "reason": verdict_words(each)}
