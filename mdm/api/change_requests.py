"""Change requests: made against the version a client has read, listed and read."""

from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.change_request_shapes import TOLD, readable, sender_of, tag_of, told
from mdm.api.documentation import (
    CURSOR,
    IDEMPOTENCY_KEY,
    LIMIT,
    NUMBER,
    WRITING,
    answer_example,
    documented,
    if_match,
    operation,
    request_example,
)
from mdm.api.requests import Cursors, choice_of, limit_of, required_match
from mdm.api.schemas import NEXT, listed, reference
from mdm.api.views import HubView, answer_response, json_response, version_in_tag
from mdm.errors import NotFound
from mdm.models import ChangeRequestState
from mdm.public_ids import parse_public_id
from mdm.selectors.change_requests import change_requests_page
from mdm.selectors.golden import golden_record_by_public_id
from mdm.services.edits import VersionMismatch, propose_change_to_version
from mdm.services.idempotency import Answer, answer_once

LIST = Cursors("change_requests")


class ProposalBody(serializers.Serializer[Any]):
    """Values for attributes of one golden record; null empties an attribute."""

    golden_id = serializers.CharField(max_length=40)
    values = serializers.DictField(allow_empty=False, help_text="Attribute name to proposed value.")
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")
    pin = serializers.BooleanField(default=False, help_text="Hold the values against every source.")
    pin_until = serializers.DateTimeField(required=False, help_text="End of the pins; left out: until released.")

    accept_price_conflicts = serializers.BooleanField(
        default=False, help_text="With a reason: let prices of equal rank stand against each other, as a task."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "pin_until" in attrs and not attrs["pin"]:
            raise serializers.ValidationError({"pin_until": ["Only pins end; set pin too."]})
        return attrs


STATE = OpenApiParameter("state", str, enum=ChangeRequestState.values, description="Only those in this state.")
ORIGIN = OpenApiParameter(
    "origin", str, description="Only those that this system sent; `hub` for those of people and clients."
)
GOLDEN_ID = OpenApiParameter("golden_id", str, description="Only those on this golden record.")
PROPOSED = {
    "golden_id": "CUS-0000123-5",
    "values": {"name": "Nordwind Elektronik GmbH"},
    "reason": "Asked by the account owner",
}


@documented(
    get=operation(
        "list_change_requests",
        "List change requests, newest first",
        tag="Change requests",
        answers={200: listed(reference("ChangeRequest"), next=NEXT)},
        parameters=[LIMIT, CURSOR, STATE, ORIGIN, GOLDEN_ID],
        examples=[answer_example("One open", {"items": [TOLD], "next": None})],
    ),
    post=operation(
        "propose_change",
        "Propose values for one golden record",
        tag="Change requests",
        answers={201: reference("ChangeRequest")},
        errors=(*WRITING, 404, 412, 428),
        request=ProposalBody,
        parameters=[IDEMPOTENCY_KEY, if_match(required=True)],
        examples=[request_example("A name", PROPOSED), answer_example("Waits for approval", TOLD, status=201)],
    ),
)
class ChangeRequests(HubView):
    """Proposals, newest first, and where to make one."""

    parameters = ("limit", "cursor", "state", "origin", "golden_id")

    def allows(self, client: Client) -> bool:
        """Scope change_request:read to list, change_request:write to propose."""
        return client.may("change_request:write" if self.request.method == "POST" else "change_request:read")

    def get(self, request: Request) -> HttpResponse:
        """One page of the change requests on entity types the client may read; of a bound key its own."""
        state = choice_of(request, "state", ChangeRequestState.values)
        golden_id = request.GET.get("golden_id", "")
        golden_pk = parse_public_id(golden_id)[1] if golden_id else None
        kinds = self.client.readable_entity_types()
        origin = request.GET.get("origin", "")
        conditions = f"{state}|{origin}|{golden_pk}|{','.join(kinds)}"
        limit = limit_of(request)
        before = LIST.place(request.GET.get("cursor", ""), name="cursor", conditions=conditions)
        found = change_requests_page(
            kinds,
            before=before,
            limit=limit + 1,
            state=state,
            origin=origin,
            golden_record_id=golden_pk,
            sender=sender_of(self.client),
        )
        more = LIST.token(found[limit - 1].pk, conditions=conditions) if len(found) > limit else None
        return json_response({"items": [told(each) for each in found[:limit]], "next": more})

    def post(self, request: Request) -> HttpResponse:
        """Propose values for the version named by If-Match. What needs no approval is applied at once."""
        keyed, tag, body, at = self.keyed_request(), required_match(request), self.body(ProposalBody), timezone.now()
        golden = golden_record_by_public_id(body["golden_id"])
        if not self.client.may(f"{golden.entity_type}:read"):
            raise NotFound("There is no golden record with this id.")
        version = version_in_tag(tag, golden.public_id)
        if version is None:
            raise VersionMismatch(golden.public_id, golden.version)

        def work() -> Answer:
            request = propose_change_to_version(
                golden.pk,
                body["values"],
                version=version,
                reason=body["reason"],
                actor=self.client.actor,
                at=at,
                pin=body["pin"],
                pin_until=body.get("pin_until"),
                accept_price_conflicts=body["accept_price_conflicts"],
            )
            headers = {"Location": reverse("api-change-request", args=[request.pk]), "ETag": tag_of(request)}
            return Answer(HTTPStatus.CREATED, orjson.dumps(told(request)), headers)

        return answer_response(answer_once(keyed, work, at=at))


@documented(
    get=operation(
        "get_change_request",
        "Get one change request",
        tag="Change requests",
        answers={200: reference("ChangeRequest")},
        errors=(404,),
        parameters=[NUMBER],
        examples=[answer_example("Open", TOLD)],
    )
)
class ChangeRequestDetail(HubView):
    """One change request."""

    def allows(self, client: Client) -> bool:
        """Scope change_request:read, and the entity type's own."""
        return client.may("change_request:read")

    def get(self, request: Request, number: int) -> HttpResponse:
        """The proposed values, who proposed them, and what was decided."""
        found = readable(number, self.client)
        return json_response(told(found), headers={"ETag": tag_of(found), "Cache-Control": "private, no-cache"})
