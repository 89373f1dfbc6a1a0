"""A source system without duplicates gives each golden record one record at most, and is told of when it is not so."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mdm.actors import SYSTEM
from mdm.models import CandidatePair
from mdm.services.decisions import merge_pair
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.training import train_match_model
from stewardship.models import Task, TaskKind, TaskState
from tests.builders import STEWARD, Clock, a_customer, load, roll_out, source_record, the_same_customer, together

# The second half of what the CRM says: each half is enough to link with the CRM, neither with the other.
BETTER = {"email": None, "phone": "+49401234567"}
WORSE = {"vat": None, "phone": None, "street": None, "house_number": None, "postcode": None, "city": None}


def declare(clock: Clock, **match: Any) -> None:
    """Publish the customer rules with these parts of the match section changed."""
    document = published_rules("customer").document.to_document()
    changed = {**document, "match": {**document["match"], **match}}
    publish_rule_set("customer", changed, model=None, actor=SYSTEM, at=clock())
    roll_out(clock)


@pytest.fixture
def clock(hub: None) -> Clock:
    clock = Clock()
    declare(clock, unique_sources=["erp"])
    return clock


def decision_on(one: str, other: str) -> str:
    left, right = sorted((source_record(one).pk, source_record(other).pk))
    return CandidatePair.objects.get(left=left, right=right).decision


def asked() -> set[tuple[str, ...]]:
    """Pairs of source records that stewards are asked about."""
    tasks = Task.objects.filter(kind=TaskKind.MATCH_REVIEW, state=TaskState.OPEN)
    pairs = CandidatePair.objects.filter(pk__in=tasks.values("subject_id"))
    return {
        tuple(sorted(f"{each.source_system.name}:{each.key}" for each in (pair.left, pair.right))) for pair in pairs
    }


def doctor(*options: str) -> str:
    said = StringIO()
    call_command("doctor", "unique-sources", *options, stdout=said)
    return said.getvalue()


@pytest.mark.parametrize("order", [("1", "2"), ("2", "1")])
def test_the_better_rival_has_the_place_whoever_comes_first(clock: Clock, order: tuple[str, str]) -> None:
    said = {"1": the_same_customer("1", **BETTER), "2": the_same_customer("2", **WORSE)}
    load("crm", the_same_customer("1"), at=clock())
    for key in order:
        load("erp", said[key], at=clock())

    assert together(["crm:1", "erp:1"])
    assert not together(["crm:1", "erp:2"])
    assert decision_on("crm:1", "erp:2") == "NO_LINK"
    assert asked() == set()


def test_without_the_declaration_both_are_linked(hub: None) -> None:
    """Negative control: nothing but the declaration keeps the second record out."""
    clock = Clock()
    load("crm", the_same_customer("1"), at=clock())
    load("erp", the_same_customer("1", **BETTER), the_same_customer("2"), at=clock())
    assert together(["crm:1", "erp:1", "erp:2"])


def test_an_evident_repeat_is_not_linked_but_asked_about(clock: Clock) -> None:
    load("crm", the_same_customer("1"), at=clock())
    load("erp", the_same_customer("1"), the_same_customer("2"), at=clock())

    assert not together(["erp:1", "erp:2"])
    assert asked() == {("erp:1", "erp:2")}


def test_repeats_that_other_systems_know_one_by_one_are_settled(clock: Clock) -> None:
    load("erp", the_same_customer("1"), the_same_customer("2", website="https://zwei.example"), at=clock())
    assert asked() == {("erp:1", "erp:2")}
    declare(clock, unique_sources=["crm", "erp"])
    load("crm", the_same_customer("1"), the_same_customer("2", website="https://zwei.example"), at=clock())

    assert together(["crm:2", "erp:2"])
    assert together(["crm:1", "erp:1"])
    assert asked() == set()


def test_a_steward_may_join_them_all_the_same(clock: Clock) -> None:
    load("erp", the_same_customer("1"), the_same_customer("2"), at=clock())

    merge_pair(source_record("erp:1").pk, source_record("erp:2").pk, actor=STEWARD, at=clock())

    assert together(["erp:1", "erp:2"])
    assert asked() == set()


def test_what_was_deleted_and_made_anew_under_another_key_takes_the_place(clock: Clock) -> None:
    load("crm", the_same_customer("1"), at=clock())
    load("erp", the_same_customer("1"), at=clock())
    load("erp", the_same_customer("1", gone=True), at=clock())
    load("erp", the_same_customer("2"), at=clock())

    assert together(["crm:1", "erp:1", "erp:2"])
    assert asked() == set()


def test_the_doctor_tells_of_a_source_that_is_no_longer_free_of_duplicates(clock: Clock) -> None:
    load("erp", the_same_customer("1"), *(a_customer(f"{number}") for number in range(10, 40)), at=clock())
    assert "erp is declared to be free of duplicates; of 31 source records 0 pairs were joined" in doctor()

    load("erp", the_same_customer("2"), at=clock())

    with pytest.raises(CommandError, match="erp holds duplicates of customer records: take it out of unique_sources"):
        doctor()


def test_the_doctor_counts_for_machines_and_knows_when_there_is_nothing_to_look_at(hub: None) -> None:
    assert doctor() == "No source system is taken to be free of duplicates.\n"
    assert json.loads(doctor("--json"))["sources"] == []


PLACES = ["Hamburg", "Bremen", "Kiel", "Rostock", "Emden"]


def office(key: str, number: int, *, phone: bool) -> dict[str, object]:
    return a_customer(
        key,
        name=f"Kontor {number:03} Lagerei",
        phone=f"+4940{number:06}{0 if phone else 7}",
        street=f"Speicherweg {number}",
        city=PLACES[number % len(PLACES)],
        country="DE",
    )


@pytest.mark.parametrize("repeats", [0, 12])
def test_training_finds_which_systems_are_free_of_duplicates(hub: None, repeats: int) -> None:
    clock = Clock()
    load("crm", *(office(f"{number}", number, phone=True) for number in range(150)), at=clock())
    load("erp", *(office(f"{number}", number, phone=False) for number in range(150)), at=clock())
    load("crm", *(office(f"{number}b", number, phone=True) for number in range(repeats)), at=clock())

    trained = train_match_model("customer", actor=SYSTEM, at=clock())
    roll_out(clock)

    assert trained is not None
    expected = ("erp",) if repeats else ("crm", "erp")
    assert published_rules("customer").model.unique_sources == expected
    assert trained.note.endswith(f"; free of duplicates: {', '.join(expected)}")
