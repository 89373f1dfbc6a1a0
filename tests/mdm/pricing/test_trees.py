"""Prices and the trees of whoever buys: parents of the day, and ship-tos of one's own."""

from datetime import date

import pytest

from tests.price_world import PriceWorld, a_line
from tests.tree_world import a_parent


@pytest.fixture
def world(db: None) -> PriceWorld:
    """Two groups, each with a price of its own."""
    world = PriceWorld()
    world.product("P1")
    for group, price in (("A1", "10"), ("B1", "8")):
        world.customer(group)
        world.agreement(f"K{group}", a_line(price, product="P1"), customer=group)
    return world


def test_a_move_planned_ahead_changes_the_price_from_that_day_on(world: PriceWorld) -> None:
    world.customer("C1", parents=[a_parent("A1"), a_parent("B1", "2026-09-01"), a_parent(None, "2026-10-01")])

    days = [date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 1)]

    assert [world.price("P1", "C1", on=day) for day in days] == ["10", "8", "8", "no_price"]


@pytest.mark.parametrize(
    ("user", "start", "expected"),
    [("C1", None, True), ("A1", None, True), ("B1", None, False), ("C1", "2026-07-01", False)],
)
def test_a_ship_to_that_is_not_the_customers_is_flagged_and_priced_all_the_same(
    world: PriceWorld, user: str, start: str | None, expected: bool
) -> None:
    world.customer("C1", parent="A1")
    role = {"customer": user, "role": "ship_to"} | ({"from": start} if start else {})
    world.location("T1", roles=[role])

    answer = world.answer("P1", "C1", ship_to="T1", on=date(2026, 6, 1))

    assert answer.ship_to_is_its_own is expected
    assert answer.resolution.price is not None


def test_nothing_is_said_of_a_ship_to_that_nobody_named(world: PriceWorld) -> None:
    assert world.answer("P1", "A1").ship_to_is_its_own is None
