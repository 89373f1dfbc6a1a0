"""Change requests: proposed against the version a client has read, decided by somebody else."""

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
from mdm.api.problems import Refused
from mdm.api.requests import Cursors, choice_of, limit_of, required_match
from mdm.api.schemas import NEXT, listed, reference
from mdm.api.views import HubView, answer_response, json_response, version_in_tag
from mdm.errors import NotFound
from mdm.models import ChangeRequest
from mdm.models.changes import ChangeRequestState
from mdm.public_ids import parse_public_id
from mdm.selectors.change_requests import change_request_by_id, change_requests_page
from mdm.selectors.golden import golden_record_by_public_id
from mdm.services.change_requests import approve_change, reject_change
from mdm.services.edits import VersionMismatch, propose_change_to_version
from mdm.services.idempotency import Answer, answer_once

LIST = Cursors("change_requests")


class ProposalBody(serializers.Serializer[Any]):
    """Values for attributes of one golden record; null empties an attribute."""

    golden_id = serializers.CharField(max_length=40)
    values = serializers.DictField(allow_empty=False, help_text="Attribute name to proposed value.")
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class ApprovalBody(serializers.Serializer[Any]):
    """Consent to exactly the values with that hash; If-Match may say the same."""

    payload_hash = serializers.RegexField(r"^[0-9a-f]{64}$", required=False)
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class RejectionBody(serializers.Serializer[Any]):
    """Why the proposal is turned down."""

    reason = serializers.CharField(max_length=1000)


STATE = OpenApiParameter("state", str, enum=ChangeRequestState.values, description="Only those in this state.")
GOLDEN_ID = OpenApiParameter("golden_id", str, description="Only those on this golden record.")
PROPOSED = {
    "golden_id": "CUS-0000123-5",
    "values": {"name": "Nordwind Elektronik GmbH"},
    "reason": "Asked by the account owner",
}
TOLD = {
    "id": 17,
    "golden_id": "CUS-0000123-5",
    "entity_type": "customer",
    "base_version": 3,
    "values": {"name": "Nordwind Elektronik GmbH"},
    "payload_hash": "5b" * 32,
    "state": "open",
    "needs_approval": True,
    "reason": "Asked by the account owner",
    "proposed_by": "ana",
    "proposed_at": "2026-01-31T12:00:00Z",
    "decided_by": None,
    "decided_at": None,
    "decision_reason": "",
}


@documented(
    get=operation(
        "list_change_requests",
        "List change requests, newest first",
        tag="Change requests",
        answers={200: listed(reference("ChangeRequest"), next=NEXT)},
        parameters=[LIMIT, CURSOR, STATE, GOLDEN_ID],
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

    parameters = ("limit", "cursor", "state", "golden_id")

    def allows(self, client: Client) -> bool:
        """Scope change_request:read to list, change_request:write to propose."""
        return client.may("change_request:write" if self.request.method == "POST" else "change_request:read")

    def get(self, request: Request) -> HttpResponse:
        """One page of the change requests on entity types the client may read."""
        state = choice_of(request, "state", ChangeRequestState.values)
        golden_id = request.GET.get("golden_id", "")
        golden_pk = parse_public_id(golden_id)[1] if golden_id else None
        kinds = self.client.readable_entity_types()
        conditions = f"{state}|{golden_pk}|{','.join(kinds)}"
        limit = limit_of(request)
        before = LIST.place(request.GET.get("cursor", ""), name="cursor", conditions=conditions)
        found = change_requests_page(kinds, before=before, limit=limit + 1, state=state, golden_record_id=golden_pk)
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
                golden.pk, body["values"], version=version, reason=body["reason"], actor=self.client.actor, at=at
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


@documented(
    post=operation(
        "approve_change_request",
        "Approve exactly the values that were looked at",
        tag="Change requests",
        answers={200: reference("ChangeRequest")},
        errors=(*WRITING, 404, 412, 428),
        request=ApprovalBody,
        parameters=[NUMBER, IDEMPOTENCY_KEY, if_match(required=False)],
        examples=[
            request_example("By hash", {"payload_hash": "5b" * 32, "reason": "Checked with the customer"}),
            answer_example("Applied", {**TOLD, "state": "applied", "decided_by": "ben"}),
        ],
    )
)
class ChangeRequestApproval(HubView):
    """Consent of a second person."""

    def allows(self, client: Client) -> bool:
        """Scope change_request:approve."""
        return client.may("change_request:approve")

    def post(self, request: Request, number: int) -> HttpResponse:
        """Apply exactly the values that were looked at, named by their hash or by If-Match."""
        keyed, body, at = self.keyed_request(), self.body(ApprovalBody), timezone.now()
        found = readable(number, self.client)
        tag = None if body.get("payload_hash") else required_match(request)

        def work() -> Answer:
            # In here, so that a repeated request gets its kept answer although the request's own tag has moved on.
            payload_hash = body.get("payload_hash") or _hash_in_tag(str(tag), found)
            decided = approve_change(
                found.pk,
                payload_hash=bytes.fromhex(payload_hash),
                actor=self.client.actor,
                at=at,
                reason=body["reason"],
            )
            return Answer(HTTPStatus.OK, orjson.dumps(told(decided)), {"ETag": tag_of(decided)})

        return answer_response(answer_once(keyed, work, at=at))


@documented(
    post=operation(
        "reject_change_request",
        "Turn a change request down",
        tag="Change requests",
        answers={200: reference("ChangeRequest")},
        errors=(*WRITING, 404),
        request=RejectionBody,
        parameters=[NUMBER, IDEMPOTENCY_KEY],
        examples=[
            request_example("With a reason", {"reason": "Not what the contract says"}),
            answer_example("Rejected", {**TOLD, "state": "rejected", "decided_by": "ben"}),
        ],
    )
)
class ChangeRequestRejection(HubView):
    """Refusal by a second person."""

    def allows(self, client: Client) -> bool:
        """Scope change_request:approve."""
        return client.may("change_request:approve")

    def post(self, request: Request, number: int) -> HttpResponse:
        """Turn the proposal down; the accepted values stay."""
        keyed, body, at = self.keyed_request(), self.body(RejectionBody), timezone.now()
        found = readable(number, self.client)

        def work() -> Answer:
            decided = reject_change(found.pk, actor=self.client.actor, at=at, reason=body["reason"])
            return Answer(HTTPStatus.OK, orjson.dumps(told(decided)), {"ETag": tag_of(decided)})

        return answer_response(answer_once(keyed, work, at=at))


def readable(number: int, client: Client) -> ChangeRequest:
    """The change request of that number. Raises NotFound, also for what the client may not read."""
    found = change_request_by_id(number)
    if not client.may(f"{found.golden_record.entity_type}:read"):
        raise NotFound("There is no change request with this number.")
    return found


def told(request: ChangeRequest) -> dict[str, Any]:
    """A change request as clients see it."""
    return {
        "id": request.pk,
        "golden_id": request.golden_record.public_id,
        "entity_type": request.golden_record.entity_type,
        "base_version": request.base_version,
        "values": request.payload,
        "payload_hash": bytes(request.payload_hash).hex(),
        "state": str(request.state),
        "needs_approval": request.needs_approval,
        "reason": request.reason,
        "proposed_by": request.proposed_by,
        "proposed_at": request.proposed_at,
        "decided_by": request.decided_by or None,
        "decided_at": request.decided_at,
        "decision_reason": request.decision_reason,
    }


def tag_of(request: ChangeRequest) -> str:
    """Strong tag: what is proposed, and what was decided."""
    return f'"{bytes(request.payload_hash).hex()}.{request.state}"'


def _hash_in_tag(tag: str, found: ChangeRequest) -> str:
    if tag != tag_of(found):
        raise Refused(
            "version_mismatch", HTTPStatus.PRECONDITION_FAILED, "The change request is another by now; read it again."
        )
    return bytes(found.payload_hash).hex()
