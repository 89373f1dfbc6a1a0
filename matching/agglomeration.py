"""Agglomeration of one component of records with average linkage, under what must stay together or apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from heapq import heapify, heappop, heappush

_ROUNDING = 1e-9
"""Bits: means are sums of differences, so that of equal weights may come out below each of them."""


class Agglomeration:
    """Clusters of one component while they grow. A cluster is named by its smallest node.

    `pairs` tells each stored pair once, the smaller node first, and its weight. Two clusters that hold a node of one
    source, named by numbers, don't join; -1 is none.
    """

    def __init__(
        self,
        nodes: Sequence[int],
        *,
        pairs: Collection[tuple[int, int, float]],
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
        self._sources = {node: {sources[node]} - {-1} for node in nodes} if sources else {}
        # What stored pairs exceed the floor by, rising, between each two clusters.
        self._excess: dict[int, dict[int, tuple[float, ...]]] = {node: {} for node in nodes}
        for one, other, bits in pairs:
            self._excess[one][other] = self._excess[other][one] = (bits - floor_bits,)
        self._apart: dict[int, set[int]] = {node: set() for node in nodes}
        for one, other in apart:
            self._apart[one].add(other)
            self._apart[other].add(one)
        # Two clusters that may join, by the mean between them; which of these are no longer true, the means tell.
        self._queue: list[tuple[float, int, int]] = []
        self._means: dict[tuple[int, int], float] = {}

    def joined(self, one: int, other: int) -> bool:
        """Whether two nodes are in one cluster."""
        return self._name[one] == self._name[other]

    def force(self, one: int, other: int) -> None:
        """Join the clusters of two nodes whatever speaks against it."""
        if not self.joined(one, other):
            self._join(self._name[one], self._name[other])

    def run(self) -> list[list[int]]:
        """Join the closest clusters until none reaches the threshold."""
        self._queue = [
            (-self._means[one, other], one, other)
            for one, neighbors in self._excess.items()
            for other in neighbors
            if one < other and self._may_join(one, other)
        ]
        heapify(self._queue)
        while self._queue:
            negative, one, other = heappop(self._queue)
            if self._means.get((one, other)) != -negative or self._kept_apart(one, other):
                continue
            name = self._join(one, other)
            for neighbor in self._excess[name]:
                low, high = (name, neighbor) if name < neighbor else (neighbor, name)
                if self._may_join(low, high):
                    heappush(self._queue, (-self._means[low, high], low, high))
        return list(self._members.values())

    def _may_join(self, one: int, other: int) -> bool:
        """Whether two clusters reach the threshold and nothing keeps them apart, which later joins never change.

        The mean between them is then kept.
        """
        excess, most = self._excess[one][other], self._ceiling
        size = len(self._members[one]) * len(self._members[other])
        # The tuples rise, so that the order of joins can't change the rounding.
        total = capped = excess[0] if len(excess) == 1 else sum(excess)
        if excess[-1] > most:
            capped = most if len(excess) == 1 else sum([min(most, each) for each in excess])
        mean = self._floor + total / size
        if self._floor + capped / size < self._threshold or self._kept_apart(one, other):
            self._means.pop((one, other), None)
            return False
        self._means[one, other] = mean
        return True

    def _kept_apart(self, one: int, other: int) -> bool:
        if other in self._apart[one]:
            return True
        return bool(self._sources) and not self._sources[one].isdisjoint(self._sources[other])

    def _join(self, one: int, other: int) -> int:
        keep, gone = sorted((one, other))
        for node in self._members[gone]:
            self._name[node] = keep
        self._members[keep] = sorted([*self._members[keep], *self._members.pop(gone)])
        if self._sources:
            self._sources[keep] |= self._sources.pop(gone)
        for neighbor, excess in self._excess.pop(gone).items():
            del self._excess[neighbor][gone]
            self._means.pop((gone, neighbor) if gone < neighbor else (neighbor, gone), None)
            if neighbor != keep:
                both = tuple(sorted((*self._excess[keep].get(neighbor, ()), *excess)))
                self._excess[keep][neighbor] = self._excess[neighbor][keep] = both
        for neighbor in self._apart.pop(gone):
            self._apart[neighbor].discard(gone)
            if neighbor != keep:
                self._apart[neighbor].add(keep)
                self._apart[keep].add(neighbor)
        return keep
