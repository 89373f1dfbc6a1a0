"""Clustering: one deterministic function of stored pairs and stewards' decisions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.components import RowPairs, Rows, component_of_rows, members_of
from matching.open_components import OpenComponents
from matching.workers import done_by

NodePair = tuple[str, str]
SortKey = Callable[[str], Any]  # Any: whatever sorts


@dataclass(frozen=True, slots=True)
class Pair:
    """Two nodes and their match weight."""

    left: str
    right: str
    weight_bits: float


NO_PAIRS = RowPairs.of(())
_ROUNDING_BITS = 1e-6


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
    ordered = sorted(set(nodes), key=lambda node: (sort_key(node), node))
    rank = {node: index for index, node in enumerate(ordered)}
    weights: dict[tuple[int, int], float] = {}
    for pair in pairs:
        ends = _ends(rank, (pair.left, pair.right))
        weights[ends] = max(weights.get(ends, floor_bits), pair.weight_bits)
    number_of: dict[str, int] = {}
    source_of = unique_source_of or {}
    first = cluster_rows(
        len(ordered),
        RowPairs.of(weights),
        np.array([weights[ends] for ends in sorted(weights)], dtype=np.float64),
        together=RowPairs.of({_ends(rank, each) for each in must_links}),
        cannot=RowPairs.of({_ends(rank, each) for each in cannot_links}),
        vetoes=RowPairs.of({_ends(rank, each) for each in vetoes}),
        link_threshold_bits=link_threshold_bits,
        floor_bits=floor_bits,
        sources=np.array(
            [number_of.setdefault(source, len(number_of)) if (source := source_of.get(n)) else -1 for n in ordered],
            dtype=np.int64,
        ),
        names=ordered,
    )
    return [tuple(ordered[each] for each in members) for members in members_of(first)]


def cluster_rows(
    count: int,
    pairs: RowPairs,
    bits: NDArray[np.float64],
    *,
    together: RowPairs = NO_PAIRS,
    cannot: RowPairs = NO_PAIRS,
    vetoes: RowPairs = NO_PAIRS,
    link_threshold_bits: float,
    floor_bits: float,
    sources: Rows,
    names: Sequence[str] = (),
    processes: int = 1,
) -> Rows:
    """`cluster`, with rows for nodes: each pair once, ties by row. Answers the first row of each row's cluster.

    `sources` numbers the source without duplicates of each row, -1 for another; `names` are told of in errors.
    `processes` share the work.
    """
    strong = pairs.chosen(bits >= link_threshold_bits)
    component = component_of_rows(
        count, np.concatenate([strong.left, together.left]), np.concatenate([strong.right, together.right])
    )
    sizes = np.bincount(component, minlength=count)
    forced, barred, apart = (_inside(component, each) for each in (together, cannot, vetoes))
    is_forced, is_apart = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    is_forced[component[forced.left]] = True
    is_apart[component[apart.left]] = is_apart[component[barred.left]] = True
    # Most components are a pair, and it was its weight that made it one.
    is_pair = (sizes == 2) & ~is_forced
    is_apart |= is_pair & (np.bincount(component[sources >= 0], minlength=count) == 2) & _one_source(component, sources)
    first = np.where((is_pair & is_apart)[component], np.arange(count), component)
    agreed = _agreed(component, sizes, pairs, bits, link_threshold_bits=link_threshold_bits, sources=sources)
    is_open = ((sizes > 2) & ~(agreed & ~is_apart)) | is_forced
    open_ = OpenComponents.of(
        component,
        is_open,
        weights=(pairs, bits),
        forced=forced,
        barred=barred,
        apart=apart,
        sources=sources,
        names=names,
        link_threshold_bits=link_threshold_bits,
        floor_bits=floor_bits,
    )
    for clustered, first_of_cluster in done_by(processes, [partial(open_.clusters, each) for each in open_.portions()]):
        first[clustered] = first_of_cluster
    return first


def _inside(component: Rows, pairs: RowPairs) -> RowPairs:
    """The pairs inside one component."""
    return pairs.chosen(component[pairs.left] == component[pairs.right])


def _one_source(component: Rows, sources: Rows) -> NDArray[np.bool_]:
    """By first row, components whose rows are all of one source."""
    other = np.zeros(len(component), dtype=np.bool_)
    other[component[sources != sources[component]]] = True
    return ~other


def _agreed(
    component: Rows,
    sizes: Rows,
    pairs: RowPairs,
    bits: NDArray[np.float64],
    *,
    link_threshold_bits: float,
    sources: Rows,
) -> NDArray[np.bool_]:
    """By first row, components of three and more whose every pair links: any mean of such weights does too.

    The margin keeps the rounding of a mean out of it.
    """
    links = (component[pairs.left] == component[pairs.right]) & (bits >= link_threshold_bits + _ROUNDING_BITS)
    found = np.bincount(component[pairs.left[links]], minlength=len(sizes))
    rivals = np.bincount(component[sources >= 0], minlength=len(sizes))
    agreed: NDArray[np.bool_] = (sizes > 2) & (found == sizes * (sizes - 1) // 2) & (rivals == 0)
    return agreed


def _ends(rank: Mapping[str, int], pair: NodePair) -> tuple[int, int]:
    one, other = rank[pair[0]], rank[pair[1]]
    return (one, other) if one < other else (other, one)
