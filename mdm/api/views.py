"""What all views of the API share: who may, how bodies are read, how errors and stored documents are answered."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from mdm.api.access import ApiKeyAuthentication, ByScope, Client, PerMinute, client_of
from mdm.api.problems import Refused, answer_exception
from mdm.api.requests import (
    StrictJson,
    idempotency_key,
    masked_tag,
    refuse_unknown_parameters,
    refuse_unstorable,
    tag_known,
)
from mdm.masking import hidden, may_hold_national_ids, national_ids, national_ids_are_shown, show_national_ids
from mdm.selectors.served import Served
from mdm.services.api_keys import NATIONAL_IDS
from mdm.services.idempotency import Answer, fingerprint
from mdm.services.idempotency import Request as KeyedRequest

Body = TypeVar("Body", bound=serializers.Serializer[Any])
JSON = "application/json"


class HubView(APIView):
    """A door: it parses, calls one service or selector, and presents. Closed unless `allows` says otherwise."""

    authentication_classes = [ApiKeyAuthentication, SessionAuthentication]
    permission_classes = [ByScope]
    throttle_classes = [PerMinute]
    parser_classes = [StrictJson]
    renderer_classes = [JSONRenderer]
    parameters: ClassVar[Sequence[str]] = ()

    def allows(self, client: Client) -> bool:
        """Whether this client may use the view."""
        return False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Every answer passes here: national ids are masked in it, unless the client may read them."""
        with national_ids(shown=False):
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            return response if national_ids_are_shown() else masked_response(request, response)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what nothing could store before anything looks at it."""
        refuse_unstorable(request)
        super().initial(request, *args, **kwargs)
        show_national_ids(shown=self.client.may(NATIONAL_IDS))
        refuse_unknown_parameters(request, self.parameters)

    def get_exception_handler(self) -> Any:
        """Every error is a problem."""
        return answer_exception

    @property
    def client(self) -> Client:
        """Who asks."""
        return client_of(self.request)

    def body(self, kind: type[Body]) -> dict[str, Any]:
        """The parsed body. Raises ValidationError; an object is required and unknown members are refused."""
        data = self.request.data
        if not isinstance(data, dict):
            raise serializers.ValidationError("The body must be a JSON object.")
        serializer = kind(data=data)
        unknown = {name: ["There is no member of this name."] for name in data if name not in serializer.fields}
        if unknown:
            raise serializers.ValidationError(unknown)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def keyed_request(self) -> KeyedRequest:
        """This request under its idempotency key. Raises Refused (400) without one."""
        http = self.request._request
        parts = (str(http.method).encode(), http.path.encode(), http.body)
        return KeyedRequest(self.client.name, idempotency_key(self.request), fingerprint(*parts))


class Denied(HubView):
    """Addresses that lead nowhere, answered as a problem like everything else."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Whatever the method."""
        raise Refused("not_found", HTTPStatus.NOT_FOUND, "There is nothing at this address.")


def masked_response(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The same answer with national ids masked, under an entity tag of its own."""
    tag = response.headers.get("ETag", "")
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        if masked_tag(tag) in request.headers.get("If-None-Match", ""):
            response.headers["ETag"] = masked_tag(tag)
        return response
    if not isinstance(response, HttpResponse) or not may_hold_national_ids(response.content):
        return response
    said = orjson.loads(response.content)
    masked = hidden(said)
    if masked != said:
        response.content = orjson.dumps(masked)
        if tag:
            response.headers["ETag"] = masked_tag(tag)
    return response


def entity_tag(public_id: str, version: int) -> str:
    """The strong tag of one golden version."""
    return f'"{public_id}.{version}"'


def version_in_tag(tag: str, public_id: str) -> int | None:
    """The version an entity tag of that golden record names; None for any other tag."""
    name, _, number = tag.strip('"').rpartition(".")
    return int(number) if tag == f'"{name}.{number}"' and name == public_id and number.isdecimal() else None


def document_response(request: Request, served: Served) -> HttpResponse:
    """A stored document as it is, or 304 for a client that holds it."""
    return tagged_response(request, served.document.encode(), entity_tag(served.public_id, served.version))


def tagged_response(request: Request, body: bytes, tag: str) -> HttpResponse:
    """JSON bytes with their entity tag; 304 for a client that holds them."""
    known = tag_known(request, tag)
    response = HttpResponse(b"" if known else body, status=304 if known else 200, content_type=JSON)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie", "X-Api-Key"])
    return response


def json_response(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A value made for this answer."""
    return bytes_response(orjson.dumps(value), status=status, headers=headers)


def bytes_response(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """JSON bytes made for this answer."""
    response = HttpResponse(body, status=status, content_type=JSON, headers=dict(headers or {}))
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def answer_response(answer: Answer) -> HttpResponse:
    """An answer given once or again."""
    headers = dict(answer.headers)
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    return bytes_response(answer.body, status=answer.status, headers=headers)


def page_bytes(documents: Iterable[str], **members: Any) -> bytes:
    """{"items": [documents as stored], ...members}."""
    tail = orjson.dumps(members)[1:]
    return b'{"items":[' + ",".join(documents).encode() + b"]," + tail
