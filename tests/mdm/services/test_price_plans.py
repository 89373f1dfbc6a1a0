"""A write that makes prices collide is refused with both lines and the ways out; a way out is an ordinary proposal."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from mdm.actors import SYSTEM, person
from mdm.errors import NotOwner, StateConflict
from mdm.models import ChangeEffect, ChangeRequest, PriceConflict
from mdm.pricing.plans import PlanKind
from mdm.selectors.price_conflicts import LineConflict
from mdm.selectors.price_plans import plans_of
from mdm.services.change_requests import propose_change
from mdm.services.consents import approve_change
from mdm.services.line_overlaps import LinesOverlap
from mdm.services.price_conflicts import PriceConflictsArise
from mdm.services.price_plans import choose_price_plan
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import NOON, golden_of
from tests.price_world import PriceWorld, a_line

ANA, BEN = person("ana"), person("ben")
PRICED = ("lines", "precedence", "valid_to", "status")


@pytest.fixture
def world(db: None) -> PriceWorld:
    world = PriceWorld()
    world.product("P1")
    world.customer("A1")
    for name in ("ana", "ben"):
        User.objects.create_user(name)
    publish(lambda owned: {**owned, "override": "show"}, approval={})
    return world


def publish(change: Callable[[dict[str, Any]], dict[str, Any]], *, approval: dict[str, Any]) -> None:
    """What the ERP's lines, dates and precedence allow a person to do, and who must consent."""
    rules = published_rules("pricing_agreement")
    document = rules.document.to_document()
    owned = {name: change(document["ownership"][name]) for name in PRICED}
    document = {**document, "ownership": {**document["ownership"], **owned}, "approval": approval}
    publish_rule_set("pricing_agreement", document, model=rules.model, actor=SYSTEM, at=NOON)


def lines_of(key: str) -> list[tuple[str, str | None, str | None]]:
    lines = golden_of(f"erp:{key}", "pricing_agreement").document["attributes"]["lines"]
    return [(line["value"], line.get("valid_from"), line.get("valid_to")) for line in lines]


def choose(key: str, world: PriceWorld) -> ChangeRequest:
    conflict = PriceConflict.objects.get(closed_at=None)
    (line,) = conflict.lines
    return choose_price_plan(
        conflict.pk,
        left_line=line["left_line"],
        right_line=line["right_line"],
        key=key,
        reason="",
        actor=ANA,
        at=world.clock(),
    )


def ways() -> list[str]:
    (conflict,) = PriceConflict.objects.filter(closed_at=None)
    return [plan.key for line in conflict.lines for plan in plans_of(LineConflict(**line))]


@pytest.mark.parametrize("key", ["left:split", "left:truncate", "right:drop", "left:raise_precedence"])
def test_any_way_out_of_a_collision_of_two_agreements_settles_it(world: PriceWorld, key: str) -> None:
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    world.agreement("TWO", a_line("9", product="P1", **{"from": "2026-06-01", "to": "2026-07-01"}), customer="A1")
    assert "right:raise_precedence" in ways()
    assert key in ways()

    proposed = choose(key, world)

    assert {part.effect for part in proposed.parts.all()} == {ChangeEffect.CORRECTION}
    assert not PriceConflict.objects.filter(closed_at=None).exists()
    if key == "left:split":
        assert lines_of("ONE") == [("10", "2026-01-01", "2026-06-01"), ("10", "2026-07-01", None)]
    with pytest.raises(StateConflict):
        choose_price_plan(
            PriceConflict.objects.get().pk,
            left_line="",
            right_line="",
            key=key,
            reason="",
            actor=ANA,
            at=world.clock(),
        )


def test_a_raised_precedence_is_one_that_no_other_agreement_for_the_buyers_has(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    world.agreement("TRE", a_line("8", product="P1"), customer="A1", precedence=1)
    world.agreement("TWO", a_line("9", product="P1"), customer="A1")

    choose("left:raise_precedence", world)

    assert golden_of("erp:ONE", "pricing_agreement").document["attributes"]["precedence"] == 2
    assert not PriceConflict.objects.filter(closed_at=None).exists()


def test_lines_of_one_agreement_that_would_meet_are_refused_with_the_ways_out(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    golden = golden_of("erp:ONE", "pricing_agreement")
    (line,) = golden.document["attributes"]["lines"]
    lines = [line, {**line, "value": "9", "valid_from": "2026-06-01", "valid_to": "2026-07-01"}]

    with pytest.raises(LinesOverlap) as refused:
        propose_change(golden, {"lines": lines}, reason="Promotion", actor=ANA, at=world.clock())

    (overlap,) = refused.value.overlaps
    assert overlap["days"] == {"from": "2026-01-01", "until": None}
    assert overlap["other_days"] == {"from": "2026-06-01", "until": "2026-07-01"}
    assert "2026-06-01 to 2026-07-01" in str(refused.value)
    plans = {plan["kind"]: plan for plan in overlap["plans"]}
    assert plans.keys() == {PlanKind.SPLIT, PlanKind.TRUNCATE, PlanKind.DROP}
    assert lines_of("ONE") == [("10", "2026-01-01", None)]
    propose_change(golden, plans["split"]["values"], reason="Promotion", actor=ANA, at=world.clock())
    assert sorted(lines_of("ONE"), key=str) == [
        ("10", "2026-01-01", "2026-06-01"),
        ("10", "2026-07-01", None),
        ("9", "2026-06-01", "2026-07-01"),
    ]


def test_an_approval_that_brings_a_collision_about_is_refused_until_it_is_accepted(world: PriceWorld) -> None:
    publish(lambda owned: {**owned, "override": "show"}, approval={"precedence": {"required": True}})
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    world.agreement("TWO", a_line("9", product="P1"), customer="A1", precedence=1)
    golden = golden_of("erp:TWO", "pricing_agreement")
    request = propose_change(golden, {"precedence": 0}, reason="Tidy up", actor=ANA, at=world.clock())

    def approve(**more: Any) -> ChangeRequest:
        return approve_change(
            request.pk,
            payload_hash=bytes(request.payload_hash),
            groups=("Approver",),
            actor=BEN,
            at=world.clock(),
            **more,
        )

    with pytest.raises(PriceConflictsArise) as refused:
        approve()
    assert [[plan["kind"] for plan in each] for each in refused.value.plans] == [
        ["drop", "drop", "raise_precedence", "raise_precedence"]
    ]
    assert golden_of("erp:TWO", "pricing_agreement").document["attributes"]["precedence"] == 1
    assert not PriceConflict.objects.exists()
    with pytest.raises(StateConflict):
        approve(accept_price_conflicts=True)

    approve(accept_price_conflicts=True, reason="Settled tomorrow")
    assert PriceConflict.objects.filter(closed_at=None).count() == 1


def test_what_the_owner_does_not_let_others_change_is_refused_with_its_name(world: PriceWorld) -> None:
    publish(lambda owned: {**owned, "override": "forbid"}, approval={})
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    world.agreement("TWO", a_line("9", product="P1"), customer="A1")

    with pytest.raises(NotOwner):
        choose("left:raise_precedence", world)
