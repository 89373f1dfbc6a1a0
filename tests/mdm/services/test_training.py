"""What stewards decide teaches the match model, and nothing changes before a person publishes it."""

import pytest
from django.core.management import call_command

from mdm.actors import SYSTEM
from mdm.models import AuditEntry, CandidatePair, MatchDecision, RuleSet, RuleSetState
from mdm.services.decisions import keep_apart, merge_pair, undo
from mdm.services.rule_set_versions import version_of
from mdm.services.rule_sets import published_rules, rules_of
from mdm.services.training import LARGEST_BLOCK, draft_trained_model, train_match_model
from tests.builders import STEWARD, Clock, a_customer, load, roll_out, source_record, together

PLACES = ["Hamburg", "Bremen", "Kiel", "Rostock", "Emden"]


def office(key: str, number: int, *, phone: bool) -> dict[str, object]:
    """Two systems tell of one office: the same name, street and city; the CRM alone has its phone right."""
    return a_customer(
        key,
        name=f"Kontor {number:03} Lagerei",
        phone=f"+4940{number:06}{0 if phone else 7}",
        street=f"Speicherweg {number}",
        city=PLACES[number % len(PLACES)],
        country="DE",
    )


@pytest.fixture
def clock(hub: None) -> Clock:
    clock = Clock()
    load("crm", *(office(f"{number}", number, phone=True) for number in range(110)), at=clock())
    load("erp", *(office(f"{number}", number, phone=False) for number in range(110)), at=clock())
    assert train_match_model("customer", actor=SYSTEM, at=clock()) is not None
    roll_out(clock)
    return clock


def decide(verdict: object, numbers: range, clock: Clock) -> None:
    assert callable(verdict)
    for number in numbers:
        if verdict is merge_pair and together([f"crm:{number}", f"erp:{number}"]):
            continue
        pair = source_record(f"crm:{number}").pk, source_record(f"erp:{number}").pk
        verdict(*pair, actor=STEWARD, at=clock())


def weight_of(number: int) -> float:
    left, right = sorted((source_record(f"crm:{number}").pk, source_record(f"erp:{number}").pk))
    return CandidatePair.objects.get(left=left, right=right).weight_bits


@pytest.mark.django_db
def test_decisions_against_lower_the_weight_of_pairs_like_them(clock: Clock) -> None:
    before = weight_of(105)
    decide(keep_apart, range(20), clock)

    made = draft_trained_model("customer", actor=SYSTEM, at=clock())

    assert made is not None
    assert made.state == RuleSetState.DRAFT
    assert "20 decisions of stewards" in made.note
    assert rules_of(made).model.learned_bits
    assert weight_of(105) == before
    call_command("rehearse", "customer", str(made.number))
    call_command("rules", "publish", "customer", str(made.number))
    assert not CandidatePair.objects.filter(left=source_record("crm:105").pk).exists() or weight_of(105) < before - 2


@pytest.mark.django_db
def test_a_decision_taken_back_teaches_nothing(clock: Clock) -> None:
    decide(keep_apart, range(20), clock)
    for unit in MatchDecision.objects.values_list("unit", flat=True).distinct():
        undo(unit, actor=STEWARD, at=clock())

    made = draft_trained_model("customer", actor=SYSTEM, at=clock())

    assert made is not None
    assert rules_of(made).model == published_rules("customer").model


@pytest.mark.django_db
def test_training_in_one_step_is_told_by_the_audit_and_repeating_it_changes_nothing(clock: Clock) -> None:
    waived = AuditEntry.objects.get(action="rule_set.rehearsal_waived")
    in_force = version_of("customer")
    assert (waived.subject_id, waived.reason) == (in_force.pk, "Trained and put in force")

    assert train_match_model("customer", actor=SYSTEM, at=clock()) == in_force
    assert RuleSet.objects.filter(entity_type="customer").count() == in_force.number


@pytest.mark.django_db
def test_few_records_teach_nothing(hub: None) -> None:
    clock = Clock()
    load("crm", office("1", 1, phone=True), at=clock())

    assert draft_trained_model("customer", actor=SYSTEM, at=clock()) is None
    assert RuleSet.objects.filter(entity_type="customer").count() == 1


@pytest.mark.django_db
def test_of_many_records_a_share_is_learned_from_and_oversize_keys_are_found_among_all(clock: Clock) -> None:
    whole = published_rules("customer").model

    made = train_match_model("customer", actor=SYSTEM, at=clock(), most_records=100)

    assert made is not None
    learned_from = int(made.note.split("trained on ")[1].split()[0])
    assert 60 <= learned_from <= 140
    assert rules_of(made).model.oversize == whole.oversize
    assert whole.oversize.split


@pytest.mark.django_db
def test_more_equal_records_than_a_block_holds_are_one_golden_record(clock: Clock) -> None:
    """Their keys are all split and their joint keys cut; what they say as a whole still brings them together."""
    times = LARGEST_BLOCK + 5
    same = {**office("", 500, phone=True), "name": "Speicherhaus Elbblick"}
    load("crm", *({**same, "id": f"same-{number:02}"} for number in range(times)), at=clock())
    assert train_match_model("customer", actor=SYSTEM, at=clock()) is not None
    roll_out(clock)

    assert published_rules("customer").model.oversize.split
    assert together([f"crm:same-{number:02}" for number in range(times)])
