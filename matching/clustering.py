"""Clustering: one deterministic function of stored pairs and stewards' decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import inf
from typing import Any

from matching.errors import ConflictingConstraints

NodePair = tuple[str, str]
SortKey = Callable[[str], Any]  # Any: whatever sorts


@dataclass(frozen=True, slots=True)
class Pair:
    """Two nodes and their match weight."""

    left: str
    right: str
    weight_bits: float


def connected_components(nodes: Iterable[str], pairs: Iterable[NodePair]) -> list[tuple[str, ...]]:
    """Nodes joined by pairs, each component sorted, components sorted by their first node."""
    parent = {node: node for node in nodes}

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for left, right in pairs:
        one, other = sorted((root(left), root(right)))
        parent[other] = one
    members: defaultdict[str, list[str]] = defaultdict(list)
    for node in sorted(parent):
        members[root(node)].append(node)
    return sorted(tuple(each) for each in members.values())


def cluster(
    nodes: Sequence[str],
    pairs: Sequence[Pair],
    *,
    must_links: Collection[NodePair] = (),
    cannot_links: Collection[NodePair] = (),
    vetoes: Collection[NodePair] = (),
    link_threshold_bits: float,
    floor_bits: float,
    sort_key: SortKey = lambda node: node,
    unique_source_of: Mapping[str, str] | None = None,
) -> list[tuple[str, ...]]:
    """Partition the nodes by constrained agglomeration with average linkage.

    Nodes of a must-link stay together. No cluster holds both ends of a cannot-link or a veto (a must-link outranks a
    veto), nor two nodes that `unique_source_of` gives the same source, unless must-links join them. Of two clusters
    the mean over all their node pairs counts, `floor_bits` standing in for pairs not stored; a weight counts at most
    as far above the threshold as the floor lies below it, so one strong pair can't outvote many missing ones. Of
    clusters that may join, those of the highest uncapped mean do, then those whose first nodes sort first; the order
    of nodes and pairs is of no account. Answers clusters with sorted members, sorted by their first member. Raises
    ConflictingConstraints.
    """
    rank = {node: index for index, node in enumerate(sorted(set(nodes), key=lambda node: (sort_key(node), node)))}
    ordered = sorted(rank, key=rank.__getitem__)
    ceiling = link_threshold_bits + max(link_threshold_bits - floor_bits, 1.0)
    weights: dict[tuple[int, int], float] = {}
    for pair in pairs:
        ends = _ends(rank, (pair.left, pair.right))
        weights[ends] = max(weights.get(ends, floor_bits), pair.weight_bits)
    together = {_ends(rank, each) for each in must_links}
    apart = {_ends(rank, each) for each in cannot_links}
    kept_apart = apart | {_ends(rank, each) for each in vetoes}
    components = _components(
        len(ordered), [*(ends for ends, bits in weights.items() if bits >= link_threshold_bits), *together]
    )
    sources = [(unique_source_of or {}).get(node) for node in ordered]
    inside = _by_component(components, weights)
    inside_apart, inside_together, inside_cannot = (
        [sorted(each) for each in _by_component(components, dict.fromkeys(pairs_of, 0.0))]
        for pairs_of in (kept_apart, together, apart)
    )
    clusters: list[list[int]] = []
    for number, component in enumerate(components):
        if len(component) == 1:
            clusters.append(component)
            continue
        if len(component) == 2 and not inside_together[number]:
            # Most components are a pair, and it was its weight that made it one.
            same_source = sources[component[0]] is not None and sources[component[0]] == sources[component[1]]
            apart_now = bool(inside_apart[number]) or same_source
            clusters.extend([[each] for each in component] if apart_now else [component])
            continue
        agglomeration = _Agglomeration(
            component,
            weights=inside[number],
            apart=inside_apart[number],
            sources=sources,
            floor_bits=floor_bits,
            threshold_bits=link_threshold_bits,
            ceiling_bits=ceiling,
        )
        for one, other in inside_together[number]:
            agglomeration.force(one, other)
        for one, other in inside_cannot[number]:
            if agglomeration.joined(one, other):
                raise ConflictingConstraints(ordered[one], ordered[other])
        clusters.extend(agglomeration.run())
    return [tuple(ordered[each] for each in members) for members in sorted(sorted(each) for each in clusters)]


def _ends(rank: Mapping[str, int], pair: NodePair) -> tuple[int, int]:
    one, other = rank[pair[0]], rank[pair[1]]
    return (one, other) if one < other else (other, one)


def _components(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    parent = list(range(count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    members: defaultdict[int, list[int]] = defaultdict(list)
    for node in range(count):
        members[root(node)].append(node)
    return list(members.values())


def _by_component(
    components: Sequence[Sequence[int]], weights: Mapping[tuple[int, int], float]
) -> list[dict[tuple[int, int], float]]:
    number_of = {node: number for number, component in enumerate(components) for node in component}
    inside: list[dict[tuple[int, int], float]] = [{} for _ in components]
    for ends, bits in weights.items():
        if number_of[ends[0]] == number_of[ends[1]]:
            inside[number_of[ends[0]]][ends] = bits
    return inside


class _Agglomeration:
    """Clusters of one component while they grow. A cluster is named by its smallest node."""

    def __init__(
        self,
        nodes: Sequence[int],
        *,
        weights: Mapping[tuple[int, int], float],
        apart: Collection[tuple[int, int]],
        sources: Sequence[str | None],
        floor_bits: float,
        threshold_bits: float,
        ceiling_bits: float,
    ) -> None:
        self._floor = floor_bits
        self._threshold = threshold_bits
        self._ceiling = ceiling_bits - floor_bits
        self._members: dict[int, list[int]] = {node: [node] for node in nodes}
        self._name: dict[int, int] = {node: node for node in nodes}
        self._sources: dict[int, set[str]] = {node: {each} if (each := sources[node]) else set() for node in nodes}
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
        # Sorted before adding, so that the order of joins can't change the rounding.
        return self._floor + sum(min(each, most) for each in sorted(self._excess[one].get(other, ()))) / size

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
