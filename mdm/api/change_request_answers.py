"""Consent to change requests, and its refusal."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.change_request_shapes import TOLD, answered, hash_in_tag, readable
from mdm.api.documentation import (
    IDEMPOTENCY_KEY,
    NUMBER,
    WRITING,
    answer_example,
    documented,
    if_match,
    operation,
    request_example,
)
from mdm.api.requests import required_match
from mdm.api.schemas import reference
from mdm.api.views import HubView
from mdm.models import ChangeRequest
from mdm.services.consents import approve_change, reject_change
from mdm.services.renewal import renew_change


class ApprovalBody(serializers.Serializer[Any]):
    """Consent to exactly the values with that hash; If-Match may say the same."""

    payload_hash = serializers.RegexField(r"^[0-9a-f]{64}$", required=False)
    attributes = serializers.ListField(
        child=serializers.CharField(max_length=100),
        required=False,
        allow_empty=False,
        help_text="Only these; left out: all that wait.",
    )
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")
    accept_price_conflicts = serializers.BooleanField(
        default=False, help_text="With a reason: let prices of equal rank stand against each other, as a task."
    )


class RejectionBody(serializers.Serializer[Any]):
    """Why the proposal is turned down."""

    attributes = serializers.ListField(
        child=serializers.CharField(max_length=100),
        required=False,
        allow_empty=False,
        help_text="Only these; left out: all that wait.",
    )
    reason = serializers.CharField(max_length=1000)


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
        keyed, body = self.keyed_request(), self.body(ApprovalBody)
        tag = None if body.get("payload_hash") else required_match(request)
        readable(number, self.client)
        renew_change(number, at=timezone.now())  # kept even where the consent is then refused

        def work(found: ChangeRequest, at: datetime) -> None:
            # In here, so that a repeated request gets its kept answer although the request's own tag has moved on.
            payload_hash = body.get("payload_hash") or hash_in_tag(str(tag), found)
            approve_change(
                found.pk,
                payload_hash=bytes.fromhex(payload_hash),
                actor=self.client.actor,
                at=at,
                reason=body["reason"],
                attributes=body.get("attributes"),
                groups=self.client.groups,
                accept_price_conflicts=body["accept_price_conflicts"],
            )

        return answered(self, number, keyed, work)


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
        """Turn the proposal, or some of its values, down; the accepted ones stay."""
        keyed, body = self.keyed_request(), self.body(RejectionBody)

        def work(found: ChangeRequest, at: datetime) -> None:
            reject_change(
                found.pk,
                actor=self.client.actor,
                at=at,
                reason=body["reason"],
                attributes=body.get("attributes"),
                groups=self.client.groups,
            )

        return answered(self, number, keyed, work)
