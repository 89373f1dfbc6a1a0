"""Change requests as clients see them, and how an answer to one is given once."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils import timezone

from mdm.api.access import Client
from mdm.api.problems import Refused
from mdm.api.views import HubView, answer_response
from mdm.errors import NotFound
from mdm.models import ChangePart, ChangeRequest, ChangeRequestState
from mdm.selectors.change_requests import Sender, change_request_by_id
from mdm.services.idempotency import Answer, answer_once
from mdm.services.idempotency import Request as KeyedRequest

TOLD = {
    "id": 17,
    "golden_id": "CUS-0000123-5",
    "entity_type": "customer",
    "origin": "hub",
    "source_key": None,
    "base_version": 3,
    "values": {"name": "Nordwind Elektronik GmbH"},
    "payload_hash": "5b" * 32,
    "state": "open",
    "needs_approval": True,
    "reason": "Asked by the account owner",
    "proposed_by": "ana",
    "proposed_at": "2026-01-31T12:00:00Z",
    "expires_at": "2026-03-02T12:00:00Z",
    "decided_by": None,
    "decided_at": None,
    "decision_reason": "",
    "parts": [
        {
            "attribute": "name",
            "effect": "value",
            "state": "open",
            "waits_for": ["approver"],
            "edited_by": "ana",
            "approved_by": [],
            "decided_by": None,
            "decision_reason": "",
        }
    ],
    "comments": [],
}


def sender_of(client: Client) -> Sender | None:
    """Whose change requests alone are the client's business: those of a bound key's system, and the key's own."""
    return Sender(client.source_system, client.actor.name) if client.source_system else None


def readable(number: int, client: Client) -> ChangeRequest:
    """The change request of that number. Raises NotFound, also for what the client may not read."""
    found = change_request_by_id(number)
    sender = sender_of(client)
    if not client.may(f"{found.golden_record.entity_type}:read") or (sender and not sender.sent(found)):
        raise NotFound("There is no change request with this number.")
    return found


def told(request: ChangeRequest) -> dict[str, Any]:
    """A change request as clients see it."""
    last = request.last_decided
    return {
        "id": request.pk,
        "golden_id": request.golden_record.public_id,
        "entity_type": request.golden_record.entity_type,
        "origin": request.origin_system,
        "source_key": request.source_record.key if request.source_record else None,
        "base_version": request.base_version,
        "values": request.payload,
        "payload_hash": bytes(request.payload_hash).hex(),
        "state": str(request.state),
        "needs_approval": request.needs_approval,
        "reason": request.reason,
        "proposed_by": request.proposed_by,
        "proposed_at": request.proposed_at,
        "expires_at": request.expires_at,
        "decided_by": last.decided_by if last else None,
        "decided_at": last.decided_at if last else None,
        "decision_reason": last.decision_reason if last else "",
        "parts": [_told_part(part) for part in request.sorted_parts],
        "comments": [
            {"text": each.text, "said_by": each.said_by, "said_at": each.said_at} for each in request.comments.all()
        ],
    }


def _told_part(part: ChangePart) -> dict[str, Any]:
    """`waits_for` names the groups whose consent is still missing, while the part is open."""
    given = {each.place: each.approved_by for each in part.valid_approvals}
    waits_for = [group for place, group in enumerate(part.consents) if place not in given]
    return {
        "attribute": part.attribute,
        "effect": str(part.effect),
        "state": str(part.state),
        "waits_for": waits_for if part.state == ChangeRequestState.OPEN else [],
        "edited_by": part.edited_by,
        "approved_by": [given[place] for place in sorted(given)],
        "decided_by": part.decided_by or None,
        "decision_reason": part.decision_reason,
    }


def tag_of(request: ChangeRequest) -> str:
    """Strong tag: what is proposed, who consented, and what was decided."""
    done = sum(len(part.valid_approvals) + (part.state != ChangeRequestState.OPEN) for part in request.parts.all())
    return f'"{bytes(request.payload_hash).hex()}.{request.state}.{done}"'


def answered(
    view: HubView, number: int, keyed: KeyedRequest, work: Callable[[ChangeRequest, datetime], None]
) -> HttpResponse:
    """Do the work once for its Idempotency-Key and tell the change request as it then is."""
    at = timezone.now()
    readable(number, view.client)

    def once() -> Answer:
        work(readable(number, view.client), at)
        after = readable(number, view.client)
        return Answer(HTTPStatus.OK, orjson.dumps(told(after)), {"ETag": tag_of(after)})

    return answer_response(answer_once(keyed, once, at=at))


def hash_in_tag(tag: str, found: ChangeRequest) -> str:
    """The hash of what the client has seen. Raises Refused (412) when the request is another by now."""
    if tag != tag_of(found):
        raise Refused(
            "version_mismatch", HTTPStatus.PRECONDITION_FAILED, "The change request is another by now; read it again."
        )
    return bytes(found.payload_hash).hex()
