"""Records that systems send in, in their own shape, singly or as lines of a batch."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.batches import NDJSON, Spool, batch_lines
from mdm.api.documentation import (
    ENTITY_TYPE,
    IDEMPOTENCY_KEY,
    KEY,
    SYSTEM,
    WRITING,
    answer_example,
    documented,
    operation,
    request_example,
)
from mdm.api.requests import idempotency_key
from mdm.api.schemas import reference
from mdm.api.views import HubView, answer_response, json_response
from mdm.entity_types import entity_types
from mdm.errors import NotFound
from mdm.models import SourceSystem
from mdm.selectors.served_sources import golden_id_of, source_record_row
from mdm.services.idempotency import Answer, answer_once
from mdm.services.intake import source_system
from mdm.services.submissions import Outcome, Receipt, Submission, submit_payloads

STATUS_OF_OUTCOME = {Outcome.NEW: HTTPStatus.CREATED, Outcome.QUARANTINED: HTTPStatus.ACCEPTED}


class SubmissionBody(serializers.Serializer[Any]):
    """One record as its system writes it."""

    system = serializers.SlugField(max_length=40, help_text="Name of the source system, such as crm.")
    entity_type = serializers.ChoiceField(choices=list(entity_types))
    payload = serializers.DictField(help_text="The record in the system's own shape, kept verbatim.")


SENT = {
    "system": "crm",
    "entity_type": "customer",
    "payload": {"Id": "001Qy000000100lIAA", "IsPersonAccount": False, "Name": "Nordwind Elektronik GmbH"},
}
RECEIVED = {
    "outcome": "new",
    "system": "crm",
    "entity_type": "customer",
    "key": "001Qy000000100lIAA",
    "golden_id": "CUS-0000123-5",
    "problems": [],
}
PROBLEM = {"pointer": "/Name", "code": "required", "detail": "Name is required; give it a value"}


@documented(
    post=operation(
        "send_source_record",
        "Send one record, or an NDJSON batch, in the system's own shape",
        tag="Source records",
        answers={200: reference("Receipt"), 201: reference("Receipt"), 202: reference("Receipt")},
        errors=(*WRITING, 404),
        request={"application/json": SubmissionBody, NDJSON: SubmissionBody},
        parameters=[IDEMPOTENCY_KEY],
        examples=[
            request_example("A CRM account", SENT),
            answer_example("New", RECEIVED, status=201),
            answer_example(
                "Quarantined",
                {**RECEIVED, "outcome": "quarantined", "golden_id": None, "problems": [PROBLEM]},
                status=202,
            ),
        ],
    )
)
class SourceRecords(HubView):
    """Where systems send their records."""

    def allows(self, client: Client) -> bool:
        """Scope source_record:write; a bound key only for its own system, which each record is checked for."""
        return client.may("source_record:write")

    def post(self, request: Request) -> HttpResponseBase:
        """Keep one record, or each line of an NDJSON batch, settle it, and tell what became of it."""
        if str(request.content_type).partition(";")[0].strip().lower() == NDJSON:
            return self._post_batch(request)
        keyed, body, at = self.keyed_request(), self.body(SubmissionBody), timezone.now()
        submission = submission_of(body, self.client, {})

        def work() -> Answer:
            receipt = submit_payloads([submission], actor=self.client.actor, at=at)[0]
            status = STATUS_OF_OUTCOME.get(receipt.outcome, HTTPStatus.OK)
            return Answer(status, orjson.dumps(asdict(receipt)), _location(receipt))

        return answer_response(answer_once(keyed, work, at=at))

    def _post_batch(self, request: Request) -> HttpResponseBase:
        spool = Spool.of(request._request, key=idempotency_key(request), client=self.client)
        systems: dict[str, SourceSystem] = {}
        client = self.client

        def parse(value: Any) -> Submission:
            serializer = SubmissionBody(data=value)
            serializer.is_valid(raise_exception=True)
            return submission_of(serializer.validated_data, client, systems)

        response = StreamingHttpResponse(batch_lines(spool, parse, actor=client.actor), content_type=NDJSON)
        response.headers["Cache-Control"] = "no-store"
        return response


@documented(
    get=operation(
        "get_source_record",
        "Get one source record",
        tag="Source records",
        answers={200: reference("SourceRecord")},
        errors=(404,),
        parameters=[SYSTEM, ENTITY_TYPE, KEY],
    )
)
class SourceRecordDetail(HubView):
    """One source record as its system last said it."""

    def allows(self, client: Client) -> bool:
        """Scope source_record:read and the entity type's own; a bound key only for its own system."""
        return (
            client.may("source_record:read")
            and client.may(f"{self.kwargs['entity_type']}:read")
            and client.speaks_for(self.kwargs["system"])
        )

    def get(self, request: Request, system: str, entity_type: str, key: str) -> HttpResponse:
        """Payload, canonical and accepted values, and the golden record that holds it."""
        row = source_record_row(system, entity_type, key)
        if row is None:
            raise NotFound("There is no source record with this key.")
        return json_response({**row, "golden_id": golden_id_of(row.pop("pk"))})


def submission_of(body: dict[str, Any], client: Client, systems: dict[str, SourceSystem]) -> Submission:
    """What the client may send. Raises PermissionDenied, UnknownSourceSystem. `systems` remembers those looked up."""
    name = body["system"]
    if not client.speaks_for(name):
        raise exceptions.PermissionDenied(f"This API key sends records of {client.source_system} only.")
    if name not in systems:
        systems[name] = source_system(name)
    return Submission(systems[name], body["entity_type"], body["payload"])


def _location(receipt: Receipt) -> dict[str, str]:
    if receipt.outcome in {Outcome.QUARANTINED, Outcome.SUPPRESSED}:
        return {}
    path = reverse("api-source-record", args=[receipt.system, receipt.entity_type, receipt.key])
    return {"Location" if receipt.outcome is Outcome.NEW else "Content-Location": path}
