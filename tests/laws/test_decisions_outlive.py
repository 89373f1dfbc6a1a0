"""Law 4: a steward's decision outlives every re-match and re-load until a person takes it back."""

import pytest
from django.core.management import call_command

from mdm.errors import ContradictsDecision
from mdm.models import MatchDecision, RuleSet
from mdm.services.decisions import keep_apart, merge_pair, undo
from tests.builders import STEWARD, Clock, a_customer, load, source_record, the_same_customer, together

TWINS = [the_same_customer("1"), the_same_customer("2")]
STRANGERS = [a_customer("3", name="Zementwerk"), a_customer("4", name="Kiesgrube")]
CROWD = [a_customer(f"c{number}", name=f"{number}. Filiale", phone=f"+49401{number:06}") for number in range(210)]


@pytest.fixture
def clock(hub: None) -> Clock:
    """Twins that a steward keeps apart, and strangers that a steward joins."""
    clock = Clock()
    load("crm", *TWINS, *STRANGERS, at=clock())
    decide(keep_apart, "1", "2", clock)
    decide(merge_pair, "3", "4", clock)
    return clock


def decide(verdict: object, left: str, right: str, clock: Clock) -> None:
    assert callable(verdict)
    verdict(source_record(f"crm:{left}").pk, source_record(f"crm:{right}").pk, actor=STEWARD, at=clock())


def stands() -> bool:
    return together(["crm:3", "crm:4"]) and not together(["crm:1", "crm:2"])


@pytest.mark.django_db
def test_what_was_decided_holds_at_once(clock: Clock) -> None:
    assert stands()


@pytest.mark.django_db
def test_telling_again_and_matching_again_change_nothing(clock: Clock) -> None:
    load("crm", *TWINS, *STRANGERS, at=clock())
    load("crm", *({**payload, "modified": "2026-02-01T08:00:00Z"} for payload in TWINS + STRANGERS), at=clock())
    load("erp", the_same_customer("1"), a_customer("3", name="Zementwerk"), at=clock())

    call_command("match", "customer", all=True)

    assert stands()


@pytest.mark.django_db
def test_a_model_trained_anew_changes_nothing(clock: Clock) -> None:
    load("crm", *CROWD, at=clock())
    before = RuleSet.objects.count()

    call_command("match", "customer", train=True)

    assert RuleSet.objects.count() == before + 1
    assert stands()


@pytest.mark.django_db
def test_records_that_are_deleted_still_carry_what_was_decided(clock: Clock) -> None:
    load("crm", *({**payload, "gone": True} for payload in TWINS + STRANGERS), at=clock())
    load("crm", *TWINS, *STRANGERS, at=clock())

    assert stands()


@pytest.mark.django_db
def test_a_decision_against_another_is_refused_however_long_the_way(clock: Clock) -> None:
    decide(merge_pair, "1", "3", clock)

    with pytest.raises(ContradictsDecision):
        decide(merge_pair, "2", "4", clock)


@pytest.mark.django_db
def test_only_taking_it_back_ends_it(clock: Clock) -> None:
    """Negative control: without the decisions, matching has it otherwise."""
    for unit in MatchDecision.objects.values_list("unit", flat=True).distinct():
        undo(unit, actor=STEWARD, at=clock())

    assert together(["crm:1", "crm:2"])
    assert not together(["crm:3", "crm:4"])
