"""Reading requests: bodies, cursors, and the headers that make writing safe."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import IO, Any

import orjson
from django.core import signing
from django.utils.crypto import salted_hmac
from rest_framework import exceptions
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from mdm.api.problems import Refused
from mdm.masking import national_ids_are_shown

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_MASKED, _HASH = "~masked", re.compile(r'"[0-9a-f]{32}"')
ENTITY_TAG = re.compile(r'(?:W/)?"[^"]*"')


class StrictJson(BaseParser):
    """JSON without NUL characters or lone surrogates, which PostgreSQL and other readers cannot hold."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:  # Any: decoded JSON
        """The decoded body. Raises ParseError, which never repeats what was sent."""
        return decode(stream.read())


def decode(body: bytes) -> Any:  # Any: decoded JSON
    """Decoded JSON. Raises ParseError."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise exceptions.ParseError(f"Not valid JSON at line {error.lineno}, column {error.colno}.") from None
    if b"\\u0000" in body and _has_nul(value):
        raise exceptions.ParseError("Texts may not hold the character U+0000.")
    return value


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in name or _has_nul(each) for name, each in value.items())
    return isinstance(value, list) and any(_has_nul(each) for each in value)


def refuse_unstorable(request: Request) -> None:
    """Raise ParseError when the address holds NUL characters or lone surrogates."""
    texts = [request.path_info, *(text for name, values in request.GET.lists() for text in (name, *values))]
    for text in texts:
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise exceptions.ParseError("The address may not hold U+0000 or lone surrogates.")


def idempotency_key(request: Request) -> str:
    """The key the client chose for this request. Raises Refused (400) without one."""
    key = request.headers.get("Idempotency-Key", "")
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise Refused(
            "idempotency_key_required",
            HTTPStatus.BAD_REQUEST,
            "Send an Idempotency-Key header: 1 to 200 visible ASCII characters, new for each new request.",
        )
    return key


def required_match(request: Request) -> str:
    """The one entity tag of If-Match. Raises Refused (428) without it."""
    tag = request.headers.get("If-Match", "").strip()
    if not tag:
        raise Refused(
            "precondition_required",
            HTTPStatus.PRECONDITION_REQUIRED,
            "Send If-Match with the ETag of what you have read.",
        )
    return tag if national_ids_are_shown() else tag.replace(f'{_MASKED}"', '"')


def masked_tag(tag: str) -> str:
    """The tag of the same state with national ids masked. It is keyed where it is a hash of what was masked."""
    told = (
        salted_hmac("mdm.api.masked", tag, algorithm="sha256").hexdigest()[:32] if _HASH.fullmatch(tag) else tag[1:-1]
    )
    return f'"{told}{_MASKED}"'


def tag_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match names the tag, so that the client holds this state already."""
    header = request.headers.get("If-None-Match", "")
    held = {found.removeprefix("W/") for found in ENTITY_TAG.findall(header)}
    return header.strip() == "*" or tag in held or (not national_ids_are_shown() and masked_tag(tag) in held)


def limit_of(request: Request, *, default: int = 100, most: int = 500) -> int:
    """The page size asked for. Raises Refused (400)."""
    text = request.GET.get("limit", str(default))
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= most:
        raise bad_parameter("limit", f"must be a number from 1 to {most}")
    return int(text)


def version_of(request: Request, name: str) -> int:
    """A version's number of the query. Raises Refused (400), also without one."""
    text = request.GET.get(name, "")
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise bad_parameter(name, "must be the number of a version")
    return int(text)


def time_of(request: Request, name: str) -> datetime | None:
    """An RFC 3339 time of the query, in UTC; None when absent. Raises Refused (400)."""
    text = request.GET.get(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise bad_parameter(name, "must be a time such as 2026-01-31T12:00:00Z") from None


def date_of(request: Request, name: str) -> date | None:
    """A day of the query; None when absent. Raises Refused (400)."""
    text = request.GET.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_parameter(name, "must be a day such as 2026-01-31") from None


def choice_of(request: Request, name: str, choices: Sequence[str]) -> str:
    """One of the choices; empty when absent. Raises Refused (400)."""
    text = request.GET.get(name, "")
    if text and text not in choices:
        raise bad_parameter(name, f"must be one of {', '.join(choices)}")
    return text


def refuse_unknown_parameters(request: Request, known: Sequence[str]) -> None:
    """Raise Refused (400) for a parameter that would be ignored: a mistyped filter must not list everything."""
    for name in request.GET:
        if name not in known:
            raise Refused(
                "invalid_parameter",
                HTTPStatus.BAD_REQUEST,
                f"There are unknown parameters; known are {', '.join(known)}." if known else "No parameters are known.",
            )


def bad_parameter(name: str, detail: str) -> Refused:
    """What to raise for one parameter of the query."""
    return Refused("invalid_parameter", HTTPStatus.BAD_REQUEST, f"{name} {detail}.")


class Cursors:
    """Signed tokens for a place in a list. A token fits only the list and conditions that it was made for."""

    def __init__(self, purpose: str) -> None:
        self._signer = signing.Signer(salt=f"mdm.api.cursor.{purpose}")

    def token(self, place: int, *, conditions: str) -> str:
        """The token of a place."""
        return self._signer.sign_object([place, conditions], compress=True)

    def place(self, token: str, *, name: str, conditions: str) -> int:
        """The place a token stands for; 0 for an empty one. Raises Refused (400)."""
        if not token:
            return 0
        try:
            place, made_for = self._signer.unsign_object(token)
        except (signing.BadSignature, ValueError, TypeError):
            raise bad_parameter(name, "is not a token of ours; start without it") from None
        if made_for != conditions:
            raise bad_parameter(name, "belongs to other conditions; start without it")
        return int(place)
