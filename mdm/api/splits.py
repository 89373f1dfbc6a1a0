"""Splits: the plan for dividing a golden record, and dividing it."""

from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils import timezone
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
from mdm.api.match_decisions import DecisionView
from mdm.api.merge_shapes import PLAN, told_plan
from mdm.api.requests import required_match
from mdm.api.schemas import reference
from mdm.api.views import answer_response, json_response
from mdm.errors import NotFound
from mdm.models import GoldenRecord, SourceRecord
from mdm.selectors.golden import golden_record_by_public_id
from mdm.services.idempotency import Answer, answer_once
from mdm.services.unmerging import split, split_plan

WHICH = {"golden_id": "CUS-0000123-5", "records": [{"system": "erp", "key": "0000100425"}]}


class MemberBody(serializers.Serializer[Any]):
    """One source record of the golden record."""

    system = serializers.CharField(max_length=40)
    key = serializers.CharField(max_length=200)


class SplitPlanBody(serializers.Serializer[Any]):
    """The source records that are another thing, and where lines go that shall not go where the plan proposes."""

    golden_id = serializers.CharField(max_length=40)
    records = serializers.ListField(child=MemberBody(), min_length=1, max_length=500)
    choices = serializers.DictField(
        child=serializers.CharField(max_length=40), default=dict, help_text="Key of a line to one of its choices."
    )


class SplitBody(SplitPlanBody):
    """The same, with why."""

    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class SplitView(DecisionView):
    """A view of one golden record and some of its source records."""

    def members(self, body: dict[str, Any]) -> tuple[GoldenRecord, list[int]]:
        """Both. Raises NotFound, also for what the client may not read."""
        golden_record = golden_record_by_public_id(body["golden_id"])
        if not self.client.may(f"{golden_record.entity_type}:read"):
            raise NotFound("There is no golden record with this id.")
        known = SourceRecord.objects.filter(entity_type=golden_record.entity_type)
        found = [
            known.filter(source_system__name=each["system"], key=each["key"]).values_list("pk", flat=True).first()
            for each in body["records"]
        ]
        ids = [pk for pk in found if pk is not None]
        if len(ids) != len(found):
            raise NotFound("There is no source record with this key.")
        return golden_record, ids


@documented(
    post=operation(
        "foresee_split",
        "Make the plan for dividing a golden record; stores nothing",
        tag="Merges",
        answers={200: reference("UnmergePlan")},
        errors=(404, 409, 413, 415, 422),
        request=SplitPlanBody,
        examples=[request_example("One record off", WHICH), answer_example("A plan", PLAN)],
    )
)
class SplitPlanView(SplitView):
    """The plan for a split."""

    def post(self, request: Request) -> HttpResponse:
        """Every line with where it goes and why; the ETag binds applying it to exactly this."""
        body = self.body(SplitPlanBody)
        golden_record, ids = self.members(body)
        plan = split_plan(golden_record, ids, choices=body["choices"], at=timezone.now())
        return json_response(told_plan(plan), headers={"ETag": f'"{plan.state}"'})


@documented(
    post=operation(
        "split",
        "Divide a golden record as planned",
        tag="Merges",
        answers={201: reference("UnmergePlan")},
        errors=(*WRITING, 404, 412, 428),
        request=SplitBody,
        parameters=[IDEMPOTENCY_KEY, if_match(required=True)],
        examples=[request_example("One record off", {**WHICH, "reason": "Two branches"})],
    )
)
class Splits(SplitView):
    """Where golden records are divided."""

    def post(self, request: Request) -> HttpResponse:
        """In one step, with the choices made. `undone_by` takes it back, by `POST /match-decisions/UNIT/undo`."""
        keyed, body, tag, at = self.keyed_request(), self.body(SplitBody), required_match(request), timezone.now()
        golden_record, ids = self.members(body)

        def work() -> Answer:
            done = split(
                golden_record,
                ids,
                choices=body["choices"],
                state=tag.strip('"'),
                actor=self.client.actor,
                at=at,
                reason=body["reason"],
            )
            told = {**told_plan(done.plan), "unit": done.unit, "undone_by": done.unit}
            return Answer(HTTPStatus.CREATED, orjson.dumps(told), {})

        return answer_response(answer_once(keyed, work, at=at))
