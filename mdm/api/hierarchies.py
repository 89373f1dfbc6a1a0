"""Dated trees over HTTP: who stands above and below on a day, and the locations of a customer and all below it."""

from datetime import UTC, date
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.documentation import CURSOR, LIMIT, PUBLIC_ID, answer_example, documented, operation
from mdm.api.golden import GoldenView, merged_response
from mdm.api.hierarchy_shapes import IN_A_TREE
from mdm.api.requests import Cursors, bad_parameter, choice_of, date_of, limit_of, time_of
from mdm.api.schemas import NEXT, listed, reference
from mdm.api.views import json_response
from mdm.entity_types import entity_types
from mdm.entity_types.attributes_location import LOCATION_ROLES
from mdm.entity_types.parents import TREES
from mdm.public_ids import public_id
from mdm.selectors.hierarchy import (
    MOST_LEVELS,
    Above,
    Asked,
    Below,
    ancestors_of,
    descendants_of,
    locations_under,
    path_down,
)
from mdm.selectors.served import Served, served_record
from mdm.services.prices import known_position

_BELOW, _LOCATIONS = Cursors("hierarchy"), Cursors("locations")
_BOTH = 2**48  # a cursor of locations holds a customer and a location of it, which are primary keys

TREE = OpenApiParameter("tree", str, enum=TREES, description="Which tree; legal unless told.")
LEVELS = OpenApiParameter("levels", int, description="How many levels down, 1 to 9; 1 for children. All unless told.")
ON_A_DAY = (
    OpenApiParameter("on", str, description="The day, such as 2026-01-31; today in UTC unless told."),
    OpenApiParameter("known_at", str, description="Feed position or RFC 3339 time: what the hub knew then."),
)
_USED = {"id": "LOC-0000901-2", "customer": "CUS-0000124-3", "roles": ["ship_to"]}


class _TreeView(GoldenView):
    def asked(self, request: Request, tree: str) -> Asked:
        """The tree on the day asked for. Raises Refused (400) and NotKnownYet."""
        text = request.GET.get("known_at", "")
        known_at = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else time_of(request, "known_at")
        position = None if known_at is None else known_position(known_at)
        return Asked(tree, date_of(request, "on") or today(), position)

    def path(self, served: Served, asked: Asked, *, after: int) -> list[int]:
        """From the golden record down to where the page before ended. Raises Refused (400)."""
        path = path_down(served.pk, asked, after=after)
        if path is None:
            raise bad_parameter("cursor", "leads to what stands elsewhere by now; start without it")
        return path


class GoldenHierarchy(_TreeView):
    """Where a golden record stands in a tree on a day."""

    parameters = ("tree", "on", "known_at", "levels", "limit", "cursor")

    def get(self, request: Request, public_id: str) -> HttpResponse:
        """Its ancestors from the parent upward, and one page of what stands below it, depth first."""
        served = served_record(public_id, entity_type=self.entity_type)
        asked = self.asked(request, choice_of(request, "tree", TREES) or "legal")
        if asked.position is None and (moved := merged_response(request, served)):
            return moved
        levels = int(choice_of(request, "levels", [str(each) for each in range(1, 10)]) or MOST_LEVELS)
        conditions, limit = f"{served.public_id}|{asked}|{levels}", limit_of(request)
        after = _BELOW.place(request.GET.get("cursor", ""), name="cursor", conditions=conditions)
        found = descendants_of(self.path(served, asked, after=after), asked, limit=limit + 1, levels=levels)
        page = found[:limit]
        last = page[-1].golden_id if len(found) > limit else None
        return json_response(
            {
                **_told(served, asked),
                "ancestors": [self._edge(each) for each in ancestors_of(served.pk, asked)],
                "items": [
                    {**self._edge(each), "parent": self._name(each.parent_id), "level": each.level} for each in page
                ],
                "next": None if last is None else _BELOW.token(last, conditions=conditions),
            }
        )

    def _edge(self, each: Above | Below) -> dict[str, Any]:
        return {"id": self._name(each.golden_id), "valid_from": each.valid_from, "valid_to": each.valid_to}

    def _name(self, golden_id: int) -> str:
        return _public(self.entity_type, golden_id)


@documented(
    get=operation(
        "list_customer_locations",
        "List the locations of one customer, or of all below it",
        tag="Customers",
        answers={200: listed(reference("UsedLocation"), **IN_A_TREE, next=NEXT)},
        errors=(308, 404, 422),
        parameters=[
            PUBLIC_ID,
            OpenApiParameter(
                "role", str, enum=LOCATION_ROLES, description="Only locations with this role; any unless told."
            ),
            OpenApiParameter(
                "under", str, enum=TREES, description="Of all below it in this tree, too; its own unless told."
            ),
            *ON_A_DAY,
            LIMIT,
            CURSOR,
        ],
        examples=[
            answer_example(
                "A ship-to of a subsidiary",
                {
                    "id": "CUS-0000123-5",
                    "tree": "legal",
                    "on": "2026-03-01",
                    "known_at": None,
                    "items": [_USED],
                    "next": None,
                },
            )
        ],
    )
)
class CustomerLocations(_TreeView):
    """The locations that a customer uses on a day, or that it and all below it use."""

    entity_type = "customer"
    parameters = ("role", "under", "on", "known_at", "limit", "cursor")

    def allows(self, client: Client) -> bool:
        """Both reading scopes."""
        return client.may("customer:read") and client.may("location:read")

    def get(self, request: Request, public_id: str) -> HttpResponse:
        """One page, customer by customer in the order of the tree; a location of two customers comes twice."""
        served = served_record(public_id, entity_type=self.entity_type)
        under, role = choice_of(request, "under", TREES), choice_of(request, "role", LOCATION_ROLES)
        asked = self.asked(request, under)
        if asked.position is None and (moved := merged_response(request, served)):
            return moved
        conditions, limit = f"{served.public_id}|{asked}|{role}", limit_of(request)
        customer, after = divmod(
            _LOCATIONS.place(request.GET.get("cursor", ""), name="cursor", conditions=conditions), _BOTH
        )
        found = locations_under(
            self.path(served, asked, after=customer),
            asked,
            role=role,
            after=after,
            limit=limit + 1,
            levels=MOST_LEVELS if under else 0,
        )
        page = found[:limit]
        last = page[-1].customer_id * _BOTH + page[-1].golden_id if len(found) > limit else None
        return json_response(
            {
                **_told(served, asked),
                "items": [
                    {
                        "id": _public("location", each.golden_id),
                        "customer": _public("customer", each.customer_id),
                        "roles": each.roles,
                    }
                    for each in page
                ],
                "next": None if last is None else _LOCATIONS.token(last, conditions=conditions),
            }
        )


def _told(served: Served, asked: Asked) -> dict[str, Any]:
    return {"id": served.public_id, "tree": asked.tree, "on": asked.on, "known_at": asked.position}


def _public(entity_type: str, golden_id: int) -> str:
    return public_id(entity_types.get(entity_type).id_prefix, golden_id)


def today() -> date:
    """The day it is in UTC."""
    return timezone.now().astimezone(UTC).date()
