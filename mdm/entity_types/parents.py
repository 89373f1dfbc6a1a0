"""The dated parents of a golden record, and which parent holds on which day."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from mdm.entity_types.base import Attribute, AttributeType, Document, ReviewKind
from mdm.entity_types.rows import golden_id, items, key_of

TREES = ("legal", "bill_to", "territory", "supply")

EdgeRows = dict[str, dict[str, Any]]  # item key → columns of a `HierarchyEdge`
Slice = tuple[date, date, int | None]  # from, until (exclusive), parent; the ends of the calendar are open ends


def parents_attribute(target: str) -> Attribute:
    """The collection of dated parents. An item without a parent says that there is none on these days."""
    return Attribute(
        "parents",
        "Parents by date",
        AttributeType.COLLECTION,
        ReviewKind.HIERARCHY,
        item=(
            Attribute("tree", "Tree", AttributeType.CHOICE, required=True, choices=TREES),
            Attribute("parent", "Parent", AttributeType.REFERENCE, target=target),
            Attribute("valid_from", "Valid from", AttributeType.DATE),
            Attribute("valid_to", "Valid until, exclusive", AttributeType.DATE),
        ),
        item_key=("tree", "valid_from"),
    )


def edge_rows(golden_record_id: int, document: Document, *, undated: Mapping[str, str] | None = None) -> EdgeRows:
    """The parents that hold, by tree and without overlap.

    On each day the item of `parents` that began last holds, else the attribute that `undated` names for the tree. A
    parent that is not resolved yet, or is the golden record itself since the two were merged, leaves its days empty.
    """
    rows: EdgeRows = {}
    for tree in TREES:
        told = [_slice(item) for item in items(document, "parents") if item["tree"] == tree]
        if undated and tree in undated:
            told.append((date.min, date.max, golden_id(document.get(undated[tree]))))
        for start, end, parent in _flattened(told):
            if parent is not None and parent != golden_record_id:
                first, last = start if start > date.min else None, end if end < date.max else None
                key = tree if first is None else key_of(tree, first)
                rows[key] = {"tree": tree, "parent_id": parent, "valid": DateRange(first, last)}
    return rows


def _slice(item: Mapping[str, Any]) -> Slice:
    start, end = item.get("valid_from"), item.get("valid_to")
    return (
        date.fromisoformat(start) if start else date.min,
        date.fromisoformat(end) if end else date.max,
        golden_id(item.get("parent")),
    )


def _flattened(told: list[Slice]) -> list[Slice]:
    """Slices that do not overlap: on each day what began last; of those that began together, what was told first."""
    days = sorted({day for start, end, _ in told for day in (start, end)})
    found: list[Slice] = []
    for start, end in pairwise(days):
        holding = [each for each in told if each[0] <= start and end <= each[1]]
        if not holding:
            continue
        parent = max(holding, key=lambda each: each[0])[2]
        if found and found[-1][1] == start and found[-1][2] == parent:
            found[-1] = found[-1][0], end, parent
        else:
            found.append((start, end, parent))
    return found
