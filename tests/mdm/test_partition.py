from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.partition import Cluster, divided_or_retired, place

Case = tuple[list[Cluster], dict[int, int], dict[int, list[int]]]

GOLDENS = st.integers(101, 106)
quickly = settings(max_examples=60, deadline=None, database=None)


@st.composite
def cases(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Case:
    """Clusters of up to nine source records, some of them placed, some with golden records they once were under."""
    records = list(range(1, draw(st.integers(1, 9)) + 1))
    group_of = draw(st.lists(st.integers(0, 4), min_size=len(records), max_size=len(records)))
    clusters = [tuple(r for r, group in zip(records, group_of, strict=True) if group == each) for each in range(5)]
    current = draw(st.dictionaries(st.sampled_from(records), GOLDENS))
    past = draw(st.dictionaries(st.sampled_from(records), st.lists(GOLDENS, max_size=2, unique=True)))
    return [cluster for cluster in sorted(clusters) if cluster], current, past


@quickly
@given(cases())
def test_every_cluster_has_one_home_and_no_two_share_one(case: Case) -> None:
    clusters, current, past = case

    placement = place(clusters, current, past)

    known = [home for home in placement.homes if home is not None]
    assert placement.clusters == tuple(clusters)
    assert len(placement.homes) == len(clusters)
    assert len(known) == len(set(known))


@quickly
@given(cases())
def test_a_home_is_one_that_a_member_has_or_had(case: Case) -> None:
    clusters, current, past = case

    placement = place(clusters, current, past)

    for cluster, home in zip(placement.clusters, placement.homes, strict=True):
        held = {current[record] for record in cluster if record in current}
        once = {golden for record in cluster for golden in past.get(record, ())}
        assert home is None or home in held or home in once - set(current.values())


@quickly
@given(cases(), st.randoms())
def test_the_order_in_which_records_are_known_is_of_no_account(case: Case, random: Random) -> None:
    clusters, current, past = case

    def shuffled(mapping: dict[int, Any]) -> dict[int, Any]:
        return dict(random.sample(list(mapping.items()), len(mapping)))

    assert place(clusters, shuffled(current), shuffled(past)) == place(clusters, current, past)


@quickly
@given(cases())
def test_an_id_stays_with_the_largest_share_that_has_no_larger_claim(case: Case) -> None:
    clusters, current, past = case

    placement = place(clusters, current, past)

    share = Counter((i, current[r]) for i, cluster in enumerate(clusters) for r in cluster if r in current)
    for (index, golden), count in share.items():
        home = placement.homes[index]
        if home == golden:
            continue
        # It lost the golden record to a share as large, or holds one that it has as large a share of.
        rival = placement.homes.index(golden) if golden in placement.homes else None
        assert (rival is not None and share[rival, golden] >= count) or (
            home is not None and share[index, home] >= count
        )


@quickly
@given(cases())
def test_what_is_left_empty_merges_into_the_cluster_with_most_of_its_records(case: Case) -> None:
    clusters, current, past = case

    placement = place(clusters, current, past)

    assert set(placement.merged) == set(current.values()) - set(placement.homes)
    for golden, index in placement.merged.items():
        shares = [sum(current.get(record) == golden for record in cluster) for cluster in clusters]
        assert shares[index] == max(shares) > 0


@quickly
@given(cases())
def test_placing_again_changes_nothing(case: Case) -> None:
    clusters, current, past = case
    first = place(clusters, current, past)
    homes = [home if home is not None else 900 + index for index, home in enumerate(first.homes)]
    settled = {record: home for cluster, home in zip(clusters, homes, strict=True) for record in cluster}

    again = place(clusters, settled, past)

    assert again.homes == tuple(homes)
    assert not again.merged
    assert not divided_or_retired(again, settled)


def test_an_id_lives_again_after_an_unmerge() -> None:
    placement = place([(1, 2), (3,)], {1: 101, 2: 101, 3: 101}, {3: [102]})

    assert placement.homes == (101, 102)


def test_ties_go_to_the_lower_id_then_to_the_earlier_cluster() -> None:
    assert place([(1, 2)], {1: 102, 2: 101}, {}).homes == (101,)
    assert place([(1,), (2,)], {1: 101, 2: 101}, {}).homes == (101, None)


def test_a_record_that_left_its_golden_record_harms_it() -> None:
    placement = place([(1, 2), (3,)], {1: 101, 2: 101, 3: 101}, {})

    assert divided_or_retired(placement, {1: 101, 2: 101, 3: 101}) == {101}


@quickly
@given(cases(), st.dictionaries(st.integers(1, 9), GOLDENS))
def test_what_an_undoing_makes_as_it_was_has_its_id_again(case: Case, former: dict[int, int]) -> None:
    clusters, current, past = case
    free = {*current.values(), *(golden for goldens in past.values() for golden in goldens)}
    stood = {golden: {record for record, home in former.items() if home == golden} for golden in former.values()}

    placement = place(clusters, current, past, former=former)

    for cluster, home in zip(placement.clusters, placement.homes, strict=True):
        known = set(cluster) & former.keys() & {record for record in former if former[record] in free}
        for golden, members in stood.items():
            if golden in free and known == members:
                assert home == golden


def test_an_undoing_that_leaves_a_cluster_as_it_is_keeps_its_id_and_gives_the_other_back() -> None:
    placement = place([(1, 2, 3), (4,)], {1: 103, 2: 103, 3: 103, 4: 103}, {4: [104]}, former={1: 101, 2: 102, 4: 104})
    assert placement.homes == (103, 104)

    unchanged = place(
        [(1, 2, 3), (4,)], {1: 103, 2: 103, 3: 103, 4: 104}, {1: [101], 2: [102]}, former={1: 101, 2: 102}
    )
    assert unchanged.homes == (103, 104)


def test_of_equal_former_shares_the_one_that_is_there_already_has_the_id() -> None:
    placement = place([(1, 4), (2, 5)], {1: 102, 2: 101, 4: 102, 5: 102}, {1: [101]}, former={1: 101, 2: 101})
    assert placement.homes == (102, 101)
