"""Where each thing goes when a merge is taken back: by default, and where a steward says so."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mdm.errors import ContradictsDecision
from mdm.models import (
    AttributePin,
    Reassignment,
    RemoteRecord,
    SourceRecord,
)
from mdm.selectors.told_records import told_records
from mdm.services.candidates import match_records
from mdm.services.change_requests import propose_change
from mdm.services.decisions import merge_pair, undo
from mdm.services.reassignments import NONE
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.settlement import settle_pending
from mdm.services.unmerging import LineKind, Why, unmerge, unmerge_plan
from tests.builders import STEWARD, Clock, crosswalk, golden_of, load, source_record
from tests.merged_customers import (
    a_location,
    a_remote,
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


def test_edits_since_stay_with_the_survivor_though_the_other_one_was_edited_before(clock: Clock) -> None:
    load("crm", {**sandhof(), "id": "2"}, at=clock())
    merge(clock, "crm:1", "crm:2")
    edit("erp:1", clock, name="Kies AG")
    unit = merge(clock)
    assert golden_of("erp:1") == golden_of("crm:2")
    edit("erp:1", clock, name="Sand & Kies")

    undo(unit, actor=STEWARD, at=clock())

    assert (says("crm:1", "name"), says("erp:1", "name")) == ("Sand & Kies", "Kies AG")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("a", ("Sand & Kies", "Kiesgrube West")),
        ("b", ("Sandhof Brandt", "Sand & Kies")),
        ("both", ("Sand & Kies", "Sand & Kies")),
        ("end", ("Sandhof Brandt", "Kiesgrube West")),
    ],
)
def test_an_edit_goes_where_the_steward_says(clock: Clock, choice: str, expected: tuple[str, str]) -> None:
    a, b = ids()
    unit = merge(clock)
    edit("crm:1", clock, name="Sand & Kies")
    line = line_of(unmerge_plan(unit, at=clock()), LineKind.EDIT)
    assert (line.default, line.why) == (a, Why.EDITED_SINCE)

    unmerge(unit, choices={line.key: {"a": a, "b": b}.get(choice, choice)}, actor=STEWARD, at=clock())

    assert ids() == (a, b)
    assert (says("crm:1", "name"), says("erp:1", "name")) == expected


def test_an_edit_that_is_taken_back_gives_the_earlier_edit_its_place(clock: Clock) -> None:
    edit("crm:1", clock, name="Sandhof AG")
    _, b = ids()
    unit = merge(clock)
    edit("crm:1", clock, name="Sand & Kies")
    line = line_of(unmerge_plan(unit, at=clock()), LineKind.EDIT)
    assert (line.value, line.former) == ({"name": "Sand & Kies"}, {"name": "Sandhof AG"})

    unmerge(unit, choices={line.key: b}, actor=STEWARD, at=clock())

    assert (says("crm:1", "name"), says("erp:1", "name")) == ("Sandhof AG", "Sand & Kies")


def test_edits_that_go_to_one_side_are_one_record_there(clock: Clock) -> None:
    _, b = ids()
    unit = merge(clock)
    edit("crm:1", clock, name="Sand & Kies")
    edit("crm:1", clock, phones=["+4965100"])
    lines = unmerge_plan(unit, at=clock()).of_kind(LineKind.EDIT)

    unmerge(unit, choices={line.key: b for line in lines}, actor=STEWARD, at=clock())

    assert len(lines) == 2
    assert (says("erp:1", "name"), says("erp:1", "phones")) == ("Sand & Kies", ["+4965100"])
    assert (says("crm:1", "name"), says("crm:1", "phones")) == ("Sandhof Brandt", None)
    assert sorted(name for name in crosswalk() if name.startswith("hub:")) == sorted(f"hub:{each}" for each in ids())


def test_a_pin_set_since_goes_to_the_side_whose_value_it_stands_over(clock: Clock) -> None:
    a, b = ids()
    unit = merge(clock)
    edit("crm:1", clock, pin=True, website="https://pinned.example")

    line = line_of(unmerge_plan(unit, at=clock()), LineKind.PIN)
    assert (line.default, line.why) == (b, Why.STANDS_OVER)
    undo(unit, actor=STEWARD, at=clock())

    assert ids() == (a, b)
    assert (says("crm:1", "website"), says("erp:1", "website")) == (None, "https://pinned.example")
    moved, now = AttributePin.objects.order_by("pk")
    assert (moved.state, now.state, now.pinned_by) == ("moved", "awaiting_owner", STEWARD.name)


@pytest.mark.parametrize("choice", ["a", "both", "end"])
def test_a_pin_goes_where_the_steward_says(clock: Clock, choice: str) -> None:
    a, _ = ids()
    unit = merge(clock)
    edit("crm:1", clock, pin=True, website="https://pinned.example")
    line = line_of(unmerge_plan(unit, at=clock()), LineKind.PIN)

    unmerge(unit, choices={line.key: a if choice == "a" else choice}, actor=STEWARD, at=clock())

    pinned, said = "https://pinned.example", "https://kies.example"
    expected = {"a": (pinned, said), "both": (pinned, pinned), "end": (None, said)}[choice]
    assert (says("crm:1", "website"), says("erp:1", "website")) == expected
    assert not AttributePin.objects.filter(closed_at=None, questioned_at__isnull=False).exists()


def test_a_pin_that_another_replaced_since_comes_back_where_the_other_does_not_go(clock: Clock) -> None:
    edit("erp:1", clock, pin=True, name="Kies AG")
    unit = merge(clock)
    assert golden_of("crm:1").public_id != merged_id()
    edit("crm:1", clock, pin=True, name="Sand & Kies")
    (pin,) = unmerge_plan(unit, at=clock()).of_kind(LineKind.PIN)
    (ended,) = unmerge_plan(unit, choices={pin.key: golden_of("crm:1").public_id}, at=clock()).of_kind(
        LineKind.ENDED_PIN
    )
    assert ended.why is Why.REPLACED

    unmerge(unit, choices={pin.key: golden_of("crm:1").public_id}, actor=STEWARD, at=clock())

    assert (says("crm:1", "name"), says("erp:1", "name")) == ("Sand & Kies", "Kies AG")


def test_children_go_where_the_steward_says_and_stay_there_after_a_load(clock: Clock) -> None:
    a, b = ids()
    an_agreement("erp", "11.90", at=clock())
    a_location("erp", at=clock())
    unit = merge(clock)
    plan = unmerge_plan(unit, at=clock())
    choices = {line.key: a for line in plan.of_kind(LineKind.REFERENCE)}
    choices[line_of(plan, LineKind.ITEM, "exemption_certificates").key] = b

    done = unmerge(unit, choices=choices, actor=STEWARD, at=clock())

    def where() -> tuple[str, str, bool, bool]:
        certificates = [bool(says(name, "exemption_certificates")) for name in ("crm:1", "erp:1")]
        role = says("erp:L-erp", "roles", "location")[0]["customer"]["id"]
        return customer_of("erp:A-erp"), role, *certificates

    assert where() == (a, a, False, True)
    renewed = {"number": "K-1", "state": "TX", "from": "2026-02-01"}
    load("crm", sandhof(name="Sandhof Sohn", certificates=[renewed]), at=clock())
    an_agreement("erp", "12.90", at=clock())
    assert where() == (a, a, False, True)
    assert says("erp:1", "exemption_certificates")[0]["valid_from"] == "2026-02-01"
    assert done.unit is not None
    assert Reassignment.objects.filter(unit=done.unit, closed_at=None).count() == 3


def test_matching_sees_a_child_where_the_steward_sent_it(clock: Clock) -> None:
    an_agreement("erp", "11.90", at=clock())
    a, b = ids()
    unit = merge(clock)
    line = line_of(unmerge_plan(unit, at=clock()), LineKind.REFERENCE)
    agreement = told_records(SourceRecord.objects.filter(key="A-erp"))

    unmerge(unit, choices={line.key: a}, actor=STEWARD, at=clock())

    assert match_records("pricing_agreement", agreement)[0].values["customer"] == a
    assert a != b


def test_a_plan_asks_no_more_for_many_children(clock: Clock) -> None:
    unit = merge(clock)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            unmerge_plan(unit, at=clock())
        return len(queries)

    an_agreement("erp", "11.90", at=clock())
    asked()
    few = asked()
    for number in range(12):
        an_agreement("erp", "11.90", number=f"-{number}", at=clock())

    assert len(unmerge_plan(unit, at=clock()).of_kind(LineKind.REFERENCE)) == 13
    assert asked() <= few + 2


def test_a_child_that_a_steward_moved_follows_what_it_was_moved_to(clock: Clock) -> None:
    an_agreement("erp", "11.90", at=clock())
    a, _ = ids()
    unit = merge(clock)
    line = line_of(unmerge_plan(unit, at=clock()), LineKind.REFERENCE)
    unmerge(unit, choices={line.key: a}, actor=STEWARD, at=clock())
    load("crm", {**sandhof(name="Other"), "id": "2"}, {**sandhof(name="Other"), "id": "3"}, at=clock())
    merge_pair(source_record("crm:2").pk, source_record("crm:3").pk, actor=STEWARD, at=clock())

    merge(clock, "crm:1", "crm:2")

    assert golden_of("crm:1").public_id != a
    assert customer_of("erp:A-erp") == golden_of("crm:1").public_id


def test_a_record_goes_where_the_steward_says_and_stays_there_after_a_match(clock: Clock) -> None:
    load("erp", {**kiesgrube(), "id": "2"}, at=clock())
    held = merge(clock, "erp:1", "erp:2")
    unit = merge(clock)

    def choice() -> dict[str, str]:
        plan = unmerge_plan(unit, at=clock())
        line = next(each for each in plan.of_kind(LineKind.RECORD) if each.about == "erp:2")
        return {line.key: next(side.key for side in plan.sides if side.key != line.default)}

    with pytest.raises(ContradictsDecision):  # another merge holds it to erp:1
        unmerge(unit, choices=choice(), actor=STEWARD, at=clock())
    undo(held, actor=STEWARD, at=clock())
    (chosen,) = choice().values()
    unmerge(unit, choices=choice(), actor=STEWARD, at=clock())

    assert golden_of("erp:2").public_id == chosen
    SourceRecord.objects.exclude(source_system__name="hub").update(pending_since=clock())
    settle_pending("customer", actor=STEWARD, at=clock())
    assert golden_of("erp:2").public_id == chosen


def test_what_matching_holds_together_is_divided_where_the_steward_says_so(clock: Clock) -> None:
    a, b = ids()
    unit = merge(clock)
    same = {"name": "Nordlicht Handel GmbH", "vat": "DE136695976", "phone": "+49401234567"}
    load("crm", sandhof(**same, street="Kai", city="Hamburg", postcode="20457"), at=clock())
    load("erp", kiesgrube(**same, street="Kai", city="Hamburg", postcode="20457"), at=clock())
    plan = unmerge_plan(unit, at=clock())
    assert not plan.divides
    assert [side.key for side in plan.sides] == [a, b]
    line = next(each for each in plan.of_kind(LineKind.RECORD) if each.about == "erp:1")

    unmerge(unit, choices={line.key: b}, actor=STEWARD, at=clock())

    assert ids() == (a, b)
    SourceRecord.objects.update(pending_since=clock())
    settle_pending("customer", actor=STEWARD, at=clock())
    assert ids() == (a, b)


def test_a_record_in_a_target_stays_unless_the_steward_says_otherwise(clock: Clock) -> None:
    a, b = ids()
    unit = merge(clock)
    remote = a_remote("crm:1", "S-1")
    line = line_of(unmerge_plan(unit, at=clock()), LineKind.REMOTE)
    assert (line.default, line.choices) == (a, (a, b))

    unmerge(unit, choices={line.key: b}, actor=STEWARD, at=clock())

    moved = RemoteRecord.objects.get(pk=remote.pk)
    assert (moved.golden_record.public_id, moved.is_primary) == (b, True)


def test_a_change_request_stays_with_the_golden_record_it_was_made_for(clock: Clock) -> None:
    _names_need_approval(clock)
    _, b = ids()
    request = propose_change(golden_of("erp:1"), {"name": "Kies AG"}, reason="", actor=STEWARD, at=clock())
    unit = merge(clock)

    line = line_of(unmerge_plan(unit, at=clock()), LineKind.REQUEST)

    assert (line.subject_id, line.default, line.choices) == (request.pk, b, ())


def _names_need_approval(clock: Clock) -> None:
    document = published_rules("customer").document.to_document()
    document["approval"] = {"name": {"required": True, "over_percent": None, "group": "approver"}}
    publish_rule_set("customer", document, model=None, actor=STEWARD, at=clock())


def test_without_the_word_of_the_steward_a_child_would_go_home(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: where reassignments are not read, the agreement goes back with its customer's record."""
    an_agreement("erp", "11.90", at=clock())
    a, b = ids()
    unit = merge(clock)
    line = line_of(unmerge_plan(unit, at=clock()), LineKind.REFERENCE)
    monkeypatch.setattr("mdm.services.rebuild.open_reassignments", lambda _ids: NONE)

    unmerge(unit, choices={line.key: a}, actor=STEWARD, at=clock())

    assert customer_of("erp:A-erp") == b
