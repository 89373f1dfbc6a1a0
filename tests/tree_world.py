"""Customers and places told by the CRM with their parents by date, and trees looked at day by day."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from mdm.actors import SYSTEM
from mdm.models import GoldenRecord, HeldEdge, HierarchyEdge, SourceSystem
from mdm.services.systems import put_mapping
from tests.builders import NOON, Clock, Payload, a_customer, customer_mapping, golden_of, load

_MODIFIED = {"path": "modified", "format": "iso", "zone": "UTC"}


def _dated(entity_type: str) -> dict[str, Any]:
    reference = {"reference": {"system": "crm", "entity_type": entity_type}, "path": "parent"}
    return {
        "items": "parents",
        "components": {"tree": "tree", "parent": reference, "valid_from": "from", "valid_to": "to"},
    }


LOCATIONS = {
    "system": "crm",
    "entity_type": "location",
    "key": "id",
    "source_time": _MODIFIED,
    "deleted": {"path": "gone", "one_of": [True]},
    "attributes": {
        "name": {"path": "name", "required": True},
        "address": {
            "components": {name: name for name in ("street", "house_number", "unit", "city", "postcode", "country")}
        },
        "latitude": "latitude",
        "longitude": "longitude",
        "gln": "gln",
        "roles": {
            "items": "roles",
            "components": {
                "customer": {"reference": {"system": "crm", "entity_type": "customer"}, "path": "customer"},
                "role": "role",
                "valid_from": "from",
                "valid_to": "to",
            },
        },
        "parents": _dated("location"),
    },
}


def tell_trees(system: str = "crm") -> None:
    """Let the CRM, which has no duplicates, tell parents by date of customers and of locations."""
    crm = SourceSystem.objects.get(name=system)
    put_mapping(crm, customer_mapping(system, parents=_dated("customer")), actor=SYSTEM, at=NOON)
    put_mapping(crm, LOCATIONS, actor=SYSTEM, at=NOON)


def a_parent(parent: str | None, start: str | None = None, end: str | None = None, *, tree: str = "legal") -> Payload:
    """One dated parent, as the CRM says it."""
    said = {"tree": tree, "parent": parent, "from": start, "to": end}
    return {name: value for name, value in said.items() if value is not None}


def tell(key: str, *parents: Payload, clock: Clock, parent: str | None = None, **fields: Any) -> GoldenRecord:
    """The CRM says of a customer which parents it has."""
    at = clock()
    payload = a_customer(key, parents=list(parents) or None, parent=parent, modified=at.isoformat(), **fields)
    assert load("crm", payload, at=at).quarantined == 0
    return golden_of(f"crm:{key}")


def tell_place(key: str, *, clock: Clock, **fields: Any) -> GoldenRecord:
    """The CRM says of a location what is given."""
    at = clock()
    said = {"id": key, "name": f"Place {key}", "modified": at.isoformat(), **fields}
    payload = {name: value for name, value in said.items() if value is not None}
    assert load("crm", payload, at=at, entity_type="location").quarantined == 0
    return golden_of(f"crm:{key}", "location")


def edges() -> set[tuple[str, str, str, date | None, date | None]]:
    """(tree, child, parent, from, until) of what counts now, by the names of the golden records."""
    rows = HierarchyEdge.objects.filter(closed_version=None).select_related("golden_record", "parent")
    return {(row.tree, row.golden_record.title, row.parent.title, row.valid.lower, row.valid.upper) for row in rows}


def held() -> list[tuple[str, ...]]:
    """The circles that are held back, each by the names of the golden records from the one whose parent is."""
    rows = HeldEdge.objects.filter(closed_at=None).order_by("pk")
    titles = dict(GoldenRecord.objects.values_list("pk", "title"))
    return [tuple(titles[pk] for pk in row.circle) for row in rows]


def stands_below_itself(parents: Mapping[int, Iterable[tuple[int, date | None, date | None]]], day: date) -> bool:
    """Whether on that day somebody is his own ancestor. Found by walking, whatever the database says."""

    def above(node: int) -> int | None:
        holding = [
            parent
            for parent, start, end in parents.get(node, ())
            if (start is None or start <= day) and (end is None or day < end)
        ]
        assert len(holding) <= 1
        return holding[0] if holding else None

    for first in parents:
        node: int | None = above(first)
        for _ in range(len(parents)):
            if node is None or node == first:
                break
            node = above(node)
        if node == first:
            return True
    return False
