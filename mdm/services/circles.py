"""Circles in dated trees: told where sources close one, refused where a person would, mended when they are broken.

What would close one is held back when it is written (`mdm.edges`); here people and golden records learn of it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from mdm.edges import edge_of, edges_above, held_edge
from mdm.entity_types import entity_types
from mdm.errors import MdmError
from mdm.events import ParentsHeld, ParentsReleased, emit
from mdm.models import GoldenRecord, HeldEdge
from mdm.references import references_in, resolve_references
from mdm.selectors.references import resolved_targets
from mdm.trees import Edge, Trees


class CircleArises(MdmError):
    """A golden record would stand above itself. `circle` are public ids from it over its parents back to it."""

    code = "circle"

    def __init__(self, tree: str, circle: Sequence[str]) -> None:
        self.tree, self.circle = tree, tuple(circle)
        super().__init__(
            f"In the tree {tree} this would close a circle: {' → '.join(circle)}. Choose a parent that does not stand"
            " below it, or give one of these another parent first."
        )


def note_circles(records: Sequence[GoldenRecord], *, at: datetime) -> list[GoldenRecord]:
    """Tell of parents of these that are held back or no longer are, as of `at`; their edges are written.

    Returns the golden records, locked, whose parents count again because these changed: they need a version to say so.
    """
    golden_ids = [record.pk for record in records if entity_types.get(record.entity_type).edges is not None]
    if not golden_ids:
        return []
    freed = _look_again(golden_ids, at=at)
    new = Q(found_at=at, closed_at=None) | Q(closed_at=at)
    changed = list(_about(golden_ids).filter(new).order_by("pk").values_list("pk", "closed_at"))
    if over := tuple(pk for pk, closed_at in changed if closed_at is not None):
        emit(ParentsReleased(over))
    if found := tuple(pk for pk, closed_at in changed if closed_at is None):
        emit(ParentsHeld(found))
    return list(GoldenRecord.objects.select_for_update().filter(pk__in=freed).order_by("pk")) if freed else []


@contextmanager
def refusing_circles(golden_ids: Collection[int]) -> Iterator[None]:
    """Change these golden records inside; raises CircleArises where a circle comes of it, to undo the transaction."""
    before = _touching(golden_ids).count()
    yield
    rows = list(_touching(golden_ids).order_by("-pk"))
    if len(rows) > before:
        raise CircleArises(rows[0].tree, _public_ids(rows[0].circle))


def refuse_circles(record: GoldenRecord, values: Mapping[str, Any]) -> None:
    """Raise CircleArises where these values, once they survive, would close a circle that they do not tell now."""
    edges = entity_types.get(record.entity_type).edges
    if edges is None:
        return
    told = record.document["attributes"]
    proposed = {**told, **resolve_references(values, resolved_targets(references_in(values)))}
    # Under no id of its own, so that the golden record itself counts as its parent.
    now, then = ({edge_of(record.pk, row) for row in edges(0, document).values()} for document in (told, proposed))
    above = edges_above(then - now)
    for edge in sorted(then - now):
        if circle := _circle_of(edge, above):
            raise CircleArises(edge.tree, _public_ids(circle))


def _circle_of(edge: Edge, above: Sequence[Edge] | None = None) -> tuple[int, ...]:
    trees = Trees()
    trees.add(each for each in (edges_above([edge]) if above is None else above) if each.child != edge.child)
    return trees.circle_with(edge)


def _look_again(golden_ids: Sequence[int], *, at: datetime) -> set[int]:
    """Others that are held back by a circle over these: which of them are free. A circle may lead elsewhere by now."""
    freed = set()
    for row in _touching(golden_ids).exclude(golden_record__any=golden_ids):
        circle = _circle_of(held_edge(row))
        if not circle:
            freed.add(row.golden_record_id)
        elif row.circle != list(circle):
            # Whoever breaks it there must find it.
            HeldEdge.objects.filter(pk=row.pk).update(circle=list(circle), found_at=at)
    return freed


def _touching(golden_ids: Collection[int]) -> QuerySet[HeldEdge]:
    return _about(golden_ids).filter(closed_at=None)


def _about(golden_ids: Collection[int]) -> QuerySet[HeldEdge]:
    ids = list(golden_ids)
    return HeldEdge.objects.filter(Q(golden_record__any=ids) | Q(circle__overlap=ids))


def _public_ids(golden_ids: Sequence[int]) -> list[str]:
    names = dict(GoldenRecord.objects.filter(pk__in=golden_ids).values_list("pk", "public_id"))
    return [names[pk] for pk in golden_ids]
