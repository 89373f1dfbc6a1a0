"""Locations: addresses that goods go to or come from, and who uses them as what."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from mdm.addresses import building_key, standard_address
from mdm.edges import record_edges
from mdm.entity_types import entity_types
from mdm.entity_types.attributes_location import LOCATION_ATTRIBUTES, location_match_view, location_title
from mdm.entity_types.base import Document, EntityType, ProjectionInput
from mdm.entity_types.parents import EdgeRows, edge_rows
from mdm.entity_types.rows import (
    AddressColumns,
    CurrentRow,
    address_columns,
    extension_columns,
    golden_id,
    items,
    key_of,
    reference_key,
    text_columns,
)
from mdm.models.bitemporal import Fact, one_open_fact
from mdm.projection import date_range, decimal_or_none, record_facts, upsert_rows
from mdm.rules.defaults import default_rules

TEXTS = ("name", "category", "geo_precision", "gln", "unlocode", "time_zone", "website")


class Location(CurrentRow, AddressColumns):
    name = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=300, blank=True)
    latitude = models.DecimalField(max_digits=10, decimal_places=7, null=True)
    longitude = models.DecimalField(max_digits=10, decimal_places=7, null=True)
    geo_precision = models.CharField(max_length=30, blank=True)
    gln = models.CharField(max_length=13, blank=True)
    unlocode = models.CharField(max_length=5, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    phones = ArrayField(models.CharField(max_length=60), default=list)
    emails = ArrayField(models.CharField(max_length=254), default=list)
    website = models.CharField(max_length=500, blank=True)
    standard_address = models.JSONField(default=dict, help_text="In the form of its country; empty without a country.")
    building_key = models.CharField(max_length=32, blank=True, help_text="Equal for addresses of one building.")

    class Meta:
        indexes = [
            models.Index(fields=["building_key"], condition=~Q(building_key=""), name="locations_of_buildings"),
            models.Index(fields=["latitude", "longitude"], name="locations_by_point"),
        ]


class LocationRole(Fact):
    """What a location is to a customer, and when: ship-to, bill-to, warehouse, branch."""

    customer = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, null=True, related_name="+")
    customer_key = models.CharField(max_length=300, help_text="Public id, or system:type:key while unresolved.")
    role = models.CharField(max_length=20)

    class Meta:
        constraints = [one_open_fact("location_role_is_known_once")]
        indexes = [
            models.Index(
                fields=["customer", "role"],
                include=["golden_record", "valid"],
                condition=Q(closed_version=None),
                name="locations_of_customers",
            )
        ]


def project_locations(inputs: Sequence[ProjectionInput], at: datetime) -> None:
    """Write locations and their dated roles."""
    versions = {given.golden_record_id: given.version for given in inputs}
    live = {given.golden_record_id: given.document for given in inputs if given.document is not None}
    upsert_rows(Location, {pk: _location_columns(document) for pk, document in live.items()})
    record_facts(LocationRole, {pk: _roles(document) for pk, document in live.items()}, versions=versions, at=at)
    record_edges({pk: location_edges(pk, document) for pk, document in live.items()}, versions=versions, at=at)


def _location_columns(document: Document) -> dict[str, Any]:
    standard = standard_address(document.get("address"))
    return {
        **extension_columns(document, LOCATION_ATTRIBUTES),
        **text_columns(document, *TEXTS),
        **address_columns(document),
        "standard_address": asdict(standard) if standard else {},
        "building_key": building_key(document.get("address")),
        "latitude": decimal_or_none(document.get("latitude")),
        "longitude": decimal_or_none(document.get("longitude")),
        "phones": document.get("phones") or [],
        "emails": document.get("emails") or [],
    }


def _roles(document: Document) -> dict[str, dict[str, Any]]:
    return {
        key_of(reference_key(item.get("customer")), item["role"], item.get("valid_from")): {
            "customer_id": golden_id(item.get("customer")),
            "customer_key": reference_key(item.get("customer")),
            "role": item["role"],
            "valid": date_range(item.get("valid_from"), item.get("valid_to")),
        }
        for item in items(document, "roles")
    }


def location_edges(golden_record_id: int, document: Document) -> EdgeRows:
    """Its parents in every tree."""
    return edge_rows(golden_record_id, document)


entity_types.register("location")(
    EntityType(
        name="location",
        label="Location",
        label_plural="Locations",
        id_prefix="LOC",
        slug="locations",
        settle_rank=2,
        attributes=LOCATION_ATTRIBUTES,
        match_view=location_match_view,
        title=location_title,
        project=project_locations,
        model=lambda: Location,
        default_rules=lambda: default_rules("location"),
        edges=location_edges,
    )
)
