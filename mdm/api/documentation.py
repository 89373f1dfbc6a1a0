"""The OpenAPI description: what each operation takes and answers, with examples."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.views import APIView

from mdm.api.hierarchy_shapes import HIERARCHY_COMPONENTS
from mdm.api.merge_shapes import MERGE_COMPONENTS
from mdm.api.price_schemas import COMPONENTS as OF_PRICES
from mdm.api.problems import MEDIA_TYPE
from mdm.api.schemas import Schema, components, reference
from mdm.entity_types import entity_types

View = TypeVar("View", bound=type[APIView])

TITLES = {
    304: "The client holds this state already.",
    308: "Merged: Location leads to the survivor.",
    400: "The request cannot be read, or a parameter or token is wrong.",
    401: "No valid API key or session.",
    403: "The scope is missing.",
    404: "Not in the hub, or not readable for this client.",
    409: "Another state, or the same Idempotency-Key is being worked on.",
    412: "If-Match names an older state.",
    413: "The body is too large.",
    415: "The body is of another media type.",
    422: "Well-formed, but refused: see `errors`.",
    428: "If-Match is missing.",
    429: "Too many requests; see Retry-After.",
    503: "The hub cannot answer now; see Retry-After.",
}
EVERYWHERE = (400, 401, 403, 429, 503)
WRITING = (409, 413, 415, 422)

LIMIT = OpenApiParameter("limit", int, description="Items a page, 1 to 500; 100 unless told.")
CURSOR = OpenApiParameter("cursor", str, description="`next` of the page before.")
PUBLIC_ID = OpenApiParameter(
    "public_id", str, OpenApiParameter.PATH, description="Golden id with its check digit, such as CUS-0000123-4."
)
ENTITY_TYPE = OpenApiParameter("entity_type", str, OpenApiParameter.PATH, enum=list(entity_types))
SYSTEM = OpenApiParameter("system", str, OpenApiParameter.PATH, description="Name of a source system, such as crm.")
KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="The system's own key.")
AS_OF = OpenApiParameter("as_of", str, description="RFC 3339 time: what the hub knew then; now unless told.")
NUMBER = OpenApiParameter("number", int, OpenApiParameter.PATH, description="Number of the change request.")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="New for each new request; sent again with the same request, it gives the same answer for 72 hours.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="ETag the client holds; answered by 304 if still so."
)


def if_match(*, required: bool) -> OpenApiParameter:
    """The precondition of an edit."""
    return OpenApiParameter(
        "If-Match", str, OpenApiParameter.HEADER, required=required, description="ETag of what the client has read."
    )


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular is not typed
    """How a client shows its key."""

    target_class = "mdm.api.access.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> Schema:  # Any: drf-spectacular is not typed
        """`Authorization: Bearer <prefix>.<secret>`."""
        return {"type": "http", "scheme": "bearer", "description": "API key: `prefix.secret`, as shown once."}


class Generator(SchemaGenerator):
    """Adds the schemas that operations refer to by name."""

    def get_schema(self, request: Any = None, public: bool = False) -> Schema:  # noqa: FBT001, FBT002  # its signature
        """The whole description."""
        schema: Schema = super().get_schema(request=request, public=public)  # type: ignore[no-untyped-call]  # not typed
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        known = components() | MERGE_COMPONENTS | OF_PRICES | HIERARCHY_COMPONENTS
        schemas.update({name: each for name, each in known.items() if name not in schemas})
        schema["components"]["schemas"] = dict(sorted(schemas.items()))
        return schema


def operation(
    name: str,
    summary: str,
    *,
    tag: str,
    answers: Mapping[int, Schema | None],
    errors: Sequence[int] = (),
    request: Any = None,  # Any: a serializer class, or media type to one
    parameters: Sequence[OpenApiParameter] = (),
    examples: Sequence[OpenApiExample] = (),
    media_type: str = "application/json",
) -> Callable[[Any], Any]:
    """The description of one operation; problems are answered alike everywhere. `answers` None has no body."""
    responses: dict[Any, Any] = {
        (status, media_type) if schema is not None else status: OpenApiResponse(
            schema, description=TITLES.get(status, "Done." if status != 200 else "Found.")
        )
        for status, schema in answers.items()
    }
    for status in sorted({*EVERYWHERE, *errors}):
        responses[status, MEDIA_TYPE] = OpenApiResponse(reference("Problem"), description=TITLES[status])
    described: Callable[[Any], Any] = extend_schema(
        operation_id=name,
        summary=summary,
        tags=[tag],
        request=request,
        parameters=list(parameters),
        responses=responses,
        examples=list(examples),
    )
    return described


def documented(**operations: Callable[[Any], Any]) -> Callable[[View], View]:
    """A view with its operations described, by method name."""
    decorate: Callable[[View], View] = extend_schema_view(**operations)
    return decorate


def request_example(name: str, value: Mapping[str, Any], *, media_type: str = "application/json") -> OpenApiExample:
    """An example of what is sent."""
    return OpenApiExample(name, value=dict(value), request_only=True, media_type=media_type)


def answer_example(name: str, value: Any, *, status: int = 200) -> OpenApiExample:
    """An example of what is answered."""
    return OpenApiExample(
        name, value=value, response_only=True, status_codes=[str(status)], media_type="application/json"
    )
