"""A whole run: equal records land together, order is of no account, an unrelated record changes no weight."""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.decision import MatchDecision
from matching.deduplication import Deduplication, deduplicate
from matching.defaults import default_match_rules
from matching.evaluation import pairwise
from matching.model import default_model
from matching.records import MatchRecord, MatchValue, RecordBatch
from matching.scoring import score_pairs
from matching.standardize import standardize_batch

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


PRODUCTS = ["Sony Bravia KDL-40 LCD TV", "Canon EOS 450D Kit", "Bose Wave Radio III", "Apple iPod Nano 8GB Silver"]
PLACES = [
    ("Salem Public Library", "3 Elm Street", "Salem", "01970", "7029191300"),
    ("Ozols Bakery", "17 Quay Road", "Riga", "10501", "6712345670"),
    ("Zimmer Tool Hire", "88 Mill Lane", "Leeds", "30122", "1138765432"),
    ("Kowal Flowers", "5 Market Row", "Krakow", "30960", "1267788990"),
]


def of_type(entity_type: str) -> list[dict[str, MatchValue]]:
    """A few things that differ; the first will be repeated."""
    if entity_type == "product":
        return [{"name": name, "brand": name.partition(" ")[0], "price": f"{len(name)}.50"} for name in PRODUCTS]
    if entity_type == "location":
        return [dict(zip(("name", "street", "city", "postcode", "phone"), said, strict=True)) for said in PLACES]
    return [dict(each.values) for each in records()]


@pytest.mark.parametrize("entity_type", ["customer", "product", "location"])
@pytest.mark.parametrize("times", [4, 11, RULES.block_cap + 1, 2 * RULES.block_cap])
def test_equal_records_land_together_however_many_they_are(entity_type: str, times: int) -> None:
    first, *rest = of_type(entity_type)
    copies = named((f"x{copy:04}" for copy in range(times)), [first] * times)
    others = named((f"y{number}" for number in range(len(rest))), rest)

    found = deduplicate(RecordBatch.from_records([*others, *copies]), default_match_rules(entity_type))

    assert any(set(members).issuperset(copy.id for copy in copies) for members in found.clusters)
    linked = {each for pair in found.pairs if pair.decision is MatchDecision.LINK for each in (pair.left, pair.right)}
    assert linked.issuperset(copy.id for copy in copies)


def test_a_record_like_many_equal_ones_is_found_with_them() -> None:
    values = records()[0].values
    copies = [MatchRecord(f"x{copy:04}", "crm", values) for copy in range(400)]
    alike = MatchRecord("y", "crm", {**values, "street": "3 Elm St, Apartment 7"})
    found = deduplicate(RecordBatch.from_records([*records()[2:], alike, *copies]), RULES)
    assert (*(copy.id for copy in copies), "y") in found.clusters


@pytest.mark.parametrize("across", [False, True])
def test_copies_in_a_source_without_duplicates_stay_apart(across: bool) -> None:
    copies = [MatchRecord(f"x{copy:04}", "crm", records()[0].values) for copy in range(200)]
    batch = RecordBatch.from_records([*records()[2:], *copies])
    found = deduplicate(batch, RULES, unique_sources=("crm",), across_sources_only=across)
    assert {(copy.id,) for copy in copies} <= set(found.clusters)


def test_no_more_pairs_are_missed_than_there_are() -> None:
    several = [
        MatchRecord(f"{name}{number:04}", "crm", {"given_name": "Maria", "family_name": "Hoffmann", "city": name})
        for name in ("Berlin", "Bern", "Basel")
        for number in range(100)
    ]
    assert deduplicate(RecordBatch.from_records(several), RULES).blocking.pairs_cut <= 300 * 299 // 2


@pytest.mark.parametrize("count", [0, 1])
def test_a_file_without_pairs_has_none(count: int) -> None:
    found = deduplicate(RecordBatch.from_records(records()[:count]), RULES)
    assert (len(found.pairs), len(found.clusters)) == (0, count)


def test_pairwise_scores_do_not_care_which_side_is_left() -> None:
    scores = pairwise([("a", "b"), ("b", "a"), ("c", "d")], [("b", "a"), ("e", "f")])
    assert (scores.precision, scores.recall, scores.found) == (0.5, 0.5, 2)
    assert pairwise([], []).f1 == 0.0


def test_more_processes_find_the_same() -> None:
    alone = deduplicate(RecordBatch.from_records(records()), RULES)
    shared = deduplicate(RecordBatch.from_records(records()), RULES, processes=3)
    assert (shared.pairs, shared.clusters) == (alone.pairs, alone.clusters)
    assert shared.model == alone.model


BERLIN = {"given_name": "Anna", "family_name": "Muster", "street": "Hauptstrasse 12", "city": "Berlin", "country": "DE"}
MUNICH = {"given_name": "Anna", "family_name": "Muster", "street": "Lindenweg 3", "city": "Munich", "country": "DE"}
FIRST = {"email": "anna.muster@acme.de", "phone": "0301234567"}
SECOND = {"email": "a.muster@beta.de", "phone": "0897654321"}
NAMESAKES: list[dict[str, MatchValue]] = [
    {**BERLIN, **FIRST, "date_of_birth": "1980-03-12", "tax_id": "DE136695976"},
    {**BERLIN, **{name: (FIRST[name], SECOND[name]) for name in FIRST}},
    {**MUNICH, **SECOND, "date_of_birth": "1955-11-30", "tax_id": "DE129274202"},
    {**MUNICH, **FIRST, "tax_id": "DE129274202"},
    {**BERLIN, "email": FIRST["email"], "date_of_birth": "1955-11-30"},
]


def crossed_vetoes(records: Sequence[MatchRecord], found: Deduplication) -> list[tuple[str, str]]:
    """Pairs inside a cluster that bear a veto, whether or not blocking found them and whatever they weigh."""
    standardized = standardize_batch(RecordBatch.from_records(records), RULES)
    row_of = {record.id: row for row, record in enumerate(records)}
    inside = [pair for members in found.clusters for pair in combinations(members, 2)]
    left, right = (np.array([row_of[pair[side]] for pair in inside], dtype=np.int32) for side in (0, 1))
    scored = score_pairs(standardized, left, right, RULES, found.model)
    return [pair for pair, vetoes in zip(inside, scored.vetoes.tolist(), strict=True) if vetoes]


def test_a_record_that_resembles_both_does_not_join_two_people_of_different_tax_ids() -> None:
    found = deduplicate(RecordBatch.from_records(named("abc", NAMESAKES)), RULES)
    assert found.clusters == (("a", "b"), ("c",))
    assert [(pair.left, pair.right) for pair in found.pairs if pair.decision is MatchDecision.LINK] == [("a", "b")]


@settings(max_examples=40, deadline=None)
@given(chosen=st.lists(st.sampled_from(range(len(NAMESAKES))), min_size=3, max_size=9))
def test_no_cluster_crosses_a_veto(chosen: list[int]) -> None:
    some = named((f"r{number}" for number in range(len(chosen))), [NAMESAKES[each] for each in chosen])
    found = deduplicate(RecordBatch.from_records(some), RULES, model=default_model(RULES))
    assert not crossed_vetoes(some, found)


def test_no_cluster_of_more_than_are_completed_crosses_a_veto() -> None:
    """Where so many belong together that not every pair is looked at beforehand."""
    bearer = {**NAMESAKES[1], "date_of_birth": "1980-03-12"}
    many = [{**bearer, "house_number": str(number)} for number in range(70)]
    some = named((f"r{number:02d}" for number in range(72)), [*many, NAMESAKES[0], NAMESAKES[2]])
    found = deduplicate(RecordBatch.from_records(some), RULES, model=default_model(RULES))
    assert max(map(len, found.clusters)) > 60
    assert not crossed_vetoes(some, found)


def named(ids: Iterable[str], values: Sequence[dict[str, MatchValue]]) -> list[MatchRecord]:
    return [MatchRecord(id=each, source="crm", values=said) for each, said in zip(ids, values, strict=False)]
