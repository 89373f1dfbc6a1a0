"""Errors as RFC 9457 problems. They name what is wrong and how to mend it, never an attribute value."""

import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import Any

import orjson
import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.views import set_rollback

from mdm.errors import HubError, InvalidValues, NotFound, NotOwner
from mdm.rules.errors import MistypedPublicId, NotCanonical
from mdm.services.line_overlaps import LinesOverlap
from mdm.services.price_conflicts import PriceConflictsArise
from mdm.validation import pointer_to

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
STATUS_OF: Mapping[str, HTTPStatus] = {
    "already_decided": HTTPStatus.CONFLICT,
    "circle": HTTPStatus.CONFLICT,
    "contradicts_decision": HTTPStatus.CONFLICT,
    "erased": HTTPStatus.GONE,
    "four_eyes_violated": HTTPStatus.FORBIDDEN,
    "idempotency_key_reused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "invalid_choice": HTTPStatus.UNPROCESSABLE_ENTITY,
    "invalid_condition": HTTPStatus.UNPROCESSABLE_ENTITY,
    "invalid_values": HTTPStatus.UNPROCESSABLE_ENTITY,
    "lines_overlap": HTTPStatus.UNPROCESSABLE_ENTITY,
    "mapping_missing": HTTPStatus.UNPROCESSABLE_ENTITY,
    "mistyped_public_id": HTTPStatus.BAD_REQUEST,
    "nothing_chosen": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_approver": HTTPStatus.FORBIDDEN,
    "not_canonical": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_found": HTTPStatus.NOT_FOUND,
    "not_known_yet": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_owner": HTTPStatus.UNPROCESSABLE_ENTITY,
    "price_conflicts": HTTPStatus.CONFLICT,
    "request_in_flight": HTTPStatus.CONFLICT,
    "rule_set_missing": HTTPStatus.SERVICE_UNAVAILABLE,
    "source_record_pending": HTTPStatus.CONFLICT,
    "stale_plan": HTTPStatus.PRECONDITION_FAILED,
    "state_conflict": HTTPStatus.CONFLICT,
    "too_many_chosen": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unclear_mass_change": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unknown_source_system": HTTPStatus.NOT_FOUND,
    "version_mismatch": HTTPStatus.PRECONDITION_FAILED,
}
RETRYABLE = frozenset({"request_in_flight", "rule_set_missing", "source_record_pending", "throttled", "unavailable"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `errors` holds {pointer, code, detail} for each bad part of the request."""

    code: str
    status: HTTPStatus
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    members: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None

    def body(self, path: str) -> dict[str, Any]:
        """The members of the problem as asked for under `path`."""
        return {
            "type": f"/problems/{self.code.replace('_', '-')}",
            "title": self.code.replace("_", " ").capitalize(),
            "status": int(self.status),
            "detail": self.detail,
            "instance": path,
            "code": self.code,
            "retryable": self.code in RETRYABLE,
            "request_id": structlog.contextvars.get_contextvars().get("request_id"),
            **({"errors": list(self.errors)} if self.errors else {}),
            **(self.members or {}),
        }

    def response(self, request: HttpRequest) -> HttpResponse:
        """The answer to that request."""
        answer = HttpResponse(orjson.dumps(self.body(request.path)), status=self.status, content_type=MEDIA_TYPE)
        answer.headers["Cache-Control"] = "no-store"
        for name, value in (self.headers or {}).items():
            answer.headers[name] = value
        return answer


class Refused(Exception):
    """A request that the API refuses before any service is asked."""

    def __init__(
        self,
        code: str,
        status: HTTPStatus,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(code, status, detail, errors, headers=headers)


def answer_exception(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Every exception of a view as a problem. What nobody expected is logged, without its text: it may hold values."""
    set_rollback()
    problem = problem_of(error)
    if problem is None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Request failed with %s\n%s", type(error).__name__, frames)
        problem = Problem(
            "internal_error", HTTPStatus.INTERNAL_SERVER_ERROR, "The hub failed; report the request id to its operator."
        )
    return problem.response(context["request"])


def problem_of(error: Exception) -> Problem | None:
    """The problem an exception stands for; None for one that is a defect of ours."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, HubError):
        return _of_hub_error(error)
    if isinstance(error, exceptions.APIException):
        return _of_api_exception(error)
    if isinstance(error, OperationalError):
        logger.warning("Database refused a request: %s", type(error.__cause__).__name__)
    return next((problem for kind, problem in _PLAIN if isinstance(error, kind)), None)


# In this order: the more special class comes first.
_PLAIN: Sequence[tuple[type[Exception], Problem]] = (
    (Http404, Problem("not_found", HTTPStatus.NOT_FOUND, "There is nothing at this address.")),
    (PermissionDenied, Problem("permission_denied", HTTPStatus.FORBIDDEN, "You may not do this.")),
    (
        RequestDataTooBig,
        Problem("body_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large; send it in parts."),
    ),
    (SuspiciousOperation, Problem("bad_request", HTTPStatus.BAD_REQUEST, "The request cannot be read.")),
    (
        OperationalError,
        Problem(
            "unavailable",
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The database cannot answer now; try again.",
            headers={"Retry-After": "2"},
        ),
    ),
)


def _of_hub_error(error: HubError) -> Problem:
    errors: list[dict[str, str]] = []
    if isinstance(error, InvalidValues):
        errors = [{**each, "pointer": f"/values{each['pointer']}"} for each in error.problems]
    elif isinstance(error, NotOwner):
        pointer = pointer_to("values", error.attribute)
        errors = [{"pointer": pointer, "code": error.code, "detail": str(error)}]
    elif isinstance(error, NotCanonical):
        errors = [{"pointer": error.pointer, "code": error.code, "detail": "has no exact JSON form"}]
    detail = str(error)
    if isinstance(error, MistypedPublicId):
        detail = f"Mistyped id: {error.ids[0]}." if error.ids else "Mistyped id."
    fallback = HTTPStatus.NOT_FOUND if isinstance(error, NotFound) else HTTPStatus.CONFLICT
    return Problem(error.code, STATUS_OF.get(error.code, fallback), detail, errors, _members(error))


def _members(error: HubError) -> Mapping[str, Any] | None:
    """What else a client needs to mend it: of colliding prices both lines, with the ways out."""
    if isinstance(error, LinesOverlap):
        return {"overlaps": list(error.overlaps)}
    if isinstance(error, PriceConflictsArise):
        plans = error.plans or [()] * len(error.conflicts)
        told = [{**line.as_json(), "plans": list(ways)} for line, ways in zip(error.conflicts, plans, strict=True)]
        return {"count": error.count, "conflicts": told}
    return None


def _of_api_exception(error: exceptions.APIException) -> Problem:
    if isinstance(error, exceptions.ValidationError):
        errors = pointed(error.detail)
        return Problem("invalid_request", HTTPStatus.UNPROCESSABLE_ENTITY, "The request has mistakes.", errors)
    headers: dict[str, str] = {}
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(ceil(wait))
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    code = str(error.default_code)
    return Problem(code, HTTPStatus(error.status_code), str(error.detail), headers=headers)


def pointed(detail: Any, *steps: str | int) -> list[dict[str, str]]:  # Any: DRF nests lists and dicts at will
    """A serializer's complaints, each with the JSON pointer to what it is about."""
    if isinstance(detail, Mapping):
        pairs = [(() if name == "non_field_errors" else (name,), each) for name, each in detail.items()]
        return [found for step, each in pairs for found in pointed(each, *steps, *step)]
    if isinstance(detail, list | tuple):
        nested = any(isinstance(each, Mapping | list | tuple) for each in detail)
        pairs = [((place,) if nested else (), each) for place, each in enumerate(detail)]
        return [found for step, each in pairs for found in pointed(each, *steps, *step)]
    return [{"pointer": pointer_to(*steps), "code": str(getattr(detail, "code", "invalid")), "detail": str(detail)}]
