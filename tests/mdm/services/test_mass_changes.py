"""Many lines renewed as one change: rehearsed, consented to by another, applied and undone as a whole."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.utils import ProgrammingError

from mdm.actors import SYSTEM, person
from mdm.errors import FourEyesViolated, NotApprover, StateConflict
from mdm.models import (
    AttributePin,
    AuditEntry,
    ChangeRequest,
    GoldenVersion,
    MassChange,
    MassChangeApproval,
    MassChangePart,
    MassChangeState,
)
from mdm.pricing.renewing import Renewal
from mdm.selectors.mass_changes import Selection
from mdm.services.mass_changes.deciding import (
    approve_mass_change,
    reject_mass_change,
    submit_mass_change,
    withdraw_mass_change,
)
from mdm.services.mass_changes.rehearsing import NothingChosen, rehearse_mass_change
from mdm.services.mass_changes.undoing import undo_mass_change
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import NOON, golden_of
from tests.price_world import PriceWorld, a_break, a_line

ANA, BEN = person("ana"), person("ben")
THREE_PERCENT = Renewal(begins="2027-01-01", ends="2028-01-01", percent=Decimal(3))
APPROVERS = ("Approver",)


@pytest.fixture
def world(db: None) -> PriceWorld:
    world = PriceWorld()
    for name in ("P1", "Q1"):
        world.product(name, category="Cables", cost="8")
    world.customer("A1")
    world.customer("B1")
    for name in ("ana", "ben"):
        User.objects.create_user(name)
    override("show")
    return world


def override(how: str) -> None:
    """What the ERP's lines and dates allow a person to do."""
    rules = published_rules("pricing_agreement")
    document = rules.document.to_document()
    owned = {name: {**document["ownership"][name], "override": how} for name in ("lines", "valid_to")}
    document = {**document, "ownership": {**document["ownership"], **owned}}
    publish_rule_set("pricing_agreement", document, model=rules.model, actor=SYSTEM, at=NOON)


def lines_of(key: str) -> list[tuple[str, str, str, str]]:
    """(what, price, from, until) of an agreement's golden lines."""
    attributes = golden_of(f"erp:{key}", "pricing_agreement").document["attributes"]
    return sorted(
        (
            (line.get("category") or line.get("brand") or "product") if not line.get("all") else "all",
            line["value"],
            line.get("valid_from", ""),
            line.get("valid_to", ""),
        )
        for line in attributes["lines"]
    )


def rehearsed(world: PriceWorld, selection: Selection | None = None, renewal: Renewal = THREE_PERCENT) -> MassChange:
    return rehearse_mass_change(selection or Selection(), renewal, reason="Renewal 2027", actor=ANA, at=world.clock())


def applied(world: PriceWorld, selection: Selection | None = None, renewal: Renewal = THREE_PERCENT) -> MassChange:
    change = rehearsed(world, selection, renewal)
    submit_mass_change(change.pk, actor=ANA, at=world.clock())
    return approve_mass_change(
        change.pk, payload_hash=bytes(change.payload_hash), groups=APPROVERS, actor=BEN, at=world.clock()
    )


def test_chosen_lines_go_on_with_the_new_price_and_the_old_ones_end(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1", breaks=[a_break("100", "9")]), customer="A1")
    world.agreement("TWO", a_line("20", product="Q1"), a_line("5", category="Cables"), customer="B1")
    before = GoldenVersion.objects.count()

    change = rehearsed(world, Selection(customers=(golden_of("crm:A1").public_id,)))
    assert (change.figures["lines"], change.figures["changing"], change.figures["versions"]) == (1, 1, 1)
    assert change.figures["asked"] == {"erp": 1}
    assert GoldenVersion.objects.count() == before
    assert lines_of("ONE") == [("product", "10", "2026-01-01", "")]

    submit_mass_change(change.pk, actor=ANA, at=world.clock())
    done = approve_mass_change(
        change.pk, payload_hash=bytes(change.payload_hash), groups=APPROVERS, actor=BEN, at=world.clock()
    )
    assert done.state == MassChangeState.APPLIED
    assert lines_of("ONE") == [
        ("product", "10", "2026-01-01", "2027-01-01"),
        ("product", "10.3", "2027-01-01", "2028-01-01"),
    ]
    assert lines_of("TWO") == [("Cables", "5", "2026-01-01", ""), ("product", "20", "2026-01-01", "")]
    golden = golden_of("erp:ONE", "pricing_agreement")
    renewed = golden.document["attributes"]["lines"][-1]
    assert renewed["breaks"] == [{"quantity_from": "100", "value": "9.27"}]
    # The owner is asked to take it over, and every version has the change's id.
    assert golden.document["corrections"]["lines"] == golden.document["attributes"]["lines"]
    version = GoldenVersion.objects.get(id=golden.pk, version=golden.version)
    assert version.correlation_id == done.correlation_id
    (request,) = ChangeRequest.objects.filter(mass_change=done)
    assert request.golden_record == golden
    told = AuditEntry.objects.filter(subject_type="mass_change", subject_id=done.pk).order_by("pk")
    assert list(told.values_list("action", "actor")) == [
        ("mass_change.rehearsed", "ana"),
        ("mass_change.submitted", "ana"),
        ("mass_change.applied", "ben"),
    ]


def test_the_price_of_each_day_is_the_one_that_was_approved(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1"), customer="A1", to="2027-01-01")
    applied(world)

    assert world.price("P1", "A1", on=date(2026, 12, 31)) == "10"
    assert world.price("P1", "A1", on=date(2027, 1, 1)) == "10.3"
    assert world.price("P1", "A1", on=date(2028, 1, 1)) == "no_price"
    assert golden_of("erp:ONE", "pricing_agreement").document["attributes"]["valid_to"] == "2028-01-01"


def test_a_margin_under_the_floor_and_a_conflict_show_in_the_rehearsal(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1", to="2027-01-01"), customer="A1", floor="20")
    world.agreement("RIVAL", a_line("10.1", product="P1", **{"from": "2027-01-01"}), customer="A1")
    cheaper = Renewal(begins="2027-01-01", ends="2028-01-01", percent=Decimal(-5))

    change = rehearsed(world, Selection(ending_by="2027-01-01"), cheaper)

    assert change.figures["floors"] == {"violated": 1}
    assert change.figures["newly_violated"] == 1
    assert change.figures["conflicts"] == 1
    (conflict,) = change.figures["conflict_lines"]
    assert {conflict["left_price"]["value"], conflict["right_price"]["value"]} == {"9.5", "10.1"}
    (row,) = MassChangePart.objects.get(mass_change=change).rows
    assert (row["floor"], row["former_floor"], row["margin"]) == ("violated", "kept", "15.7895")


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        ({"categories": ("Cables",)}, 3),
        ({"categories": ("Cab",)}, 0),
        ({"brands": ("Volt",)}, 1),
        ({"currency": "USD"}, 1),
        ({"ending_by": "2027-01-01"}, 1),
        ({"price_classes": ("gold",)}, 1),
    ],
)
def test_lines_are_chosen_by_what_they_price_for_whom_and_until_when(
    world: PriceWorld, selection: dict[str, Any], chosen: int
) -> None:
    world.agreement("ONE", a_line("10", product="P1"), a_line("5", category="Cables > Power"), customer="A1")
    world.agreement("TWO", a_line("20", product="Q1", to="2026-06-01"), customer="B1", currency="USD")
    world.agreement("TRE", a_line("3", brand="Volt"), **{"class": "gold"})
    world.agreement("OLD", a_line("3", product="P1"), customer="B1", status="closed")

    if chosen:
        change = rehearsed(world, Selection(**selection))
        assert change.figures["lines"] == chosen
    else:
        with pytest.raises(NothingChosen):
            rehearsed(world, Selection(**selection))


def test_nobody_consents_to_their_own_and_consent_is_to_what_was_seen(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    change = rehearsed(world)
    submit_mass_change(change.pk, actor=ANA, at=world.clock())

    with pytest.raises(FourEyesViolated):
        approve_mass_change(
            change.pk, payload_hash=bytes(change.payload_hash), groups=APPROVERS, actor=ANA, at=world.clock()
        )
    with pytest.raises(NotApprover):
        approve_mass_change(change.pk, payload_hash=bytes(change.payload_hash), groups=(), actor=BEN, at=world.clock())
    with pytest.raises(StateConflict):
        approve_mass_change(change.pk, payload_hash=b"other", groups=APPROVERS, actor=BEN, at=world.clock())
    with pytest.raises(IntegrityError), transaction.atomic():
        MassChangeApproval.objects.create(
            mass_change=change, payload_hash=change.payload_hash, place=0, approved_by="ana", approved_at=world.clock()
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        MassChange.objects.filter(pk=change.pk).update(state="applied", decided_at=world.clock())
    with pytest.raises(ProgrammingError), transaction.atomic():
        MassChangePart.objects.filter(mass_change=change).update(values={})
    assert lines_of("ONE") == [("product", "10", "2026-01-01", "")]


def test_what_changed_since_the_rehearsal_is_rehearsed_again(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    change = rehearsed(world)
    submit_mass_change(change.pk, actor=ANA, at=world.clock())
    world.agreement("ONE", a_line("11", product="P1"), customer="A1")

    with pytest.raises(StateConflict, match="Changed since the rehearsal"):
        approve_mass_change(
            change.pk, payload_hash=bytes(change.payload_hash), groups=APPROVERS, actor=BEN, at=world.clock()
        )
    assert lines_of("ONE") == [("product", "11", "2026-01-01", "")]


def test_undoing_restores_every_line_and_ends_the_corrections(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1"), customer="A1", to="2027-01-01")
    world.agreement("TWO", a_line("20", product="Q1"), a_line("5", category="Cables"), customer="B1")
    before = {key: golden_of(f"erp:{key}", "pricing_agreement").document["attributes"] for key in ("ONE", "TWO")}
    change = applied(world)
    assert AttributePin.objects.filter(closed_at=None).count() == 3

    undone = undo_mass_change(change.pk, reason="Wrong year", actor=BEN, at=world.clock())

    assert (undone.state, undone.kept) == (MassChangeState.UNDONE, [])
    assert {
        key: golden_of(f"erp:{key}", "pricing_agreement").document["attributes"] for key in ("ONE", "TWO")
    } == before
    assert not AttributePin.objects.filter(closed_at=None).exists()
    with pytest.raises(StateConflict):
        undo_mass_change(change.pk, reason="Again", actor=BEN, at=world.clock())


def test_what_the_owner_has_taken_over_is_asked_back_and_later_edits_stay(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1"), a_line("5", category="Cables"), customer="A1")
    change = applied(world)
    # The owner takes over what it was asked for, and changes the price of the category once more.
    world.agreement(
        "ONE",
        a_line("10", product="P1", to="2027-01-01"),
        a_line("10.3", product="P1", **{"from": "2027-01-01", "to": "2028-01-01"}),
        a_line("5", category="Cables", to="2027-01-01"),
        a_line("6", category="Cables", **{"from": "2027-01-01", "to": "2028-01-01"}),
        customer="A1",
    )

    undone = undo_mass_change(change.pk, reason="Wrong year", actor=BEN, at=world.clock())

    assert lines_of("ONE") == [
        ("Cables", "5", "2026-01-01", "2027-01-01"),
        ("Cables", "6", "2027-01-01", "2028-01-01"),
        ("product", "10", "2026-01-01", ""),
    ]
    golden = golden_of("erp:ONE", "pricing_agreement")
    assert {public_id for public_id, _ in undone.kept} == {golden.public_id}
    assert {key.split("|")[0] for _, key in undone.kept} == {"category:Cables"}
    assert golden.document["corrections"]["lines"] == golden.document["attributes"]["lines"]


def test_it_can_be_turned_down_or_taken_back(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    one, two = rehearsed(world), rehearsed(world)
    submit_mass_change(one.pk, actor=ANA, at=world.clock())

    rejected = reject_mass_change(one.pk, groups=APPROVERS, actor=BEN, at=world.clock(), reason="Not this year")
    with pytest.raises(StateConflict):
        withdraw_mass_change(two.pk, actor=BEN, at=world.clock())
    withdrawn = withdraw_mass_change(two.pk, actor=ANA, at=world.clock())

    assert (rejected.state, withdrawn.state) == (MassChangeState.REJECTED, MassChangeState.WITHDRAWN)
    assert lines_of("ONE") == [("product", "10", "2026-01-01", "")]


def test_by_the_shipped_rules_the_owner_has_to_take_it_over_first(world: PriceWorld) -> None:
    override("confirm")
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    world.agreement("RIVAL", a_line("10.3", product="P1", **{"from": "2027-06-01"}), customer="A1", precedence=1)

    change = applied(world, Selection(agreements=(golden_of("erp:ONE", "pricing_agreement").public_id,)))

    assert change.figures["versions"] == 1
    golden = golden_of("erp:ONE", "pricing_agreement")
    assert lines_of("ONE") == [("product", "10", "2026-01-01", "")]
    assert [line["value"] for line in golden.document["corrections"]["lines"]] == ["10", "10.3"]

    undo_mass_change(change.pk, reason="Wrong year", actor=BEN, at=world.clock())
    assert "corrections" not in golden_of("erp:ONE", "pricing_agreement").document


def test_a_correction_ends_when_its_owner_tells_the_lines_in_an_order_of_its_own(world: PriceWorld) -> None:
    override("confirm")
    world.agreement("ONE", a_line("10", product="P1"), a_line("5", category="Cables"), customer="A1")
    applied(world)
    assert AttributePin.objects.filter(closed_at=None).count() == 1

    rest = {"from": "2027-01-01", "to": "2028-01-01"}
    world.agreement(
        "ONE",
        a_line("5.15", category="Cables", **rest),
        a_line("5", category="Cables", to="2027-01-01"),
        a_line("10.3", product="P1", **rest),
        a_line("10", product="P1", to="2027-01-01"),
        customer="A1",
    )

    assert [pin.state for pin in AttributePin.objects.all()] == ["dissolved"]
    assert len(lines_of("ONE")) == 4
    assert "corrections" not in golden_of("erp:ONE", "pricing_agreement").document


def test_an_owner_that_takes_no_word_refuses_the_agreement_and_nothing_is_submitted(world: PriceWorld) -> None:
    override("forbid")
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")

    change = rehearsed(world)

    assert (change.figures["changing"], change.figures["refused"]) == (0, 1)
    assert "owned by erp" in change.figures["refusals"][0][1]
    with pytest.raises(StateConflict):
        submit_mass_change(change.pk, actor=ANA, at=world.clock())
