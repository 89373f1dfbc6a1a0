"""Change requests that wait: an edit, taking it back, a comment."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.change_request_shapes import answered, hash_in_tag
from mdm.api.documentation import IDEMPOTENCY_KEY, NUMBER, WRITING, documented, if_match, operation, request_example
from mdm.api.requests import required_match
from mdm.api.schemas import reference
from mdm.api.views import HubView
from mdm.models import ChangeRequest
from mdm.services.change_requests import comment_on_change, edit_change, withdraw_change


class EditBody(serializers.Serializer[Any]):
    """Other values in place of some that wait; consent given to those before is void."""

    values = serializers.DictField(allow_empty=False, help_text="Attribute name to proposed value.")
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class WithdrawalBody(serializers.Serializer[Any]):
    """Why the proposer takes it back."""

    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class CommentBody(serializers.Serializer[Any]):
    """Something to say to the others."""

    text = serializers.CharField(max_length=4000)


@documented(
    post=operation(
        "edit_change_request",
        "Propose other values in place of some that wait",
        tag="Change requests",
        answers={200: reference("ChangeRequest")},
        errors=(*WRITING, 404, 412, 428),
        request=EditBody,
        parameters=[NUMBER, IDEMPOTENCY_KEY, if_match(required=True)],
        examples=[request_example("Another name", {"values": {"name": "Nordwind Elektronik AG"}, "reason": ""})],
    )
)
class ChangeRequestEdit(HubView):
    """Editing what waits."""

    def allows(self, client: Client) -> bool:
        """Scope change_request:write."""
        return client.may("change_request:write")

    def post(self, request: Request, number: int) -> HttpResponse:
        """Replace values of the request that was looked at; whoever edits cannot consent any more."""
        keyed, body, tag = self.keyed_request(), self.body(EditBody), required_match(request)

        def work(found: ChangeRequest, at: datetime) -> None:
            hash_in_tag(tag, found)
            edit_change(found.pk, body["values"], actor=self.client.actor, at=at, reason=body["reason"])

        return answered(self, number, keyed, work)


@documented(
    post=operation(
        "withdraw_change_request",
        "Take back what still waits",
        tag="Change requests",
        answers={200: reference("ChangeRequest")},
        errors=(*WRITING, 404),
        request=WithdrawalBody,
        parameters=[NUMBER, IDEMPOTENCY_KEY],
        examples=[request_example("With a reason", {"reason": "Asked in error"})],
    )
)
class ChangeRequestWithdrawal(HubView):
    """Withdrawal by the proposer."""

    def allows(self, client: Client) -> bool:
        """Scope change_request:write."""
        return client.may("change_request:write")

    def post(self, request: Request, number: int) -> HttpResponse:
        """Only who proposed it may."""
        keyed, body = self.keyed_request(), self.body(WithdrawalBody)

        def work(found: ChangeRequest, at: datetime) -> None:
            withdraw_change(found.pk, actor=self.client.actor, at=at, reason=body["reason"])

        return answered(self, number, keyed, work)


@documented(
    post=operation(
        "comment_on_change_request",
        "Say something about a change request",
        tag="Change requests",
        answers={200: reference("ChangeRequest")},
        errors=(*WRITING, 404),
        request=CommentBody,
        parameters=[NUMBER, IDEMPOTENCY_KEY],
        examples=[request_example("A question", {"text": "Is this the name on the contract?"})],
    )
)
class ChangeRequestComments(HubView):
    """Comments."""

    def allows(self, client: Client) -> bool:
        """Scope change_request:write or change_request:approve."""
        return client.may("change_request:write") or client.may("change_request:approve")

    def post(self, request: Request, number: int) -> HttpResponse:
        """Others read it beside the proposal."""
        keyed, body = self.keyed_request(), self.body(CommentBody)

        def work(found: ChangeRequest, at: datetime) -> None:
            comment_on_change(found.pk, body["text"], actor=self.client.actor, at=at)

        return answered(self, number, keyed, work)
