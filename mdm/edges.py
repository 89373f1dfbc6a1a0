"""Edges of dated trees written set-wise, so that no tree ever has a circle; what would close one is held back.

What stands stays; of other edges that come in one transaction the lower golden record's come first. Whoever changes a
tree waits for whoever does, since neither would see what the other is about to commit.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from mdm.models.bitemporal import HeldEdge, HierarchyEdge
from mdm.projection import Children, record_facts
from mdm.trees import Edge, Trees

_LOCK_FAMILY = 0x54524545  # the trigger `no_circles_in_a_tree` takes the same locks
# UNION ends even where a circle stood.
_UPWARD = """
WITH RECURSIVE upward (tree, node) AS (
    SELECT * FROM unnest(%(trees)s::text[], %(nodes)s::bigint[])
    UNION
    SELECT edge.tree, edge.parent_id
    FROM upward JOIN mdm_hierarchyedge edge ON edge.golden_record_id = upward.node AND edge.tree = upward.tree
    WHERE edge.closed_version IS NULL
)
SELECT edge.tree, edge.golden_record_id, lower(edge.valid), upper(edge.valid), edge.parent_id
FROM upward JOIN mdm_hierarchyedge edge ON edge.golden_record_id = upward.node AND edge.tree = upward.tree
WHERE edge.closed_version IS NULL
"""


def record_edges(wanted: Children, *, versions: Mapping[int, int], at: datetime) -> None:
    """Bring the parents of these golden records to `wanted`, as `record_facts` does, but for what closes a circle."""
    told = {
        (golden_id, item_key): edge_of(golden_id, columns)
        for golden_id, rows in wanted.items()
        for item_key, columns in rows.items()
    }
    standing = _standing(list(versions))
    lock_trees({edge.tree for edge in standing.symmetric_difference(told.values())})
    trees = Trees()
    trees.add(edge for edge in told.values() if edge in standing)
    before: dict[tuple[str, int], list[Edge]] = defaultdict(list)
    for each in standing:
        before[each.tree, each.child].append(each)
    fresh = sorted(
        (not _is_part_of(before[edge.tree, edge.child], edge), edge, key)
        for key, edge in told.items()
        if edge not in standing
    )
    if fresh:
        trees.add(edge for edge in edges_above(told.values()) if edge.child not in versions)
    circles: dict[tuple[int, str], tuple[int, ...]] = {}
    for _, edge, key in fresh:
        if circle := trees.circle_with(edge):
            circles[key] = circle
        else:
            trees.add([edge])
    kept = {pk: {key: row for key, row in rows.items() if (pk, key) not in circles} for pk, rows in wanted.items()}
    record_facts(HierarchyEdge, kept, versions=versions, at=at)
    _keep_held({told[key]: circle for key, circle in circles.items()}, among=list(versions), at=at)


def lock_trees(trees: Collection[str]) -> None:
    """Be the only one to change these trees until the transaction ends."""
    with connection.cursor() as cursor:
        for tree in sorted(trees):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_FAMILY, tree])


def edges_above(edges: Collection[Edge]) -> list[Edge]:
    """All edges that stand in the trees of these from their parents upward."""
    seeds = sorted({(edge.tree, edge.parent) for edge in edges})
    with connection.cursor() as cursor:
        cursor.execute(_UPWARD, {"trees": [tree for tree, _ in seeds], "nodes": [node for _, node in seeds]})
        return [_edge(tree, child, start, end, parent) for tree, child, start, end, parent in cursor.fetchall()]


def edge_of(golden_record_id: int, columns: Mapping[str, Any]) -> Edge:
    """The edge that a row of columns tells."""
    valid: DateRange = columns["valid"]
    return _edge(columns["tree"], golden_record_id, valid.lower, valid.upper, columns["parent_id"])


def held_edge(row: HeldEdge) -> Edge:
    """The edge that is held back."""
    return _edge(row.tree, row.golden_record_id, row.valid.lower, row.valid.upper, row.parent_id)


def _edge(tree: str, child: int, start: date | None, end: date | None, parent: int) -> Edge:
    return Edge(tree, child, start or date.min, end or date.max, parent)


def _is_part_of(before: list[Edge], edge: Edge) -> bool:
    """Whether the edge says for fewer days what one of its child's in the tree said before."""
    return any(each.parent == edge.parent and each.start <= edge.start and edge.end <= each.end for each in before)


def _standing(golden_record_ids: list[int]) -> set[Edge]:
    rows = HierarchyEdge.objects.filter(golden_record__any=golden_record_ids, closed_version=None)
    return {
        _edge(tree, child, valid.lower, valid.upper, parent)
        for tree, child, valid, parent in rows.values_list("tree", "golden_record_id", "valid", "parent_id")
    }


def _keep_held(circles: Mapping[Edge, tuple[int, ...]], *, among: list[int], at: datetime) -> None:
    rows = {held_edge(row): row for row in HeldEdge.objects.filter(golden_record__any=among, closed_at=None)}
    HeldEdge.objects.filter(pk__in=[row.pk for edge, row in rows.items() if edge not in circles]).update(closed_at=at)
    for edge, circle in sorted(circles.items()):
        if edge not in rows:
            HeldEdge.objects.create(
                golden_record_id=edge.child,
                tree=edge.tree,
                parent_id=edge.parent,
                valid=DateRange(
                    edge.start if edge.start > date.min else None, edge.end if edge.end < date.max else None
                ),
                circle=list(circle),
                found_at=at,
            )
        elif rows[edge].circle != list(circle):
            HeldEdge.objects.filter(pk=rows[edge].pk).update(circle=list(circle), found_at=at)
