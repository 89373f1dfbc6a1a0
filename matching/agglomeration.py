"""Agglomeration of one component of records with average linkage, under what must stay together or apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import inf

_ROUNDING = 1e-9
"""Bits: means are sums of differences, so that of equal weights may come out below each of them."""


class Agglomeration:
    """Clusters of one component while they grow. A cluster is named by its smallest node.

    Two clusters that hold a node of one source, named by numbers, don't join; -1 is none.
    """

    def __init__(
        self,
        nodes: Sequence[int],
        *,
        weights: Mapping[tuple[int, int], float],
        apart: Collection[tuple[int, int]],
        sources: Mapping[int, int],
        floor_bits: float,
        threshold_bits: float,
        ceiling_bits: float,
    ) -> None:
        self._floor = floor_bits
        self._threshold = threshold_bits - _ROUNDING
        self._ceiling = ceiling_bits - floor_bits
        self._members: dict[int, list[int]] = {node: [node] for node in nodes}
        self._name: dict[int, int] = {node: node for node in nodes}
        self._sources = {node: {sources[node]} - {-1} for node in nodes}
        # Sum of what stored pairs exceed the floor by, and their number, between each two clusters.
        self._excess: dict[int, dict[int, tuple[float, ...]]] = {node: {} for node in nodes}
        for (one, other), bits in sorted(weights.items()):
            self._excess[one][other] = self._excess[other][one] = (bits - floor_bits,)
        self._apart: dict[int, set[int]] = {node: set() for node in nodes}
        for one, other in apart:
            self._apart[one].add(other)
            self._apart[other].add(one)

    def joined(self, one: int, other: int) -> bool:
        """Whether two nodes are in one cluster."""
        return self._name[one] == self._name[other]

    def force(self, one: int, other: int) -> None:
        """Join the clusters of two nodes whatever speaks against it."""
        if not self.joined(one, other):
            self._join(self._name[one], self._name[other])

    def run(self) -> list[list[int]]:
        """Join the closest clusters until none reaches the threshold."""
        queue = [
            (-self._mean(one, other), one, other) for one in self._members for other in self._excess[one] if one < other
        ]
        heapify(queue)
        while queue:
            negative, one, other = heappop(queue)
            if one not in self._members or other not in self._members or self._mean(one, other) != -negative:
                continue
            if self._mean(one, other, most=self._ceiling) < self._threshold:
                continue
            if other in self._apart[one] or self._sources[one] & self._sources[other]:
                continue
            name = self._join(one, other)
            for neighbor in self._excess[name]:
                low, high = sorted((name, neighbor))
                heappush(queue, (-self._mean(low, high), low, high))
        return list(self._members.values())

    def _mean(self, one: int, other: int, *, most: float = inf) -> float:
        size = len(self._members[one]) * len(self._members[other])
        excess = self._excess[one].get(other, ())
        if len(excess) == 1:
            return self._floor + min(excess[0], most) / size
        # Sorted before adding, so that the order of joins can't change the rounding.
        return self._floor + sum(min(each, most) for each in sorted(excess)) / size

    def _join(self, one: int, other: int) -> int:
        keep, gone = sorted((one, other))
        for node in self._members[gone]:
            self._name[node] = keep
        self._members[keep] = sorted([*self._members[keep], *self._members.pop(gone)])
        self._sources[keep] |= self._sources.pop(gone)
        for neighbor, excess in self._excess.pop(gone).items():
            del self._excess[neighbor][gone]
            if neighbor != keep:
                both = tuple(sorted((*self._excess[keep].get(neighbor, ()), *excess)))
                self._excess[keep][neighbor] = self._excess[neighbor][keep] = both
        for neighbor in self._apart.pop(gone):
            self._apart[neighbor].discard(gone)
            if neighbor != keep:
                self._apart[neighbor].add(keep)
                self._apart[keep].add(neighbor)
        return keep
