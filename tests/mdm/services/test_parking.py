"""A source record that cannot be settled stops no load: it is put aside for a person, and the others go on."""

from typing import Any

import pytest

from mdm.actors import SYSTEM
from mdm.errors import HubError
from mdm.models import AuditEntry, QuarantineEntry, QuarantineState, SourceRecord
from mdm.services import parking
from mdm.services.quarantine import discard, replay
from mdm.services.settlement import settle_pending
from stewardship.models import Task, TaskKind, TaskState
from tests.builders import STEWARD, Clock, a_customer, crosswalk, golden_of, receive, source_record

COMPANIES = ("Nordlicht", "Zementwerk", "Kiesgrube", "Suedwind", "Abendrot")
OPEN = QuarantineState.OPEN


@pytest.fixture
def clock(hub: None) -> Clock:
    return Clock()


def poison(*keys: str) -> None:
    """What got past the door before a release that would refuse it: a number that no two readers round alike."""
    for record in SourceRecord.objects.filter(key__in=keys):
        accepted: dict[str, Any] = {**record.accepted, "segment": 0.1}
        SourceRecord.objects.filter(pk=record.pk).update(accepted=accepted)


def five(clock: Clock) -> None:
    receive("crm", [a_customer(str(key), name=name) for key, name in enumerate(COMPANIES)], at=clock())


def placed() -> set[str]:
    return set(crosswalk())


@pytest.mark.django_db
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_the_others_are_placed_and_a_person_is_asked_once(clock: Clock, batch: int) -> None:
    five(clock)
    poison("2")

    for _ in range(2):
        settle_pending("customer", actor=SYSTEM, at=clock(), batch=batch)

        assert placed() == {"crm:0", "crm:1", "crm:3", "crm:4"}
        assert source_record("crm:2").pending_since is not None
        (entry,) = QuarantineEntry.objects.all()
        assert (entry.key, entry.state) == ("2", OPEN)
        assert [problem["code"] for problem in entry.problems] == [parking.CODE]
        assert "0.1" not in entry.problems[0]["detail"]
        assert Task.objects.filter(kind=TaskKind.QUARANTINE, subject_id=entry.pk, state=TaskState.OPEN).count() == 1
    parked = AuditEntry.objects.filter(action="source_record.parked")
    assert list(parked.values_list("subject_id", flat=True)) == [source_record("crm:2").pk]


@pytest.mark.django_db
def test_when_its_system_says_something_better_nobody_is_asked_any_more(clock: Clock) -> None:
    five(clock)
    poison("2")
    settle_pending("customer", actor=SYSTEM, at=clock())

    receive("crm", [a_customer("2", name="Kiesgrube Sued")], at=clock())
    settle_pending("customer", actor=SYSTEM, at=clock())

    assert golden_of("crm:2").title == "Kiesgrube Sued"
    assert not QuarantineEntry.objects.filter(state=OPEN).exists()
    assert not Task.objects.filter(kind=TaskKind.QUARANTINE, state=TaskState.OPEN).exists()


@pytest.mark.django_db
def test_a_steward_may_try_it_again(clock: Clock) -> None:
    five(clock)
    poison("2")
    settle_pending("customer", actor=SYSTEM, at=clock())
    (entry,) = QuarantineEntry.objects.all()

    assert replay([entry.pk], actor=STEWARD, at=clock()) == 0
    (again,) = QuarantineEntry.objects.filter(state=OPEN)
    assert again.pk != entry.pk

    record = source_record("crm:2")
    SourceRecord.objects.filter(pk=record.pk).update(accepted=record.canonical)
    assert replay([again.pk], actor=STEWARD, at=clock()) == 1
    assert "crm:2" in placed()
    assert not QuarantineEntry.objects.filter(state=OPEN).exists()


@pytest.mark.django_db
def test_where_too_many_fail_the_records_are_not_to_blame(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "MOST_PARKED", 2)
    five(clock)
    poison("0", "2", "4")

    with pytest.raises(HubError):
        settle_pending("customer", actor=SYSTEM, at=clock())

    assert not QuarantineEntry.objects.exists()
    assert SourceRecord.objects.filter(pending_since__isnull=False).count() >= 3


@pytest.mark.django_db
def test_what_a_person_put_aside_is_not_asked_about_again(clock: Clock) -> None:
    five(clock)
    poison("2")
    settle_pending("customer", actor=SYSTEM, at=clock())
    discard([QuarantineEntry.objects.get().pk], actor=STEWARD, at=clock(), reason="Known")

    settle_pending("customer", actor=SYSTEM, at=clock())

    assert QuarantineEntry.objects.get().state == QuarantineState.DISCARDED
    assert "crm:2" not in placed()


@pytest.mark.django_db
def test_those_known_to_fail_do_not_count_again(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "MOST_PARKED", 1)
    five(clock)
    poison("0")
    settle_pending("customer", actor=SYSTEM, at=clock())
    receive("crm", [a_customer(key, name=f"Ziegelei {key}") for key in "56"], at=clock())
    poison("5")

    settle_pending("customer", actor=SYSTEM, at=clock())

    assert placed() == {"crm:1", "crm:2", "crm:3", "crm:4", "crm:6"}
    assert QuarantineEntry.objects.filter(state=OPEN).count() == 2
