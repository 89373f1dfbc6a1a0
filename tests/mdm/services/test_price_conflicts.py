"""Prices that stand against each other are told at once, and a merge that would bring them about is refused."""

from typing import Any

import pytest

from mdm.actors import Actor
from mdm.errors import StateConflict
from mdm.models import GoldenRecord, GoldenStatus, PriceConflict
from mdm.services.consequences.differences import Effect
from mdm.services.consequences.merging import merge_consequences
from mdm.services.decisions import merge_pair, undo
from mdm.services.price_conflicts import PriceConflictsArise
from stewardship.models import Task, TaskKind, TaskState
from tests.builders import golden_of, source_record
from tests.price_world import PriceWorld, a_line

STEWARD = Actor("steward")


@pytest.fixture
def world(db: None) -> PriceWorld:
    world = PriceWorld()
    world.product("P1")
    world.customer("A1")
    world.customer("B1")
    return world


def open_conflicts() -> list[tuple[str, str, int]]:
    rows = PriceConflict.objects.filter(closed_at=None).order_by("pk")
    assert set(rows.values_list("pk", flat=True)) == set(
        Task.objects.filter(kind=TaskKind.PRICE_CONFLICT, state=TaskState.OPEN).values_list("subject_id", flat=True)
    )
    return [(row.left.public_id, row.right.public_id, row.count) for row in rows]


@pytest.mark.parametrize(
    "settled_by",
    [
        {"precedence": 1},
        {"from": "2025-01-01", "to": "2026-01-01"},
        {"status": "closed"},
        {"currency": "USD"},
        {"customer": "B1"},
    ],
)
def test_equal_rank_is_a_task_until_rank_or_dates_differ(world: PriceWorld, settled_by: dict[str, Any]) -> None:
    one = world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    two = world.agreement("TWO", a_line("11", product="P1"), a_line("5", category="Cables"), customer="A1")
    assert open_conflicts() == [(one, two, 1)]
    assert world.price("P1", "A1") == "conflict"

    dates = {name: text for name, text in settled_by.items() if name in ("from", "to")}
    rest = {name: value for name, value in settled_by.items() if name not in dates}
    world.agreement("TWO", a_line("11", product="P1", **dates), **{"customer": "A1", **rest})
    assert open_conflicts() == []
    assert world.price("P1", "A1") in {"10", "11"}
    assert Task.objects.get(kind=TaskKind.PRICE_CONFLICT).state == TaskState.WITHDRAWN


def test_different_rank_and_the_same_price_are_legal(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    world.agreement("SAME", a_line("10", product="P1"), customer="A1")
    world.agreement("OTHER", a_line("9", product="P1"), customer="A1", precedence=1)
    world.agreement("LIST", a_line("12", product="P1"))

    assert open_conflicts() == []
    assert world.price("P1", "A1") == "9"


def test_lines_that_are_taken_over_count_as_well(world: PriceWorld) -> None:
    world.agreement("FRAME", a_line("10", product="P1"), group="nobody")
    child = world.agreement("CHILD", customer="A1", parent="FRAME", inherits=True)
    rival = world.agreement("RIVAL", a_line("11", product="P1"), customer="A1")
    assert open_conflicts() == [(child, rival, 1)]

    world.agreement("FRAME", a_line("11", product="P1"), group="nobody")
    world.agreement("CHILD", a_line("11", product="P1", **{"from": "2025-01-01"}), customer="A1", inherits=False)
    assert open_conflicts() == []


def test_merging_customers_whose_prices_collide_is_refused_with_the_lines(world: PriceWorld) -> None:
    one = world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    two = world.agreement("TWO", a_line("11", product="P1"), customer="B1")
    left, right = source_record("crm:A1").pk, source_record("crm:B1").pk

    with pytest.raises(PriceConflictsArise) as refused:
        merge_pair(left, right, actor=STEWARD, at=world.clock())
    assert [(each.left, each.right) for each in refused.value.conflicts] == [(one, two)]
    assert not GoldenRecord.objects.filter(status=GoldenStatus.MERGED).exists()
    assert open_conflicts() == []

    with pytest.raises(StateConflict):
        merge_pair(left, right, actor=STEWARD, at=world.clock(), accept_price_conflicts=True)
    merged = merge_pair(
        left, right, actor=STEWARD, at=world.clock(), reason="Settled tomorrow", accept_price_conflicts=True
    )
    assert open_conflicts() == [(one, two, 1)]
    assert world.price("P1", "A1") == world.price("P1", "B1") == "conflict"

    undo(merged.unit, actor=STEWARD, at=world.clock())
    assert open_conflicts() == []
    assert (world.price("P1", "A1"), world.price("P1", "B1")) == ("10", "11")


def test_merging_customers_whose_prices_agree_or_differ_in_rank_goes_on(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    world.agreement("TWO", a_line("9", product="P1"), customer="B1", precedence=1)

    merge_pair(source_record("crm:A1").pk, source_record("crm:B1").pk, actor=STEWARD, at=world.clock())

    assert world.price("P1", "A1") == world.price("P1", "B1") == "9"


def test_lines_of_one_agreement_that_collide_when_products_merge_are_a_task(world: PriceWorld) -> None:
    world.product("Q1")
    both = world.agreement("ONE", a_line("10", product="P1"), a_line("11", product="Q1"), customer="A1")
    left, right = source_record("erp:P1").pk, source_record("erp:Q1").pk

    with pytest.raises(PriceConflictsArise):
        merge_pair(left, right, actor=STEWARD, at=world.clock())
    merge_pair(left, right, actor=STEWARD, at=world.clock(), reason="One thing", accept_price_conflicts=True)

    assert golden_of("erp:P1", "product") == golden_of("erp:Q1", "product")
    assert open_conflicts() == [(both, both, 1)]
    # The line that is in force is told; the other is known to be out of force.
    assert world.price("P1", "A1") in {"10", "11"}


def test_moving_a_customer_in_its_tree_brings_no_conflict_that_nobody_is_told_of(world: PriceWorld) -> None:
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    world.agreement("TWO", a_line("11", product="P1"), customer="B1")
    world.customer("C1", parent="A1")
    assert world.price("P1", "C1") == "10"
    world.customer("C1", parent="B1")
    assert world.price("P1", "C1") == "11"
    world.customer("B1", parent="A1")
    assert world.price("P1", "C1") == "11"
    assert open_conflicts() == []


@pytest.mark.parametrize("collision", ["customers", "inherited", "products", "one agreement"])
def test_a_preview_names_the_conflicts_that_the_merge_is_refused_for(world: PriceWorld, collision: str) -> None:
    world.product("Q1")
    system, left, right = "crm", "A1", "B1"
    match collision:
        case "customers":
            world.agreement("ONE", a_line("10", product="P1"), customer="A1")
            world.agreement("TWO", a_line("11", product="P1"), customer="B1")
        case "inherited":
            world.agreement("FRAME", a_line("10", product="P1"), group="nobody")
            world.agreement("ONE", customer="A1", parent="FRAME", inherits=True)
            world.agreement("TWO", a_line("11", product="P1"), customer="B1")
        case "products":
            world.agreement("ONE", a_line("10", product="P1"), customer="A1")
            world.agreement("TWO", a_line("11", product="Q1"), customer="A1")
            system, left, right = "erp", "P1", "Q1"
        case _:
            world.agreement("ONE", a_line("10", product="P1"), a_line("11", product="Q1"), customer="A1")
            system, left, right = "erp", "P1", "Q1"
    pair = [source_record(f"{system}:{key}").pk for key in (left, right)]

    foreseen = merge_consequences(*pair, at=world.clock()).of(Effect.PRICE)
    with pytest.raises(PriceConflictsArise) as refused:
        merge_pair(*pair, actor=STEWARD, at=world.clock())

    conflicts = refused.value.conflicts
    assert [(each.old["line"], each.new["line"]) for each in foreseen] == [
        (each.left_line, each.right_line) for each in conflicts
    ]
    if collision != "one agreement":
        assert [side["price"]["value"] for each in foreseen for side in (each.old, each.new)] == ["10", "11"]
