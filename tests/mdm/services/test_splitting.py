"""A golden record divided by a steward: foreseen, done, and taken back."""

from typing import Any

import pytest

from mdm.actors import SYSTEM
from mdm.errors import ContradictsDecision, StateConflict
from mdm.models import AuditEntry, GoldenRecord, MatchDecision
from mdm.services.decisions import merge_pair, undo
from mdm.services.settlement import settle_pending
from mdm.services.unmerging import LineKind, Split, Why, split, split_plan
from mdm.services.unmerging.plan import StalePlan
from mdm.services.waiting import let_all_wait
from tests.builders import STEWARD, Clock, crosswalk, golden_of, golden_values, load, source_record, the_same_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(hub: None) -> Clock:
    """Four records of one company, and a child of it."""
    clock = Clock()
    load("crm", the_same_customer("1"), the_same_customer("2"), at=clock())
    load("erp", the_same_customer("3"), the_same_customer("4"), at=clock())
    load("crm", {"id": "9", "kind": "organization", "name": "Kiesgrube", "parent": "2"}, at=clock())
    assert len({golden_of(name) for name in ("crm:1", "crm:2", "erp:3", "erp:4")}) == 1
    return clock


def pk(name: str) -> int:
    return source_record(name).pk


def off(clock: Clock, *names: str, **options: Any) -> Split:
    return split(golden_of("crm:1"), [pk(name) for name in names], actor=STEWARD, at=clock(), **options)


def test_the_chosen_records_become_another_golden_record_for_good(clock: Clock) -> None:
    before = golden_of("crm:1")

    off(clock, "crm:2", "erp:4", reason="Two branches")

    assert golden_of("crm:1") == golden_of("erp:3") == before
    assert golden_of("crm:2") == golden_of("erp:4") != before
    let_all_wait("customer", at=clock())
    settle_pending("customer", actor=SYSTEM, at=clock())
    assert golden_of("crm:2") == golden_of("erp:4") != golden_of("crm:1")
    assert AuditEntry.objects.get(action="golden_record.split").why == "Two branches"


def test_what_is_foreseen_is_what_comes_and_nothing_is_stored_by_looking(clock: Clock) -> None:
    before = crosswalk(), golden_values(), MatchDecision.objects.count(), GoldenRecord.objects.count()

    plan = split_plan(golden_of("crm:1"), [pk("crm:2"), pk("erp:4")], at=clock())

    assert (crosswalk(), golden_values(), MatchDecision.objects.count(), GoldenRecord.objects.count()) == before
    assert [side.key for side in plan.sides] == [golden_of("crm:1").public_id, "new-1"]
    whys = {line.about: (line.choice, line.why) for line in plan.of_kind(LineKind.RECORD)}
    assert whys["crm:2"] == ("new-1", Why.SPLIT_OFF)
    assert whys["crm:1"] == (golden_of("crm:1").public_id, Why.NOT_SPLIT_OFF)
    (child,) = plan.of_kind(LineKind.REFERENCE)
    assert (child.about, child.choice) == ("crm:9", "new-1")


def test_a_split_is_taken_back(clock: Clock) -> None:
    before = crosswalk(), golden_values()

    done = off(clock, "erp:3")
    assert golden_of("erp:3") != golden_of("erp:4")
    undo(done.unit, actor=STEWARD, at=clock())

    assert (crosswalk(), golden_values()) == before


def test_a_child_can_stay_with_the_other_half(clock: Clock) -> None:
    plan = split_plan(golden_of("crm:1"), [pk("crm:2")], at=clock())
    (child,) = plan.of_kind(LineKind.REFERENCE)
    stays = golden_of("crm:1").public_id

    done = off(clock, "crm:2", choices={child.key: stays}, state=plan.state)

    assert golden_of("crm:9").document["attributes"]["legal_parent"]["id"] == stays
    undo(done.unit, actor=STEWARD, at=clock())
    assert golden_of("crm:9").document["attributes"]["legal_parent"]["id"] == golden_of("crm:2").public_id


def test_a_plan_of_another_state_is_refused(clock: Clock) -> None:
    plan = split_plan(golden_of("crm:1"), [pk("erp:3")], at=clock())
    load("erp", the_same_customer("3", website="https://new.example"), at=clock())

    with pytest.raises(StalePlan):
        off(clock, "erp:3", state=plan.state)
    assert golden_of("erp:3") == golden_of("crm:1")


def test_none_all_and_strangers_are_refused(clock: Clock) -> None:
    for names in ((), ("crm:1", "crm:2", "erp:3", "erp:4"), ("erp:3", "crm:9")):
        with pytest.raises(StateConflict):
            off(clock, *names)


def test_what_a_steward_merged_is_parted_by_taking_the_merge_back(clock: Clock) -> None:
    merge_pair(pk("crm:1"), pk("crm:9"), actor=STEWARD, at=clock())

    with pytest.raises(ContradictsDecision):
        off(clock, "crm:9")
