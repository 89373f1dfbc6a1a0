"""Decisions that are asked about again: when, once, and never lifted by themselves."""

from datetime import timedelta
from typing import Any

import pytest

from mdm.errors import NotFound, StateConflict
from mdm.models import MatchDecision, ReopeningCondition, ReopeningKind
from mdm.services.decisions import keep_apart, merge_pair, undo
from mdm.services.reopening import InvalidCondition, Reopening, keep_decision
from mdm.services.upkeep import keep_up
from stewardship.models import Task, TaskKind, TaskState
from tests.builders import STEWARD, Clock, a_customer, golden_of, load, source_record, the_same_customer

AGREE = Reopening(ReopeningKind.AGREE, "tax_registrations")
OTHER = {"street": "Ring", "city": "Trier", "postcode": "54290", "phone": "+49651208", "email": "kies@kies.example"}


@pytest.fixture
def clock(hub: None) -> Clock:
    clock = Clock()
    load("crm", the_same_customer("1"), at=clock())
    load("erp", a_customer("1", name="Kiesgrube West", vat="DE811569869", **OTHER), at=clock())
    return clock


def apart(clock: Clock, condition: Reopening) -> Any:
    pair = [source_record(name).pk for name in ("crm:1", "erp:1")]
    return keep_apart(*pair, actor=STEWARD, at=clock(), reopen_when=condition).unit


def asked() -> list[int]:
    return list(Task.objects.filter(kind=TaskKind.DECISION, state=TaskState.OPEN).values_list("subject_id", flat=True))


def tells(clock: Clock, **said: Any) -> None:
    load("erp", a_customer("1", **{"name": "Kiesgrube West", "vat": "DE811569869", **OTHER, **said}), at=clock())


def test_tax_ids_that_come_to_agree_open_a_task_and_lift_nothing(clock: Clock) -> None:
    unit = apart(clock, AGREE)
    tells(clock, name="Kiesgrube Nord")
    assert asked() == []

    tells(clock, vat="DE136695976")

    (condition,) = ReopeningCondition.objects.filter(unit=unit)
    assert asked() == [condition.pk]
    assert golden_of("crm:1") != golden_of("erp:1")
    assert MatchDecision.objects.filter(unit=unit, closed_at=None).exists()


def test_a_record_that_joined_later_counts_for_its_side(clock: Clock) -> None:
    apart(clock, AGREE)

    load("erp", a_customer("2", name="Kiesgrube West", vat="DE136695976", **OTHER), at=clock())
    merge_pair(source_record("erp:1").pk, source_record("erp:2").pk, actor=STEWARD, at=clock())

    assert len(asked()) == 1


def test_any_change_of_an_attribute_asks_once_until_it_changes_again(clock: Clock) -> None:
    unit = apart(clock, Reopening(ReopeningKind.CHANGE, "name"))
    tells(clock, website="https://kies.example")
    assert asked() == []
    tells(clock, name="Kiesgrube Nord")
    (condition,) = asked()
    tells(clock, name="Kiesgrube Ost")
    assert asked() == [condition]

    keep_decision(condition, actor=STEWARD, at=clock())

    assert asked() == []
    tells(clock, name="Kiesgrube Ost", website="https://ost.example")
    assert asked() == []
    tells(clock, name="Kiesgrube Mitte")
    assert asked() == [condition]
    assert ReopeningCondition.objects.get(unit=unit).declared_by == STEWARD.name


def test_a_merge_is_asked_about_when_its_sides_come_to_differ(clock: Clock) -> None:
    load("crm", the_same_customer("1", website="https://one.example"), at=clock())
    tells(clock, website="https://one.example")
    pair = [source_record(name).pk for name in ("crm:1", "erp:1")]
    condition = Reopening(ReopeningKind.DIFFER, "website")
    merge_pair(*pair, actor=STEWARD, at=clock(), reopen_when=condition)
    assert asked() == []

    tells(clock, website="https://other.example")

    assert len(asked()) == 1
    assert golden_of("crm:1") == golden_of("erp:1")


def test_a_day_that_comes_asks_once(clock: Clock) -> None:
    day = clock() + timedelta(days=30)
    apart(clock, Reopening(ReopeningKind.DATE, due_at=day))
    keep_up(at=day - timedelta(seconds=1))
    assert asked() == []

    keep_up(at=day)
    keep_up(at=day + timedelta(days=1))

    (condition,) = asked()
    keep_decision(condition, actor=STEWARD, at=day)
    keep_up(at=day + timedelta(days=2))
    assert asked() == []


def test_upkeep_finds_what_an_arrival_has_missed(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    apart(clock, AGREE)
    monkeypatch.setattr("mdm.services.placing.ask_where_met", lambda _ids, **_rest: 0)
    tells(clock, vat="DE136695976")
    assert asked() == []

    keep_up(at=clock())

    assert len(asked()) == 1


def test_an_undone_decision_is_not_asked_about(clock: Clock) -> None:
    unit = apart(clock, AGREE)
    tells(clock, vat="DE136695976")
    assert len(asked()) == 1

    undo(unit, actor=STEWARD, at=clock())

    assert asked() == []
    assert not ReopeningCondition.objects.filter(closed_at=None).exists()


def test_a_condition_that_is_met_already_is_refused_and_the_decision_with_it(clock: Clock) -> None:
    tells(clock, vat="DE136695976")
    pair = [source_record(name).pk for name in ("crm:1", "erp:1")]

    with pytest.raises(StateConflict):
        keep_apart(*pair, actor=STEWARD, at=clock(), reopen_when=AGREE)

    assert not MatchDecision.objects.filter(kind="cannot_link").exists()


@pytest.mark.parametrize(
    "condition",
    [
        Reopening(ReopeningKind.AGREE, "shoe_size"),
        Reopening(ReopeningKind.CHANGE),
        Reopening(ReopeningKind.DATE),
    ],
)
def test_half_a_condition_is_refused(clock: Clock, condition: Reopening) -> None:
    with pytest.raises(InvalidCondition):
        apart(clock, condition)


def test_what_is_not_asked_is_not_answered(clock: Clock) -> None:
    unit = apart(clock, AGREE)
    condition = ReopeningCondition.objects.get(unit=unit)

    with pytest.raises(StateConflict):
        keep_decision(condition.pk, actor=STEWARD, at=clock())
    with pytest.raises(NotFound):
        keep_decision(condition.pk + 1, actor=STEWARD, at=clock())


def test_without_looking_nobody_would_be_asked(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    apart(clock, AGREE)
    monkeypatch.setattr("mdm.services.reopening._is_news", lambda _row, _decisions: False)

    tells(clock, vat="DE136695976")

    assert asked() == []
