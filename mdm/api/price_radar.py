"""What the price radar has found: open findings in pages, counts by kind, and pricing accuracy."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.documentation import CURSOR, LIMIT, answer_example, documented, operation
from mdm.api.requests import Cursors, bad_parameter, choice_of, limit_of
from mdm.api.schemas import MAYBE_TEXT, NUMBER, TEXT, Schema, described, listed
from mdm.api.views import HubView, json_response
from mdm.models import RadarFinding
from mdm.radar import kinds
from mdm.selectors.golden import golden_record_by_public_id
from mdm.selectors.price_radar import Wanted, accuracy_text, latest_accuracy, open_counts, open_findings

FINDINGS = Cursors("radar")
_BANDS = sorted({band for name in kinds for band in kinds.get(name).bands})
_MAYBE_DAY: Schema = {"type": ["string", "null"], "format": "date"}
_FINDING = described(
    {
        "kind": {**TEXT, "enum": list(kinds)},
        "band": {**TEXT, "enum": _BANDS, "description": "How urgent it is, or of what sort."},
        "agreement": TEXT,
        "line": {**TEXT, "description": "Key of the line; of a finding about a whole agreement, what it is about."},
        "product": MAYBE_TEXT,
        "starts_on": _MAYBE_DAY,
        "ends_on": {**_MAYBE_DAY, "description": "Exclusive."},
        "details": {"type": "object", "description": "Told by the kind."},
        "first_seen_at": {**TEXT, "format": "date-time"},
    }
)
_COUNTS: Schema = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": described({"findings": NUMBER, "agreements": NUMBER}),
    },
    "description": "By kind and band: open findings, and the agreements that have them.",
}
_ACCURACY = described(
    {
        "day": {**TEXT, "format": "date"},
        "share": {"type": "number", "description": "Lines equal in the hub and in every system among all, 0 to 1."},
        "shared_share": {"type": "number", "description": "The same among lines whose agreement every system has."},
        **dict.fromkeys(("lines", "equal", "differing", "missing", "untold"), NUMBER),
        "systems": {"type": "object", "additionalProperties": {"type": "object"}},
        "measured_at": {**TEXT, "format": "date-time"},
    }
)
EXAMPLE: dict[str, Any] = {
    "items": [
        {
            "kind": "expiry",
            "band": "30",
            "agreement": "PAG-0000777-0",
            "line": "product:PRO-0000042-6||piece|2026-01-01",
            "product": "PRO-0000042-6",
            "starts_on": "2026-01-01",
            "ends_on": "2027-01-01",
            "details": {},
            "first_seen_at": "2026-12-05T00:00:10+00:00",
        }
    ],
    "next": None,
    "counts": {"expiry": {"30": {"findings": 1, "agreements": 1}}},
    "accuracy": {
        "day": "2026-12-05",
        "share": 0.96,
        "shared_share": 0.96,
        "lines": 25,
        "equal": 24,
        "differing": 1,
        "missing": 0,
        "untold": 0,
        "systems": {"crm": {"equal": 24, "differs": 1, "missing": 0, "untold": 0}},
        "measured_at": "2026-12-05T00:00:10+00:00",
    },
}


@documented(
    get=operation(
        "list_price_findings",
        "What is wrong with prices, or soon will be",
        tag="Prices",
        answers={
            200: listed(_FINDING, next=MAYBE_TEXT, counts=_COUNTS, accuracy={"anyOf": [_ACCURACY, {"type": "null"}]})
        },
        errors=(404,),
        parameters=[
            OpenApiParameter("kind", str, enum=list(kinds), description="Only this kind."),
            OpenApiParameter("band", str, enum=_BANDS, description="Only this band of it."),
            OpenApiParameter("agreement", str, description="Only this agreement, by its golden id."),
            LIMIT,
            CURSOR,
        ],
        examples=[answer_example("A line that ends soon", EXAMPLE)],
    )
)
class PriceRadar(HubView):
    """Open findings in the order they were first seen, with the counts of all and the last pricing accuracy."""

    parameters = ("kind", "band", "agreement", "limit", "cursor")

    def allows(self, client: Client) -> bool:
        """Scope price:read, as for prices."""
        return client.may("price:read")

    def get(self, request: Request) -> HttpResponse:
        """One page; `counts` and `accuracy` are of everything, whatever is asked for."""
        wanted = _wanted(request)
        conditions = f"{wanted.kind}|{wanted.band}|{wanted.agreement}"
        limit = limit_of(request)
        after = FINDINGS.place(request.GET.get("cursor", ""), name="cursor", conditions=conditions)
        found = open_findings(wanted, after=after, limit=limit + 1)
        page = found[:limit]
        accuracy = latest_accuracy()
        return json_response(
            {
                "items": [_told(each) for each in page],
                "next": FINDINGS.token(page[-1].pk, conditions=conditions) if len(found) > limit else None,
                "counts": open_counts(),
                "accuracy": accuracy_text(accuracy) if accuracy else None,
            }
        )


def _wanted(request: Request) -> Wanted:
    kind = choice_of(request, "kind", list(kinds))
    band = request.GET.get("band", "")
    if band and not kind:
        raise bad_parameter("band", "belongs to a kind; say which")
    if band and band not in kinds.get(kind).bands:
        raise bad_parameter("band", f"must be one of {', '.join(kinds.get(kind).bands)}")
    named = request.GET.get("agreement", "")
    agreement = golden_record_by_public_id(named, entity_type="pricing_agreement").pk if named else 0
    return Wanted(kind, band, agreement)


def _told(finding: RadarFinding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "band": finding.band,
        "agreement": finding.agreement.public_id,
        "line": finding.item_key,
        "product": finding.product.public_id if finding.product else None,
        "starts_on": finding.starts_on.isoformat() if finding.starts_on else None,
        "ends_on": finding.ends_on.isoformat() if finding.ends_on else None,
        "details": finding.details,
        "first_seen_at": finding.first_seen_at.isoformat(),
    }
