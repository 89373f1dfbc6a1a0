"""Merges: what one would come to, making one, the plan for taking it back, and taking it back."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from mdm.api.documentation import (
    IDEMPOTENCY_KEY,
    WRITING,
    answer_example,
    documented,
    if_match,
    operation,
    request_example,
)
from mdm.api.match_decisions import DecisionView, ReopeningBody, condition_of
from mdm.api.merge_shapes import CONSEQUENCES, DECIDED, PLAN, told_consequences, told_plan
from mdm.api.requests import required_match
from mdm.api.schemas import reference
from mdm.api.views import answer_response, json_response
from mdm.errors import NotFound, StateConflict
from mdm.models import GoldenRecord
from mdm.selectors.golden import golden_record_by_public_id, holders_of
from mdm.services.consequences import merge_consequences
from mdm.services.consequences.merging import record_to_merge
from mdm.services.decisions import merge_pair
from mdm.services.idempotency import Answer, answer_once
from mdm.services.unmerging import unmerge, unmerge_plan

UNIT = OpenApiParameter("unit", UUID, OpenApiParameter.PATH, description="The decision, as `POST /merges` answered.")
TWO = {"golden_ids": ["CUS-0000123-5", "CUS-0000124-3"]}


class MergingBody(serializers.Serializer[Any]):
    """Two golden records that are one thing."""

    golden_ids = serializers.ListField(child=serializers.CharField(max_length=40), min_length=2, max_length=2)


class MergeBody(MergingBody):
    """The same, with why, and when to ask about it again. Prices that come to differ are refused unless accepted."""

    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")
    reopen_when = ReopeningBody(required=False)
    accept_price_conflicts = serializers.BooleanField(default=False)


class PlanBody(serializers.Serializer[Any]):
    """Where lines go that shall not go where the plan proposes."""

    choices = serializers.DictField(
        child=serializers.CharField(max_length=40), default=dict, help_text="Key of a line to one of its choices."
    )
    keep_apart = serializers.BooleanField(default=False, help_text="Decide too that the sides are different things.")


class UnmergeBody(PlanBody):
    """The same, with why."""

    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class MergeView(DecisionView):
    """A view of two golden records."""

    def pair(self, public_ids: list[str]) -> tuple[GoldenRecord, GoldenRecord]:
        """Both golden records. Raises NotFound, and StateConflict where they cannot be merged."""
        left, right = (golden_record_by_public_id(each) for each in public_ids)
        for each in (left, right):
            if not self.client.may(f"{each.entity_type}:read"):
                raise NotFound("There is no golden record with this id.")
        if left.pk == right.pk or left.entity_type != right.entity_type:
            raise StateConflict("A merge takes two golden records of one entity type.")
        return left, right


@documented(
    post=operation(
        "foresee_merge",
        "Tell what a merge would come to; stores nothing",
        tag="Merges",
        answers={200: reference("MergeConsequences")},
        errors=(404, 409, 413, 415, 422),
        request=MergingBody,
        examples=[request_example("Two customers", TWO), answer_example("What follows", CONSEQUENCES)],
    )
)
class MergeConsequencesView(MergeView):
    """A merge foreseen, by the code that merges."""

    def post(self, request: Request) -> HttpResponse:
        """What would move, change and stand against each other."""
        left, right = self.pair(self.body(MergingBody)["golden_ids"])
        found = merge_consequences(record_to_merge(left), record_to_merge(right), at=timezone.now())
        return json_response(told_consequences(found))


@documented(
    post=operation(
        "merge",
        "Merge two golden records",
        tag="Merges",
        answers={201: reference("MatchDecision")},
        errors=(*WRITING, 404),
        request=MergeBody,
        parameters=[IDEMPOTENCY_KEY],
        examples=[
            request_example("Two customers", {**TWO, "reason": "Same VAT number"}),
            answer_example("Merged", DECIDED, status=201),
        ],
    )
)
class Merges(MergeView):
    """Where merges are made."""

    def post(self, request: Request) -> HttpResponse:
        """The larger one keeps its id; the other leads there. `unit` takes it back."""
        keyed, body, at = self.keyed_request(), self.body(MergeBody), timezone.now()
        left, right = self.pair(body["golden_ids"])

        def work() -> Answer:
            one, other = record_to_merge(left), record_to_merge(right)
            decided = merge_pair(
                one,
                other,
                actor=self.client.actor,
                at=at,
                reason=body["reason"],
                reopen_when=condition_of(body.get("reopen_when")),
                accept_price_conflicts=body["accept_price_conflicts"],
            )
            return Answer(
                HTTPStatus.CREATED, orjson.dumps({"unit": decided.unit, "golden_ids": _holders([one, other])}), {}
            )

        return answer_response(answer_once(keyed, work, at=at))


@documented(
    post=operation(
        "foresee_unmerge",
        "Make the plan for taking a merge back; stores nothing",
        tag="Merges",
        answers={200: reference("UnmergePlan")},
        errors=(404, 409, 413, 415, 422),
        request=PlanBody,
        parameters=[UNIT],
        examples=[request_example("As proposed", {"choices": {}}), answer_example("A plan", PLAN)],
    )
)
class UnmergePlanView(DecisionView):
    """The plan for taking a merge back."""

    def post(self, request: Request, unit: UUID) -> HttpResponse:
        """Every line with where it goes and why; the ETag binds applying it to exactly this."""
        body = self.body(PlanBody)
        self.readable(unit)
        plan = unmerge_plan(unit, choices=body["choices"], keep_apart=body["keep_apart"], at=timezone.now())
        return json_response(told_plan(plan), headers={"ETag": f'"{plan.state}"'})


@documented(
    post=operation(
        "unmerge",
        "Take a merge back as planned",
        tag="Merges",
        answers={200: reference("UnmergePlan")},
        errors=(*WRITING, 404, 412, 428),
        request=UnmergeBody,
        parameters=[UNIT, IDEMPOTENCY_KEY, if_match(required=True)],
        examples=[request_example("As proposed", {"choices": {}, "reason": "Two branches"})],
    )
)
class Unmerge(DecisionView):
    """Taking a merge back."""

    def post(self, request: Request, unit: UUID) -> HttpResponse:
        """In one step, with the choices made. A plan made from another state is refused with what has changed."""
        keyed, body, tag, at = self.keyed_request(), self.body(UnmergeBody), required_match(request), timezone.now()

        self.readable(unit)

        def work() -> Answer:
            return self._unmerged(unit, body, tag, at)

        return answer_response(answer_once(keyed, work, at=at))

    def _unmerged(self, unit: UUID, body: dict[str, Any], tag: str, at: datetime) -> Answer:
        done = unmerge(
            unit,
            choices=body["choices"],
            keep_apart=body["keep_apart"],
            state=tag.strip('"'),
            actor=self.client.actor,
            at=at,
            reason=body["reason"],
        )
        told = told_plan(done.plan) if done.plan is not None else {}
        return Answer(HTTPStatus.OK, orjson.dumps({**told, "undone_by": done.unit}), {})


def _holders(source_record_ids: list[int]) -> list[str]:
    return [each.public_id for each in holders_of(source_record_ids)]
