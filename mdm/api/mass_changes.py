"""Mass changes of pricing agreements: rehearsed, listed, read, with every line."""

from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.documentation import (
    CURSOR,
    IDEMPOTENCY_KEY,
    LIMIT,
    WRITING,
    answer_example,
    documented,
    operation,
    request_example,
)
from mdm.api.mass_change_shapes import MASS_CHANGE, TOLD, told_mass_change
from mdm.api.requests import Cursors, limit_of
from mdm.api.schemas import NEXT, TEXT, listed
from mdm.api.views import HubView, answer_response, json_response
from mdm.models import MassChange
from mdm.selectors.mass_changes import mass_change_by_id
from mdm.services.idempotency import Answer, answer_once
from mdm.services.mass_changes.asking import asked_renewal, asked_selection
from mdm.services.mass_changes.listing import lines_as_csv
from mdm.services.mass_changes.rehearsing import rehearse_mass_change

LIST = Cursors("mass_changes")
ID = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="Such as MCH-0000012-7.")


class MassChangeView(HubView):
    """A view that tells prices of many agreements."""

    def allows(self, client: Client) -> bool:
        """Scopes change_request:read (to change anything change_request:write) and pricing_agreement:read."""
        scope = "change_request:write" if self.request.method == "POST" else "change_request:read"
        return client.may(scope) and client.may("pricing_agreement:read") and client.source_system is None


class RehearsalBody(serializers.Serializer[Any]):
    """Which lines, and what becomes of them. Dates are ISO, numbers texts, ends exclusive."""

    selection = serializers.DictField(default=dict, help_text="Left out: every line in force.")
    terms = serializers.DictField()
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


@documented(
    get=operation(
        "list_mass_changes",
        "List mass changes, newest first",
        tag="Mass changes",
        answers={200: listed(MASS_CHANGE, next=NEXT)},
        parameters=[LIMIT, CURSOR],
        examples=[answer_example("One that waits", {"items": [TOLD], "next": None})],
    ),
    post=operation(
        "rehearse_mass_change",
        "Rehearse a change of many agreement lines; changes no price",
        tag="Mass changes",
        answers={201: MASS_CHANGE},
        errors=WRITING,
        request=RehearsalBody,
        parameters=[IDEMPOTENCY_KEY],
        examples=[
            request_example(
                "Three percent from January",
                {"selection": TOLD["selection"], "terms": TOLD["terms"], "reason": "Renewal 2027"},
            ),
            answer_example("Rehearsed", {**TOLD, "state": "rehearsed", "submitted_by": None}, status=201),
        ],
    ),
)
class MassChanges(MassChangeView):
    """Mass changes, and where to rehearse one."""

    parameters = ("limit", "cursor")

    def get(self, request: Request) -> HttpResponse:
        """One page of them."""
        limit = limit_of(request)
        before = LIST.place(request.GET.get("cursor", ""), name="cursor", conditions="")
        found = MassChange.objects.prefetch_related("approvals").order_by("-pk")
        page = list((found.filter(pk__lt=before) if before else found)[: limit + 1])
        more = LIST.token(page[limit - 1].pk, conditions="") if len(page) > limit else None
        return json_response({"items": [told_mass_change(each) for each in page[:limit]], "next": more})

    def post(self, request: Request) -> HttpResponse:
        """Rehearse a change; submit it to ask for consent."""
        keyed, body, at = self.keyed_request(), self.body(RehearsalBody), timezone.now()
        selection, renewal = asked_selection(body["selection"]), asked_renewal(body["terms"])

        def work() -> Answer:
            change = rehearse_mass_change(selection, renewal, reason=body["reason"], actor=self.client.actor, at=at)
            headers = {"Location": reverse("api-mass-change", args=[change.public_id])}
            return Answer(HTTPStatus.CREATED, orjson.dumps(told_mass_change(change)), headers)

        return answer_response(answer_once(keyed, work, at=at))


@documented(
    get=operation(
        "get_mass_change",
        "Get one mass change with its figures",
        tag="Mass changes",
        answers={200: MASS_CHANGE},
        errors=(404,),
        parameters=[ID],
        examples=[answer_example("One that waits", TOLD)],
    )
)
class MassChangeDetail(MassChangeView):
    """One mass change."""

    def get(self, request: Request, public_id: str) -> HttpResponse:
        """What was asked for, what it comes to, and who decided."""
        return json_response(told_mass_change(mass_change_by_id(public_id)))


@documented(
    get=operation(
        "get_mass_change_lines",
        "Get every line of a mass change as CSV",
        tag="Mass changes",
        answers={200: TEXT},
        errors=(404,),
        parameters=[ID],
        media_type="text/csv",
    )
)
class MassChangeLines(MassChangeView):
    """The table that a reader checks."""

    def get(self, request: Request, public_id: str) -> HttpResponseBase:
        """By agreement and line: old and new price, days, margin, and why some are left alone."""
        change = mass_change_by_id(public_id)
        headers = {"Content-Disposition": f'attachment; filename="{change.public_id}.csv"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(lines_as_csv(change), content_type="text/csv; charset=utf-8", headers=headers)
