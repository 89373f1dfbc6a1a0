"""Golden records as stored: lists, details, versions, lineage and sources. One set of views for every entity type."""

import hashlib
from dataclasses import asdict
from http import HTTPStatus
from typing import ClassVar

from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.documentation import AS_OF, ENTITY_TYPE, IF_NONE_MATCH, KEY, SYSTEM, documented, operation
from mdm.api.problems import Problem
from mdm.api.requests import Cursors, choice_of, limit_of, time_of, version_of
from mdm.api.schemas import component_name, reference
from mdm.api.views import (
    HubView,
    document_response,
    entity_tag,
    json_response,
    page_bytes,
    tagged_response,
)
from mdm.entity_types import entity_types
from mdm.errors import RecordErased
from mdm.models import GoldenStatus
from mdm.selectors.as_of import crosswalk_as_of
from mdm.selectors.golden import golden_record_by_public_id
from mdm.selectors.served import (
    ListFilter,
    Served,
    served_as_of,
    served_by_source_key,
    served_lineage,
    served_page,
    served_record,
    served_version,
    survivor_id,
)
from mdm.selectors.served_sources import sources_of, version_page
from mdm.selectors.version_differences import version_differences

LISTS, VERSIONS = Cursors("list"), Cursors("versions")
TIP = 2**31


class GoldenView(HubView):
    """A view of one entity type, for clients that may read it."""

    entity_type: ClassVar[str] = ""

    def allows(self, client: Client) -> bool:
        """Reading scope of the entity type."""
        return client.may(f"{self.entity_type}:read")


class GoldenList(GoldenView):
    """Golden records in the order of their ids."""

    parameters = ("limit", "cursor", "status", "updated_since", "source")

    def get(self, request: Request) -> HttpResponse:
        """One page, documents as stored."""
        since = time_of(request, "updated_since")
        only = ListFilter(
            status=choice_of(request, "status", GoldenStatus.values),
            updated_since=since,
            source_system=request.GET.get("source", ""),
        )
        conditions = f"{self.entity_type}|{only.status}|{since.isoformat() if since else ''}|{only.source_system}"
        limit = limit_of(request)
        after = LISTS.place(request.GET.get("cursor", ""), name="cursor", conditions=conditions)
        found = served_page(self.entity_type, after=after, limit=limit + 1, only=only)
        page = found[:limit]
        more = LISTS.token(page[-1].pk, conditions=conditions) if len(found) > limit else None
        body = page_bytes((each.document for each in page), next=more)
        return tagged_response(request, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


class GoldenDetail(GoldenView):
    """One golden record."""

    parameters = ("as_of",)

    def get(self, request: Request, public_id: str) -> HttpResponse:
        """The document as stored, now or at a time; a record that is merged now leads to its survivor."""
        served = served_record(public_id, entity_type=self.entity_type)
        at = time_of(request, "as_of")
        if at is not None:
            return document_response(request, served_as_of(served.pk, at))
        return merged_response(request, served) or document_response(request, served)


class GoldenVersions(GoldenView):
    """The versions of one golden record, newest first."""

    parameters = ("limit", "cursor")

    def get(self, request: Request, public_id: str) -> HttpResponse:
        """One page of versions: when, who, why; the documents are at their own addresses."""
        served = served_record(public_id, entity_type=self.entity_type)
        limit = limit_of(request)
        token = request.GET.get("cursor", "")
        before = VERSIONS.place(token, name="cursor", conditions=served.public_id) or TIP
        found = version_page(served.pk, before=before, limit=limit + 1)
        last = found[limit - 1]["version"] if len(found) > limit else None
        more = None if last is None else VERSIONS.token(last, conditions=served.public_id)
        return json_response({"id": served.public_id, "items": found[:limit], "next": more})


class GoldenVersionDetail(GoldenView):
    """One version, as it was published."""

    def get(self, request: Request, public_id: str, version: int) -> HttpResponse:
        """The document as stored with the version."""
        return document_response(request, served_version(public_id, version, entity_type=self.entity_type))


class GoldenDifference(GoldenView):
    """What two versions of one golden record say differently."""

    parameters = ("from", "to")

    def get(self, request: Request, public_id: str) -> HttpResponse:
        """Only what changed, in one line each, with both values; any two versions, in either order."""
        older, newer = version_of(request, "from"), version_of(request, "to")
        record = golden_record_by_public_id(public_id, entity_type=self.entity_type)
        if record.status == GoldenStatus.ERASED:
            raise RecordErased(record.public_id)
        readable = self.client.readable_entity_types()
        changes = [asdict(each) for each in version_differences(record, older, newer, readable=readable)]
        return json_response({"id": record.public_id, "from": older, "to": newer, "items": changes})


class GoldenLineage(GoldenView):
    """Where each value comes from and why it won."""

    def get(self, request: Request, public_id: str) -> HttpResponse:
        """Winner, strategy, reason and losers by attribute, as survivorship wrote them."""
        version, lineage = served_lineage(public_id, entity_type=self.entity_type)
        body = f'{{"id":"{public_id.strip().upper()}","version":{version},"lineage":{lineage}}}'.encode()
        return tagged_response(request, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


class GoldenSources(GoldenView):
    """The source records a golden record is made of."""

    def get(self, request: Request, public_id: str) -> HttpResponse:
        """Systems and keys with an open crosswalk entry, by system and key."""
        served = served_record(public_id, entity_type=self.entity_type)
        return json_response({"id": served.public_id, "items": sources_of(served.pk)})


@documented(
    get=operation(
        "get_by_source_key",
        "Get the golden record that holds a system's record",
        tag="Crosswalk",
        answers={
            200: {"anyOf": [reference(component_name(entity_types.get(name))) for name in entity_types]},
            304: None,
        },
        errors=(404,),
        parameters=[SYSTEM, ENTITY_TYPE, KEY, AS_OF, IF_NONE_MATCH],
    )
)
class Crosswalk(HubView):
    """From a system's own key to the golden record that holds it."""

    parameters = ("as_of",)

    def allows(self, client: Client) -> bool:
        """Reading scope of the entity type asked for."""
        return client.may(f"{self.kwargs['entity_type']}:read")

    def get(self, request: Request, system: str, entity_type: str, key: str) -> HttpResponse:
        """The golden document as stored; its own address stands in Content-Location."""
        at = time_of(request, "as_of")
        if at is None:
            served = served_by_source_key(system, entity_type, key)
        else:
            served = served_as_of(crosswalk_as_of(system, entity_type, key, at).golden_record_id, at)
        response = document_response(request, served)
        response.headers["Content-Location"] = detail_address(served.entity_type, served.public_id)
        return response


def detail_address(entity_type: str, public_id: str) -> str:
    """Path of a golden record."""
    return reverse(f"api-{entity_type}-detail", args=[public_id])


def merged_response(request: Request, served: Served) -> HttpResponse | None:
    """308 to the survivor for a merged record, None for the others."""
    if served.status != GoldenStatus.MERGED:
        return None
    survivor = survivor_id(served)
    problem = Problem(
        "merged",
        HTTPStatus.PERMANENT_REDIRECT,
        f"{served.public_id} was merged into {survivor}; ask for that one from now on.",
        members={"survivor": survivor},
        headers={
            "Location": detail_address(served.entity_type, survivor),
            "ETag": entity_tag(served.public_id, served.version),
        },
    )
    return problem.response(request._request)
