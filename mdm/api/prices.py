"""Prices resolved: one line by GET or POST, up to a thousand by POST. Nothing is stored."""

import hashlib
from datetime import UTC, date
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.documentation import IF_NONE_MATCH, answer_example, documented, operation, request_example
from mdm.api.price_answers import told_answer
from mdm.api.price_questions import LINE, Asking, read_asking
from mdm.api.problems import Refused
from mdm.api.requests import refuse_unknown_parameters, tag_known
from mdm.api.schemas import NUMBER, described, reference
from mdm.api.views import JSON, HubView
from mdm.selectors.feed_positions import price_version
from mdm.services.prices import known_position, resolve_prices

FOREVER = "private, max-age=31536000, immutable"
_KNOWN = {
    "known_at": {**NUMBER, "description": "Feed position; asked with it, the answer never changes."},
    "price_version": {
        "type": ["integer", "null"],
        "description": "Rises with every change that prices depend on; null where the question says known_at.",
    },
}
ASKED = {"product": "PRO-0000042-6", "customer": "CUS-0000123-5", "quantity": "12", "currency": "EUR"}
ANSWERED: dict[str, Any] = {
    "outcome": "price",
    "product": "PRO-0000042-6",
    "successor": None,
    "customer": "CUS-0000123-5",
    "ship_to": None,
    "ship_to_is_its_own": None,
    "ship_from": None,
    "quantity": "12",
    "unit": "piece",
    "currency": "EUR",
    "valid_on": "2026-03-01",
    "price": {
        "unit_price": "9.95",
        "is_exact": True,
        "amount": "119.40",
        "parts": [{"quantity": "12", "value": "9.95", "break_from": "10"}],
        "floor": "kept",
        "margin_percent": "21.608",
    },
    "winner": {"agreement": "PAG-0000777-0", "line": "product:PRO-0000042-6||piece|2026-01-01"},
    "conflict": [],
    "trace": [],
    "known_at": 4711,
    "price_version": 305,
}


def _answer(request: Request, asking: Asking) -> HttpResponse:
    """The answer with its tag, or what stands for it when the client has it already."""
    position = None if asking.known_at is None else known_position(asking.known_at)
    # Read before the facts: a tag may be older than what it is given with, never newer.
    version = price_version()
    asked = repr((asking.asked, asking.is_list, f"at {position}" if position is not None else f"version {version}"))
    tag = f'"{hashlib.sha256(asked.encode()).hexdigest()[:32]}"'
    caching = "private, no-cache" if position is None else FOREVER
    if tag_known(request, tag):
        return _unchanged(request, tag, caching)
    answers, known_at = resolve_prices(asking.asked, position=position)
    tail = {"known_at": known_at, "price_version": version if position is None else None}
    told = [told_answer(each) for each in answers]
    body = orjson.dumps({"items": told, **tail} if asking.is_list else {**told[0], **tail})
    return _tagged(HttpResponse(body, content_type=JSON), tag, caching)


def _unchanged(request: Request, tag: str, caching: str) -> HttpResponse:
    """304 where HTTP has it; for a POST it demands 412 (RFC 9110, 13.1.2), which then means: use what you have."""
    if request.method == "GET":
        return _tagged(HttpResponse(status=HTTPStatus.NOT_MODIFIED), tag, caching)
    raise Refused(
        "unchanged",
        HTTPStatus.PRECONDITION_FAILED,
        "Nothing that these prices depend on has changed: the answer with this tag still holds.",
        headers={"ETag": tag, "Cache-Control": caching},
    )


def _tagged(response: HttpResponse, tag: str, caching: str) -> HttpResponse:
    response.headers["ETag"], response.headers["Cache-Control"] = tag, caching
    patch_vary_headers(response, ["Authorization", "Cookie", "X-Api-Key"])
    return response


@documented(
    get=operation(
        "get_price",
        "Resolve the price of one line",
        tag="Prices",
        answers={200: {"allOf": [reference("PriceAnswer"), described(_KNOWN)]}, 304: None},
        errors=(422,),
        parameters=[
            *(OpenApiParameter(name, str, required=name in ("product", "currency")) for name in (*LINE, "known_at")),
            IF_NONE_MATCH,
        ],
        examples=[answer_example("A price", ANSWERED)],
    ),
    post=operation(
        "resolve_prices",
        "Resolve the prices of up to 1,000 lines",
        tag="Prices",
        answers={
            200: {
                "oneOf": [
                    {"allOf": [reference("PriceAnswer"), described(_KNOWN)]},
                    described({"items": {"type": "array", "items": reference("PriceAnswer")}, **_KNOWN}),
                ]
            }
        },
        errors=(412, 413, 415, 422),
        request={"application/json": {"oneOf": [reference("PriceQuestion"), reference("PriceQuestions")]}},
        parameters=[IF_NONE_MATCH],
        examples=[
            request_example("One line", ASKED),
            request_example(
                "A quote",
                {
                    "customer": "CUS-0000123-5",
                    "currency": "EUR",
                    "lines": [{"product": "PRO-0000042-6", "quantity": "12"}, {"product": "PRO-0000043-0"}],
                },
            ),
            answer_example("A price", ANSWERED),
        ],
    ),
)
class Prices(HubView):
    """What a customer pays, and why: the line that wins, and for every other line the step that removed it."""

    parameters = (*LINE, "known_at")

    def allows(self, client: Client) -> bool:
        """Scope price:read: answers tell of agreements with others, and of margins."""
        return client.may("price:read")

    def get(self, request: Request) -> HttpResponse:
        """One line, asked for by the query."""
        return _answer(request, read_asking(request.GET.dict(), today=_today()))

    def post(self, request: Request) -> HttpResponse:
        """One line, or {"lines": [...]}."""
        refuse_unknown_parameters(request, ())
        said: Any = request.data  # any JSON
        return _answer(request, read_asking(said, today=_today()))


def _today() -> date:
    return timezone.now().astimezone(UTC).date()
