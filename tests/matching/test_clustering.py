"""Clusters partition the nodes in any order and never cross what keeps nodes apart."""

from itertools import combinations
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.clustering import Pair, cluster
from matching.components import component_of_rows, members_of
from matching.errors import ConflictingConstraints

NODES = tuple("abcdefgh")
ends = st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(lambda pair: pair[0] != pair[1])
weighted = st.lists(
    st.builds(lambda pair, bits: Pair(pair[0], pair[1], bits), ends, st.sampled_from([2.0, 7.5, 12.0, 30.0])),
    max_size=20,
)


def run(pairs: list[Pair], **constraints: Any) -> list[tuple[str, ...]]:
    return cluster(NODES, pairs, link_threshold_bits=10.0, floor_bits=4.0, **constraints)


def crossing(clusters: list[tuple[str, ...]], kept_apart: list[tuple[str, str]]) -> list[tuple[str, str]]:
    inside = {frozenset(pair) for members in clusters for pair in combinations(members, 2)}
    return [pair for pair in kept_apart if frozenset(pair) in inside]


@settings(max_examples=150, deadline=None)
@given(pairs=weighted, apart=st.lists(ends, max_size=4), random=st.randoms(use_true_random=False))
def test_clusters_partition_the_nodes_whatever_the_order(
    pairs: list[Pair], apart: list[tuple[str, str]], random: Random
) -> None:
    clusters = run(pairs, cannot_links=apart)
    assert sorted(node for members in clusters for node in members) == sorted(NODES)
    turned = [Pair(pair.right, pair.left, pair.weight_bits) for pair in random.sample(pairs, len(pairs))]
    shuffled = cluster(
        random.sample(NODES, len(NODES)), turned, cannot_links=apart, link_threshold_bits=10.0, floor_bits=4.0
    )
    assert shuffled == clusters


@settings(max_examples=150, deadline=None)
@given(pairs=weighted, apart=st.lists(ends, max_size=4), vetoes=st.lists(ends, max_size=4))
def test_no_cluster_crosses_a_cannot_link_or_a_veto(
    pairs: list[Pair], apart: list[tuple[str, str]], vetoes: list[tuple[str, str]]
) -> None:
    assert not crossing(run(pairs, cannot_links=apart, vetoes=vetoes), [*apart, *vetoes])


def test_without_the_cannot_link_the_same_pair_would_join() -> None:
    pairs = [Pair("a", "b", 30.0)]
    assert crossing(run(pairs), [("a", "b")])
    assert not crossing(run(pairs, cannot_links=[("a", "b")]), [("a", "b")])


@settings(max_examples=100, deadline=None)
@given(pairs=weighted, together=st.lists(ends, max_size=4), vetoes=st.lists(ends, max_size=4))
def test_must_links_stay_together_even_over_a_veto(
    pairs: list[Pair], together: list[tuple[str, str]], vetoes: list[tuple[str, str]]
) -> None:
    clusters = run(pairs, must_links=together, vetoes=vetoes)
    assert len(crossing(clusters, together)) == len(together)


def test_must_links_that_close_a_path_over_a_cannot_link_are_refused() -> None:
    with pytest.raises(ConflictingConstraints):
        run([], must_links=[("a", "b"), ("b", "c")], cannot_links=[("a", "c")])


@settings(max_examples=100, deadline=None)
@given(pairs=weighted)
def test_no_cluster_holds_two_records_of_a_source_without_duplicates(pairs: list[Pair]) -> None:
    sources = {node: "crm" if node < "e" else "erp" for node in NODES}
    for members in run(pairs, unique_source_of=sources):
        assert len({sources[node] for node in members}) == len(members)


def test_a_bridge_does_not_join_two_dense_groups() -> None:
    dense = [Pair(*pair, weight_bits=20.0) for group in ("abc", "def") for pair in combinations(group, 2)]
    assert run([*dense, Pair("c", "d", 12.0)])[:2] == [("a", "b", "c"), ("d", "e", "f")]


def test_the_stronger_of_two_rivals_wins() -> None:
    sources = {"a": "crm", "b": "erp", "c": "erp"}
    pairs = [Pair("a", "b", 40.0), Pair("a", "c", 41.0)]
    assert ("a", "c") in run(pairs, unique_source_of=sources)


def test_the_sort_key_breaks_ties() -> None:
    sources = {"a": "crm", "b": "erp", "c": "erp"}
    pairs = [Pair("a", "b", 20.0), Pair("a", "c", 20.0)]
    assert ("a", "b") in run(pairs, unique_source_of=sources)
    assert ("a", "c") in [
        tuple(sorted(m)) for m in run(pairs, unique_source_of=sources, sort_key=lambda node: -ord(node))
    ]


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=14))
def test_rows_are_connected_exactly_where_a_path_of_pairs_leads(pairs: list[tuple[int, int]]) -> None:
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    component = component_of_rows(12, ends[:, 0], ends[:, 1])
    reached = {row: {row} for row in range(12)}
    for _ in range(12):
        for one, other in pairs:
            reached[one] = reached[other] = reached[one] | reached[other]
            for each in reached[one]:
                reached[each] = reached[one]
    assert component.tolist() == [min(reached[row]) for row in range(12)]
    assert members_of(component) == sorted(sorted(each) for each in {frozenset(each) for each in reached.values()})


def test_records_whose_pairs_weigh_exactly_what_links_are_linked() -> None:
    """The mean of equal weights may come out a last bit below each of them."""
    names = [f"crm:{number:02}" for number in range(30)]
    limit = 11.964100395855679
    pairs = [Pair(one, other, limit) for place, one in enumerate(names) for other in names[place + 1 :]]

    assert cluster(names, pairs, floor_bits=1.7527892801500586, link_threshold_bits=limit) == [tuple(names)]
