"""A whole run: equal records land together, order is of no account, an unrelated record changes no weight."""

import pytest

from matching.decision import MatchDecision
from matching.deduplication import deduplicate
from matching.defaults import default_match_rules
from matching.evaluation import pairwise
from matching.records import MatchRecord, RecordBatch

RULES = default_match_rules("customer")
NAMES = [("Anna", "Abernathy"), ("Bob", "Quist"), ("Karl", "Zimmer"), ("Wei", "Ozols"), ("Ines", "Kowal")]


def records() -> list[MatchRecord]:
    return [
        MatchRecord(
            id=f"{source}-{index}",
            source=source,
            values={
                "given_name": given,
                "family_name": family,
                "phone": f"70291913{index}0",
                "city": "Salem",
                "street": f"{index + 3} Elm Street" if source == "crm" else f"{index + 3} Elm St.",
            },
        )
        for index, (given, family) in enumerate(NAMES)
        for source in ("crm", "erp")
    ]


def test_the_same_people_in_two_systems_are_found() -> None:
    found = deduplicate(RecordBatch.from_records(records()), RULES)
    assert found.clusters == tuple((f"crm-{index}", f"erp-{index}") for index in range(len(NAMES)))


def test_the_order_of_records_is_of_no_account() -> None:
    forth = deduplicate(RecordBatch.from_records(records()), RULES)
    back = deduplicate(RecordBatch.from_records(records()[::-1]), RULES)
    assert forth.pairs == back.pairs
    assert forth.clusters == back.clusters


@pytest.mark.parametrize("across", [False, True])
def test_a_pair_is_a_link_exactly_when_a_cluster_holds_both(across: bool) -> None:
    found = deduplicate(RecordBatch.from_records(records()), RULES, across_sources_only=across)
    cluster_of = {each: number for number, members in enumerate(found.clusters) for each in members}
    for pair in found.pairs:
        assert (pair.decision is MatchDecision.LINK) == (cluster_of[pair.left] == cluster_of[pair.right])


def test_equal_records_land_together() -> None:
    twice = [MatchRecord(id=f"x{copy}", source="crm", values=records()[0].values) for copy in range(4)]
    found = deduplicate(RecordBatch.from_records([*records()[2:], *twice]), RULES)
    assert ("x0", "x1", "x2", "x3") in found.clusters


def test_pairwise_scores_do_not_care_which_side_is_left() -> None:
    scores = pairwise([("a", "b"), ("b", "a"), ("c", "d")], [("b", "a"), ("e", "f")])
    assert (scores.precision, scores.recall, scores.found) == (0.5, 0.5, 2)
    assert pairwise([], []).f1 == 0.0


def test_more_processes_find_the_same() -> None:
    alone = deduplicate(RecordBatch.from_records(records()), RULES)
    shared = deduplicate(RecordBatch.from_records(records()), RULES, processes=3)
    assert (shared.pairs, shared.clusters) == (alone.pairs, alone.clusters)
    assert shared.model == alone.model
