"""Where a golden record stands in its trees, as its page shows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from mdm.entity_types import entity_types
from mdm.entity_types.parents import TREES
from mdm.models import GoldenRecord, HeldEdge, HierarchyEdge
from mdm.selectors.hierarchy import Asked, Place, ancestors_of, descendants_of, locations_under

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Named:
    """A golden record by its id and what people call it."""

    public_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Move:
    """From a day on, another parent, or none."""

    on: date
    parent: Named | None


@dataclass(frozen=True, slots=True)
class TreePlace:
    """The record in one tree on the day: from the parent upward, its first children, and what is planned."""

    tree: str
    above: tuple[Named, ...]
    children: tuple[Named, ...]
    has_more: bool
    planned: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class HeldCircle:
    """A parent that does not count, with the circle that it would close, from the record back to it."""

    held_edge_id: int
    entity_type: str
    tree: str
    path: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class UsedPlace:
    """A location with what it is to a customer."""

    location: Named
    customer: Named
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """All trees of a golden record, and the locations of a customer and all below it in its legal tree."""

    on: date
    trees: tuple[TreePlace, ...]
    held: tuple[HeldCircle, ...]
    places: tuple[UsedPlace, ...]
    has_more_places: bool
    choices: Sequence[str]


def hierarchy_of(record: GoldenRecord, *, on: date) -> Hierarchy | None:
    """What stands above and below it on the day; None for what stands in no tree."""
    if entity_types.get(record.entity_type).edges is None:
        return None
    known = HierarchyEdge.objects.filter(Q(golden_record=record) | Q(parent=record), closed_version=None)
    told = set(known.values_list("tree", flat=True).distinct())
    found = (
        locations_under([record.pk], Asked("legal", on), limit=SHOWN + 1) if record.entity_type == "customer" else []
    )
    return Hierarchy(
        on=on,
        trees=tuple(_place(record, tree, on) for tree in TREES if tree in told),
        held=tuple(held_circles(HeldEdge.objects.filter(golden_record=record, closed_at=None))),
        places=_used(found[:SHOWN]),
        has_more_places=len(found) > SHOWN,
        choices=TREES,
    )


def held_circles(rows: QuerySet[HeldEdge]) -> list[HeldCircle]:
    """These parents that are held back, each with its circle by name."""
    held = list(rows.select_related("golden_record").order_by("pk"))
    names = _names(pk for row in held for pk in row.circle)
    kinds = dict(
        GoldenRecord.objects.filter(pk__in=[r.golden_record_id for r in held]).values_list("pk", "entity_type")
    )
    return [
        HeldCircle(row.pk, kinds[row.golden_record_id], row.tree, tuple(names[pk] for pk in row.circle)) for row in held
    ]


def _place(record: GoldenRecord, tree: str, on: date) -> TreePlace:
    asked = Asked(tree, on)
    above = [each.golden_id for each in ancestors_of(record.pk, asked)]
    below = [each.golden_id for each in descendants_of([record.pk], asked, limit=SHOWN + 1, levels=1)]
    mine = HierarchyEdge.objects.filter(golden_record=record, tree=tree, closed_version=None).order_by("valid")
    days = [(row.valid.lower, row.valid.upper, row.parent_id) for row in mine]
    names = _names([*above, *below, *(parent for _, _, parent in days)])
    starts = {start: parent for start, _, parent in days if start is not None and start > on}
    ends = {end: None for _, end, _ in days if end is not None and end > on}
    planned = sorted({**ends, **starts}.items())
    return TreePlace(
        tree=tree,
        above=tuple(names[pk] for pk in above),
        children=tuple(names[pk] for pk in below[:SHOWN]),
        has_more=len(below) > SHOWN,
        planned=tuple(Move(day, None if parent is None else names[parent]) for day, parent in planned),
    )


def _used(places: Sequence[Place]) -> tuple[UsedPlace, ...]:
    names = _names(pk for each in places for pk in (each.golden_id, each.customer_id))
    return tuple(UsedPlace(names[each.golden_id], names[each.customer_id], each.roles) for each in places)


def _names(golden_ids: Iterable[int]) -> Mapping[int, Named]:
    rows = GoldenRecord.objects.filter(pk__any=sorted(set(golden_ids))).values_list("pk", "public_id", "title")
    return {pk: Named(public_id, title or public_id) for pk, public_id, title in rows}
