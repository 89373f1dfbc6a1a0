"""The place of a location over HTTP: its address in the form of its country, and who else is there."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.documentation import PUBLIC_ID, answer_example, documented, operation
from mdm.api.golden import GoldenView, merged_response
from mdm.api.hierarchies import today
from mdm.api.hierarchy_shapes import SITE
from mdm.api.requests import date_of
from mdm.api.views import json_response
from mdm.entity_types.location import Location
from mdm.public_ids import public_id
from mdm.selectors.hierarchy import Asked
from mdm.selectors.served import served_record
from mdm.selectors.sites import neighbors_of, parties_of

_EXAMPLE = {
    "id": "LOC-0000901-2",
    "on": "2026-03-01",
    "standard_address": {
        "components": {"street": "Hafenstraße", "house_number": "12", "postcode": "20457", "city": "HAMBURG"},
        "lines": ["Hafenstraße 12", "20457 HAMBURG", "GERMANY"],
        "problems": {},
    },
    "parties": ["CUS-0000123-5"],
    "neighbors": [
        {"id": "LOC-0000902-0", "meters": 4, "same_building": True, "parties": ["CUS-0000124-3"], "is_shared": True}
    ],
}


@documented(
    get=operation(
        "get_location_site",
        "Get the place of one location, and who else is there",
        tag="Locations",
        answers={200: SITE},
        errors=(308, 404),
        parameters=[PUBLIC_ID, OpenApiParameter("on", str, description="The day of the parties; today unless told.")],
        examples=[answer_example("A shared site", _EXAMPLE)],
    )
)
class LocationSite(GoldenView):
    """The address in the form of its country, and locations of the same building or within 30 m."""

    entity_type = "location"
    parameters = ("on",)

    def allows(self, client: Client) -> bool:
        """Both reading scopes: parties are customers."""
        return client.may("location:read") and client.may("customer:read")

    def get(self, request: Request, public_id: str) -> HttpResponse:
        """A shared site is used by legal parties that have nothing to do with each other."""
        served = served_record(public_id, entity_type=self.entity_type)
        if moved := merged_response(request, served):
            return moved
        asked = Asked("legal", date_of(request, "on") or today())
        row = Location.objects.filter(pk=served.pk).first()
        return json_response(
            {
                "id": served.public_id,
                "on": asked.on,
                "standard_address": (row.standard_address if row is not None else None) or None,
                "parties": _customers(parties_of([served.pk], asked)[served.pk]),
                "neighbors": [
                    {
                        "id": each.public_id,
                        "meters": each.meters,
                        "same_building": each.same_building,
                        "parties": _customers(each.parties),
                        "is_shared": each.is_shared,
                    }
                    for each in neighbors_of(served.pk, asked)
                ],
            }
        )


def _customers(golden_ids: frozenset[int]) -> list[str]:
    return [public_id("CUS", pk) for pk in sorted(golden_ids)]
