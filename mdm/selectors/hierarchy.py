"""Dated trees read: who stands above and below on a day, and which locations that comes to. As known now or then."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import LiteralString

from mdm.selectors.price_facts.known import Knowledge

MOST_LEVELS = 200  # deeper than any company

# What is known now has no circles. What was known at a position between two moves that gave it can have one: nobody is
# met twice on the way down or up.
_ABOVE: LiteralString = """
WITH RECURSIVE above (path, valid) AS (
    SELECT ARRAY[fact.golden_record_id, fact.parent_id], fact.valid FROM mdm_hierarchyedge AS fact
    WHERE fact.golden_record_id = %(node)s AND fact.tree = %(tree)s AND fact.valid @> %(on)s::date AND {known}
    UNION ALL
    SELECT above.path || fact.parent_id, fact.valid
    FROM above JOIN mdm_hierarchyedge AS fact ON fact.golden_record_id = above.path[cardinality(above.path)]
    WHERE fact.tree = %(tree)s AND fact.valid @> %(on)s::date AND {known} AND fact.parent_id <> ALL(above.path)
)
SELECT path[cardinality(path)], lower(valid), upper(valid) FROM above ORDER BY cardinality(path)
"""
_TOPS: LiteralString = """
WITH RECURSIVE above (node, path) AS (
    SELECT asked, ARRAY[asked] FROM unnest(%(nodes)s::bigint[]) AS asked
    UNION ALL
    SELECT above.node, above.path || fact.parent_id
    FROM above JOIN mdm_hierarchyedge AS fact ON fact.golden_record_id = above.path[cardinality(above.path)]
    WHERE fact.tree = %(tree)s AND fact.valid @> %(on)s::date AND {known} AND fact.parent_id <> ALL(above.path)
)
SELECT DISTINCT ON (node) node, path[cardinality(path)] FROM above ORDER BY node, cardinality(path) DESC
"""
# From a node to the one after it: its first child, else the next child of the nearest above that has one. Each step
# looks the index up once a level, so that a page costs what it holds, however much lies below. PostgreSQL tells
# rows as it makes them, and ends the recursion where LIMIT has enough.
_WALK: LiteralString = """
WITH RECURSIVE walk (path, valid) AS (
    SELECT %(path)s::bigint[], daterange(NULL, NULL)
    UNION ALL
    SELECT walk.path[1:step.level] || step.node, step.valid
    FROM walk CROSS JOIN LATERAL (
        SELECT level, child.node, child.valid
        FROM generate_series(least(cardinality(walk.path), %(levels)s), 1, -1) AS level
        CROSS JOIN LATERAL (
            SELECT fact.golden_record_id AS node, fact.valid FROM mdm_hierarchyedge AS fact
            WHERE fact.parent_id = walk.path[level] AND fact.tree = %(tree)s AND fact.valid @> %(on)s::date AND {known}
              AND fact.golden_record_id > coalesce(walk.path[level + 1], 0) AND fact.golden_record_id <> ALL(walk.path)
            ORDER BY fact.golden_record_id LIMIT 1
        ) AS child
        ORDER BY level DESC LIMIT 1
    ) AS step
)
"""
_BELOW: LiteralString = (
    _WALK
    + """
SELECT path[cardinality(path)], path[cardinality(path) - 1], cardinality(path) - 1, lower(valid), upper(valid)
FROM walk OFFSET 1 LIMIT %(limit)s
"""
)
_LOCATIONS: LiteralString = (
    _WALK  # noqa: S608 - literals
    + """
SELECT place.location, walk.path[cardinality(walk.path)], place.roles
FROM walk CROSS JOIN LATERAL (
    SELECT fact.golden_record_id AS location, array_agg(DISTINCT fact.role ORDER BY fact.role) AS roles
    FROM mdm_locationrole AS fact
    WHERE fact.customer_id = walk.path[cardinality(walk.path)] AND (%(role)s = '' OR fact.role = %(role)s)
      AND fact.valid @> %(on)s::date AND {known}
      AND (walk.path <> %(path)s::bigint[] OR fact.golden_record_id > %(after)s)
    GROUP BY fact.golden_record_id ORDER BY fact.golden_record_id
) AS place LIMIT %(limit)s
"""
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A tree on a day, as known at a feed position; None means now."""

    tree: str
    on: date
    position: int | None = None

    @property
    def known(self) -> Knowledge:
        """What is known there."""
        return Knowledge(self.position)


@dataclass(frozen=True, slots=True)
class Above:
    """An ancestor; the days are those of the edge that leads up to it, half-open, None an open end."""

    golden_id: int
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Below:
    """A descendant, `level` 1 for a child, with the parent that the edge of these days leads to."""

    golden_id: int
    parent_id: int
    level: int
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Place:
    """A location, what it is to which customer."""

    golden_id: int
    customer_id: int
    roles: tuple[str, ...]


def ancestors_of(golden_id: int, asked: Asked) -> list[Above]:
    """From the parent upward."""
    rows = asked.known.rows(_ABOVE, {"node": golden_id, "tree": asked.tree, "on": asked.on})
    return [Above(*row) for row in rows]


def tops_of(golden_ids: Collection[int], asked: Asked) -> dict[int, int]:
    """By golden record the last one upward; itself where nothing stands above it."""
    given = {"nodes": sorted(golden_ids), "tree": asked.tree, "on": asked.on}
    return dict(asked.known.rows(_TOPS, given)) if golden_ids else {}


def path_down(golden_id: int, asked: Asked, *, after: int) -> list[int] | None:
    """From the golden record down to `after`, both included; None where that does not stand below it."""
    if after in (0, golden_id):
        return [golden_id]
    upward = [after, *(each.golden_id for each in ancestors_of(after, asked))]
    return upward[: upward.index(golden_id) + 1][::-1] if golden_id in upward else None


def descendants_of(path: list[int], asked: Asked, *, limit: int, levels: int = MOST_LEVELS) -> list[Below]:
    """The next ones after a `path_down`, depth first, children in the order of their ids; `levels` 1: children only."""
    given = {"path": path, "levels": levels, "limit": limit, "tree": asked.tree, "on": asked.on}
    return [Below(*row) for row in asked.known.rows(_BELOW, given)]


def locations_under(
    path: list[int], asked: Asked, *, role: str = "", after: int = 0, limit: int, levels: int = MOST_LEVELS
) -> list[Place]:
    """Locations of a customer and all below it, in the order of the walk; `role` empty means any.

    Goes on after the location `after` of the last customer of the path. `levels` 0: of the customer alone.
    """
    given = {"path": path, "levels": levels, "limit": limit, "tree": asked.tree, "on": asked.on}
    rows = asked.known.rows(_LOCATIONS, {**given, "role": role, "after": after})
    return [Place(location, customer, tuple(roles)) for location, customer, roles in rows]
