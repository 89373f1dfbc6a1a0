"""Decisions about two source records, and the conditions under which they are asked about again."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.documentation import IDEMPOTENCY_KEY, WRITING, answer_example, documented, operation, request_example
from mdm.api.schemas import reference
from mdm.api.views import HubView, answer_response
from mdm.errors import NotFound
from mdm.models import MatchDecision, ReopeningCondition, ReopeningKind, SourceRecord
from mdm.selectors.golden import holders_of
from mdm.services.decisions import keep_apart, undo
from mdm.services.idempotency import Answer, answer_once
from mdm.services.reopening import Reopening, declare_reopening

DECISION = OpenApiParameter("unit", UUID, OpenApiParameter.PATH, description="The decision.")
CONDITION = {"kind": "agree", "attribute": "tax_registrations"}
KEPT = {
    "id": 3,
    "unit": "6c2f0f2e-8f83-4a86-a9a2-0d4d5f9f1c11",
    **CONDITION,
    "due_at": None,
    "declared_by": "ana",
    "declared_at": "2026-01-31T12:00:00Z",
}


class ReopeningBody(serializers.Serializer[Any]):
    """When to ask a steward again: both sides come to agree or differ in an attribute, either changes, a day comes."""

    kind = serializers.ChoiceField(choices=ReopeningKind.values)
    attribute = serializers.CharField(max_length=100, allow_blank=True, default="")
    due_at = serializers.DateTimeField(required=False)


class RecordBody(serializers.Serializer[Any]):
    """One source record."""

    system = serializers.CharField(max_length=40)
    entity_type = serializers.CharField(max_length=40)
    key = serializers.CharField(max_length=200)


class ApartBody(serializers.Serializer[Any]):
    """Two source records that are not the same thing."""

    records = serializers.ListField(child=RecordBody(), min_length=2, max_length=2)
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")
    reopen_when = ReopeningBody(required=False)


class UndoBody(serializers.Serializer[Any]):
    """Why it is taken back."""

    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


def condition_of(body: dict[str, Any] | None) -> Reopening | None:
    """The condition that a body tells."""
    if body is None:
        return None
    return Reopening(ReopeningKind(body["kind"]), body["attribute"], body.get("due_at"))


class DecisionView(HubView):
    """A view for clients that may decide what is the same thing."""

    def allows(self, client: Client) -> bool:
        """Scope match_decision:write, beside the reading scope of the entity type."""
        return client.may("match_decision:write")

    def readable(self, unit: UUID) -> list[int]:
        """The source records a decision is about. Raises NotFound, also for what the client may not read."""
        rows = MatchDecision.objects.filter(unit=unit).values_list("left_id", "right_id", "left__entity_type")
        found = list(rows)
        if not found or not self.client.may(f"{found[0][2]}:read"):
            raise NotFound("There is no such decision.")
        return sorted({pk for left, right, _ in found for pk in (left, right)})


@documented(
    post=operation(
        "keep_apart",
        "Decide that two source records are different things",
        tag="Merges",
        answers={201: reference("MatchDecision")},
        errors=(*WRITING, 404),
        request=ApartBody,
        parameters=[IDEMPOTENCY_KEY],
        examples=[
            request_example(
                "Ask again when their tax ids agree",
                {
                    "records": [
                        {"system": "crm", "entity_type": "customer", "key": "001Qy000000100KIAQ"},
                        {"system": "erp", "entity_type": "customer", "key": "0000100425"},
                    ],
                    "reason": "Two branches",
                    "reopen_when": CONDITION,
                },
            )
        ],
    )
)
class KeptApart(DecisionView):
    """Where things are kept apart."""

    def post(self, request: Request) -> HttpResponse:
        """They stay apart after every load and match; one golden record of both is divided."""
        keyed, body, at = self.keyed_request(), self.body(ApartBody), timezone.now()
        left, right = (self._found(each) for each in body["records"])

        def work() -> Answer:
            decided = keep_apart(
                left,
                right,
                actor=self.client.actor,
                at=at,
                reason=body["reason"],
                reopen_when=condition_of(body.get("reopen_when")),
            )
            holders = [each.public_id for each in holders_of([left, right])]
            return Answer(HTTPStatus.CREATED, orjson.dumps({"unit": decided.unit, "golden_ids": holders}), {})

        return answer_response(answer_once(keyed, work, at=at))

    def _found(self, named: dict[str, Any]) -> int:
        record = SourceRecord.objects.filter(
            source_system__name=named["system"], entity_type=named["entity_type"], key=named["key"]
        ).first()
        if record is None or not self.client.may(f"{record.entity_type}:read"):
            raise NotFound("There is no such source record.")
        return record.pk


@documented(
    post=operation(
        "reopen_decision_when",
        "Ask a steward about a decision again under a condition",
        tag="Merges",
        answers={201: reference("ReopeningCondition")},
        errors=(*WRITING, 404),
        request=ReopeningBody,
        parameters=[DECISION, IDEMPOTENCY_KEY],
        examples=[request_example("Tax ids agree", CONDITION), answer_example("Kept", KEPT, status=201)],
    )
)
class DecisionReopening(DecisionView):
    """Conditions of a decision."""

    def post(self, request: Request, unit: UUID) -> HttpResponse:
        """It opens a task when it is met, and lifts nothing by itself."""
        keyed, body, at = self.keyed_request(), self.body(ReopeningBody), timezone.now()
        self.readable(unit)

        def work() -> Answer:
            condition = Reopening(ReopeningKind(body["kind"]), body["attribute"], body.get("due_at"))
            row = declare_reopening(unit, condition, actor=self.client.actor, at=at)
            return Answer(HTTPStatus.CREATED, orjson.dumps(_told(row)), {})

        return answer_response(answer_once(keyed, work, at=at))


@documented(
    post=operation(
        "undo_decision",
        "Take a decision back",
        tag="Merges",
        answers={200: reference("MatchDecision")},
        errors=(*WRITING, 404),
        request=UndoBody,
        parameters=[DECISION, IDEMPOTENCY_KEY],
        examples=[request_example("With a reason", {"reason": "They moved in together"})],
    )
)
class DecisionUndoing(DecisionView):
    """Taking back any decision; a merge as its plan proposes."""

    def post(self, request: Request, unit: UUID) -> HttpResponse:
        """Matching and the decisions left say what follows."""
        keyed, body, at = self.keyed_request(), self.body(UndoBody), timezone.now()
        records = self.readable(unit)

        def work() -> Answer:
            undo(unit, actor=self.client.actor, at=at, reason=body["reason"])
            holders = [each.public_id for each in holders_of(records)]
            return Answer(HTTPStatus.OK, orjson.dumps({"unit": unit, "golden_ids": holders}), {})

        return answer_response(answer_once(keyed, work, at=at))


def _told(row: ReopeningCondition) -> dict[str, Any]:
    return {
        "id": row.pk,
        "unit": row.unit,
        "kind": str(row.kind),
        "attribute": row.attribute,
        "due_at": row.due_at,
        "declared_by": row.declared_by,
        "declared_at": row.declared_at,
    }
