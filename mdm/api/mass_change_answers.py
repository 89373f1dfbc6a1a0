"""What is done about a rehearsed mass change: submitted, approved, rejected, withdrawn, undone."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.documentation import IDEMPOTENCY_KEY, WRITING, documented, operation, request_example
from mdm.api.mass_change_shapes import MASS_CHANGE, told_mass_change
from mdm.api.mass_changes import ID, MassChangeView
from mdm.api.views import answer_response
from mdm.models import MassChange
from mdm.selectors.mass_changes import mass_change_by_id
from mdm.services.idempotency import Answer, answer_once
from mdm.services.mass_changes.deciding import (
    approve_mass_change,
    reject_mass_change,
    submit_mass_change,
    withdraw_mass_change,
)
from mdm.services.mass_changes.undoing import undo_mass_change


class SubmissionBody(serializers.Serializer[Any]):
    """Nothing more to say."""


class ReasonBody(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=1000)


class TakingBackBody(serializers.Serializer[Any]):
    """Why the proposer takes it back."""

    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class ConsentBody(serializers.Serializer[Any]):
    """Consent to exactly what has that hash."""

    payload_hash = serializers.RegexField(r"^[0-9a-f]{64}$")
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class _Answering(MassChangeView):
    """A verb on one mass change, done once for its Idempotency-Key."""

    def done(
        self, public_id: str, kind: type[serializers.Serializer[Any]], work: Callable[[MassChange, Any, datetime], Any]
    ) -> HttpResponse:
        """Do the work and tell the mass change as it then is. Any: the parsed body."""
        keyed, body, at = self.keyed_request(), self.body(kind), timezone.now()

        def once() -> Answer:
            work(mass_change_by_id(public_id), body, at)
            return Answer(HTTPStatus.OK, orjson.dumps(told_mass_change(mass_change_by_id(public_id))), {})

        return answer_response(answer_once(keyed, once, at=at))


class _Deciding(_Answering):
    def allows(self, client: Client) -> bool:
        """Scopes change_request:approve, which no key has, and pricing_agreement:read."""
        return client.may("change_request:approve") and client.may("pricing_agreement:read")


def _described(name: str, summary: str, body: type[serializers.Serializer[Any]], example: dict[str, Any]) -> Any:
    return documented(
        post=operation(
            name,
            summary,
            tag="Mass changes",
            answers={200: MASS_CHANGE},
            errors=(*WRITING, 404),
            request=body,
            parameters=[ID, IDEMPOTENCY_KEY],
            examples=[request_example("So", example)],
        )
    )


@_described("submit_mass_change", "Ask for consent to what was rehearsed", SubmissionBody, {})
class MassChangeSubmission(_Answering):
    """From a rehearsal to a proposal."""

    def post(self, request: Request, public_id: str) -> HttpResponse:
        """Refused when an agreement changed since the rehearsal."""
        return self.done(
            public_id, SubmissionBody, lambda found, _, at: submit_mass_change(found.pk, actor=self.client.actor, at=at)
        )


@_described("approve_mass_change", "Approve exactly what was looked at", ConsentBody, {"payload_hash": "5b" * 32})
class MassChangeApprovalView(_Deciding):
    """Consent of a second person."""

    def post(self, request: Request, public_id: str) -> HttpResponse:
        """With the last consent every line holds at once."""
        return self.done(
            public_id,
            ConsentBody,
            lambda found, body, at: approve_mass_change(
                found.pk,
                payload_hash=bytes.fromhex(body["payload_hash"]),
                reason=body["reason"],
                groups=self.client.groups,
                actor=self.client.actor,
                at=at,
            ),
        )


@_described("reject_mass_change", "Turn a mass change down", ReasonBody, {"reason": "Not this year"})
class MassChangeRejection(_Deciding):
    """Refusal by a second person."""

    def post(self, request: Request, public_id: str) -> HttpResponse:
        """Every price stays."""
        return self.done(
            public_id,
            ReasonBody,
            lambda found, body, at: reject_mass_change(
                found.pk, groups=self.client.groups, actor=self.client.actor, at=at, reason=body["reason"]
            ),
        )


@_described("withdraw_mass_change", "Take back what waits", TakingBackBody, {"reason": "Asked in error"})
class MassChangeWithdrawal(_Answering):
    """Withdrawal by who rehearsed or submitted it."""

    def post(self, request: Request, public_id: str) -> HttpResponse:
        """Nothing was changed, nothing will be."""
        return self.done(
            public_id,
            TakingBackBody,
            lambda found, body, at: withdraw_mass_change(
                found.pk, actor=self.client.actor, at=at, reason=body["reason"]
            ),
        )


@_described("undo_mass_change", "Undo an applied mass change as a whole", ReasonBody, {"reason": "Wrong year"})
class MassChangeUndoing(_Deciding):
    """Putting every line back."""

    def post(self, request: Request, public_id: str) -> HttpResponse:
        """What was edited since stays, and is told in `kept`."""
        return self.done(
            public_id,
            ReasonBody,
            lambda found, body, at: undo_mass_change(found.pk, reason=body["reason"], actor=self.client.actor, at=at),
        )
