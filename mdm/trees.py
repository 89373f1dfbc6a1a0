"""Dated trees: whether a parent would close a circle on any day. Pure; who stores edges asks this first.

Python's `graphlib` and networkx know graphs, not days: two edges of a circle that hold on different days are none.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """In a tree, a parent from `start` until `end`, exclusive; `date.min` and `date.max` are open ends."""

    tree: str
    child: int
    start: date
    end: date
    parent: int


_Walk = tuple[tuple[int, ...], date, date]  # the nodes passed, and the days on which all edges between them hold


@dataclass(slots=True)
class Trees:
    """Edges that close no circle on any day, but for what was written before anybody looked."""

    _parents: dict[tuple[str, int], list[Edge]] = field(default_factory=lambda: defaultdict(list))

    def add(self, edges: Iterable[Edge]) -> None:
        """Add edges that are known to close none."""
        for edge in edges:
            self._parents[edge.tree, edge.child].append(edge)

    def circle_with(self, edge: Edge) -> tuple[int, ...]:
        """From the edge's child over its parent back to the child, where on some day all these edges hold; else ()."""
        walks: list[tuple[int, date, date, tuple[int, ...]]] = [
            (edge.parent, edge.start, edge.end, (edge.child, edge.parent))
        ]
        while walks:
            node, start, end, path = walks.pop()
            if node == edge.child:
                return path
            for above in self._parents.get((edge.tree, node), ()):
                first, last = max(start, above.start), min(end, above.end)
                # A circle that stood before there was a guard is walked once.
                if first < last and above.parent not in path[1:]:
                    walks.append((above.parent, first, last, (*path, above.parent)))
        return ()
