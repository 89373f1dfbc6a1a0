"""Merges taken back by a plan: that it does what it says, and when it is refused."""

from typing import Any

import pytest

from mdm.errors import StateConflict
from mdm.models import (
    AuditDetail,
    AuditEntry,
    GoldenRecord,
    GoldenVersion,
    MatchDecision,
    Reassignment,
)
from mdm.services.change_requests import propose_change
from mdm.services.decisions import undo
from mdm.services.unmerging import LineKind, Why, unmerge, unmerge_plan
from mdm.services.unmerging.plan import InvalidChoice, StalePlan
from tests.builders import STEWARD, Clock, check_as_commit_does, crosswalk, golden_of, load
from tests.merged_customers import (
    a_location,
    an_agreement,
    edit,
    kiesgrube,
    merge,
    sandhof,
    says,
    two_customers,
)
from tests.unmerge_plans import customer_of, ids, line_of, merged_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    two_customers(clock)
    return clock


def test_the_plan_is_what_applying_it_does(clock: Clock) -> None:
    a, b = ids()
    an_agreement("erp", "11.90", at=clock())
    a_location("erp", at=clock())
    unit = merge(clock)

    plan = unmerge_plan(unit, at=clock())

    assert [side.key for side in plan.sides] == [a, b]
    assert {line.about: (line.default, line.why) for line in plan.of_kind(LineKind.RECORD)} == {
        "crm:1": (a, Why.STOOD_THERE),
        "erp:1": (b, Why.STOOD_THERE),
    }
    assert {(line.about, line.attribute): line.default for line in plan.of_kind(LineKind.REFERENCE)} == {
        ("erp:A-erp", "customer"): b,
        ("erp:L-erp", "roles"): b,
    }
    assert line_of(plan, LineKind.ITEM, "exemption_certificates").default == a
    unmerge(unit, state=plan.state, actor=STEWARD, at=clock())
    check_as_commit_does()
    assert ids() == (a, b)
    assert customer_of("erp:A-erp") == b
    assert says("erp:L-erp", "roles", "location")[0]["customer"]["id"] == b
    assert [each["number"] for each in says("crm:1", "exemption_certificates")] == ["K-1"]
    assert says("erp:1", "exemption_certificates") is None


def test_what_a_later_merge_brought_is_no_side_of_an_earlier_one(clock: Clock) -> None:
    a, b = ids()
    load("crm", sandhof(id="2", name="Torfkamp Ost", certificates=[]), at=clock())
    c = golden_of("crm:2").public_id
    first = merge(clock)
    later = merge(clock, "erp:1", "crm:2")

    plan = unmerge_plan(first, at=clock())

    assert {line.about: line.default for line in plan.of_kind(LineKind.RECORD)} == {"crm:1": a, "erp:1": b, "crm:2": b}
    assert [side.key for side in plan.sides] == [a, b]
    unmerge(first, state=plan.state, actor=STEWARD, at=clock())
    unmerge(later, actor=STEWARD, at=clock())
    assert (*ids(), golden_of("crm:2").public_id) == (a, b, c)


def test_a_plan_stores_nothing(clock: Clock) -> None:
    unit = merge(clock)
    edit("crm:1", clock, name="Sand & Kies")
    before = (
        crosswalk(),
        GoldenVersion.objects.count(),
        AuditEntry.objects.count(),
        MatchDecision.objects.filter(closed_at=None).count(),
    )

    unmerge_plan(unit, at=clock())

    after = (
        crosswalk(),
        GoldenVersion.objects.count(),
        AuditEntry.objects.count(),
        MatchDecision.objects.filter(closed_at=None).count(),
    )
    assert before == after


def test_an_unmerge_publishes_each_golden_record_once(clock: Clock) -> None:
    unit = merge(clock)
    edit("crm:1", clock, name="Sand & Kies")
    edit("crm:1", clock, pin=True, website="https://pinned.example")
    a, b = (GoldenRecord.objects.get(public_id=each) for each in (golden_of("crm:1").public_id, merged_id()))
    plan = unmerge_plan(unit, at=clock())
    edited, pinned = line_of(plan, LineKind.EDIT), line_of(plan, LineKind.PIN)

    unmerge(unit, choices={edited.key: b.public_id, pinned.key: a.public_id}, actor=STEWARD, at=clock())

    for record in (a, b):
        assert GoldenRecord.objects.get(pk=record.pk).version == record.version + 1


def change_a_record(clock: Clock) -> None:
    load("erp", kiesgrube(name="Kiesgrube Nord"), at=clock())


def add_a_pin(clock: Clock) -> None:
    edit("crm:1", clock, pin=True, website="https://pinned.example")


def add_an_edit(clock: Clock) -> None:
    edit("crm:1", clock, name="Edited")


def add_a_child(clock: Clock) -> None:
    an_agreement("erp", "11.90", at=clock())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (change_a_record, "source records"),
        (add_a_pin, "pins"),
        (add_an_edit, "edits"),
        (add_a_child, "what refers to them"),
    ],
)
def test_a_stale_plan_is_refused_with_what_has_changed(clock: Clock, change: Any, named: str) -> None:
    unit = merge(clock)
    seen = unmerge_plan(unit, at=clock())
    change(clock)

    with pytest.raises(StalePlan) as refused:
        unmerge(unit, state=seen.state, actor=STEWARD, at=clock())

    assert refused.value.changed == (named,)
    assert golden_of("crm:1") == golden_of("erp:1")
    unmerge(unit, state=unmerge_plan(unit, at=clock()).state, actor=STEWARD, at=clock())
    assert golden_of("crm:1") != golden_of("erp:1")


def test_choices_do_not_make_a_plan_stale(clock: Clock) -> None:
    a, b = ids()
    unit = merge(clock)
    edit("crm:1", clock, name="Edited")
    record = next(each for each in unmerge_plan(unit, at=clock()).lines if each.about == "erp:1")

    chosen = unmerge_plan(unit, choices={record.key: a}, at=clock())

    assert chosen.state == unmerge_plan(unit, at=clock()).state
    assert b not in line_of(chosen, LineKind.EDIT).choices  # no source record would be there to hang it on


def test_what_does_not_touch_the_plan_does_not_make_it_stale(clock: Clock) -> None:
    an_agreement("erp", "11.90", at=clock())
    unit = merge(clock)
    seen = unmerge_plan(unit, at=clock())
    an_agreement("erp", "12.90", at=clock())

    unmerge(unit, state=seen.state, actor=STEWARD, at=clock())

    assert golden_of("crm:1") != golden_of("erp:1")


def test_choices_that_nobody_can_make_are_refused(clock: Clock) -> None:
    unit = merge(clock)
    record = unmerge_plan(unit, at=clock()).of_kind(LineKind.RECORD)[0]

    request = propose_change(golden_of("crm:1"), {"name": "Sand AG"}, reason="", actor=STEWARD, at=clock())
    for choices in ({"record:0": "end"}, {record.key: "both"}, {f"request:{request.pk}": "end"}):
        with pytest.raises(InvalidChoice):
            unmerge(unit, choices=choices, actor=STEWARD, at=clock())

    assert golden_of("crm:1") == golden_of("erp:1")


def test_an_unmerge_is_told_to_the_audit_line_by_line(clock: Clock) -> None:
    unit = merge(clock)
    edit("crm:1", clock, name="Edited")
    plan = unmerge_plan(unit, at=clock())

    unmerge(unit, reason="Two companies", actor=STEWARD, at=clock())

    entry = AuditEntry.objects.get(action="golden_record.unmerged")
    assert (entry.why, entry.actor) == ("Two companies", STEWARD.name)
    assert AuditDetail.objects.get(entry=entry).values == {line.key: line.choice for line in plan.lines}


def test_what_a_plan_decided_can_be_undone_in_turn(clock: Clock) -> None:
    an_agreement("erp", "11.90", at=clock())
    a, b = ids()
    unit = merge(clock)
    line = line_of(unmerge_plan(unit, at=clock()), LineKind.REFERENCE)
    done = unmerge(unit, choices={line.key: a}, keep_apart=True, actor=STEWARD, at=clock())
    assert customer_of("erp:A-erp") == a
    assert done.unit is not None

    undo(done.unit, actor=STEWARD, at=clock())

    assert customer_of("erp:A-erp") == b
    assert not Reassignment.objects.filter(closed_at=None).exists()


def test_nothing_is_taken_back_twice(clock: Clock) -> None:
    unit = merge(clock)
    undo(unit, actor=STEWARD, at=clock())

    for again in (lambda: undo(unit, actor=STEWARD, at=clock()), lambda: unmerge_plan(unit, at=clock())):
        with pytest.raises(StateConflict):
            again()
