"""Cases that pricing breaks at elsewhere: edges of windows, changes half-way, things that become others, clocks."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mdm.actors import Actor
from mdm.models import QuarantineEntry
from mdm.pricing import Outcome, Step, Window
from mdm.selectors.feed_positions import last_position, position_at
from mdm.services.decisions import merge_pair, undo
from mdm.services.sequencer import assign_feed_positions
from tests.builders import load, source_record
from tests.price_world import PriceWorld, a_line

STEWARD = Actor("steward")


@pytest.fixture
def world(db: None) -> PriceWorld:
    world = PriceWorld()
    world.product("P1")
    world.customer("A1")
    return world


def known_now() -> int:
    assign_feed_positions()
    return last_position()


def test_a_window_without_a_day_holds_on_none() -> None:
    nothing = Window(date(2026, 3, 1), date(2026, 3, 1))
    assert not any(nothing.holds(date(2026, 2, 27) + timedelta(days=day)) for day in range(5))


def test_a_window_without_a_day_is_refused_at_the_door(world: PriceWorld) -> None:
    said = {"id": "Z", "currency": "EUR", "status": "active", "scope": "everyone", "modified": "2026-02-01T00:00:00Z"}
    line = a_line("1", product="P1", to="2026-01-01")
    load("erp", {**said, "lines": [line]}, at=world.clock(), entity_type="pricing_agreement")
    assert QuarantineEntry.objects.count() == 1
    assert world.price("P1", "A1") == "no_price"


def test_touching_windows_meet_on_no_day_and_leave_none_out(world: PriceWorld) -> None:
    first = a_line("10", product="P1", **{"from": "2026-01-01", "to": "2026-03-01"})
    second = a_line("11", product="P1", **{"from": "2026-03-01"})
    world.agreement("M", first, second, customer="A1")

    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 28), date(2026, 3, 1), date(9999, 12, 31))
    assert [world.price("P1", "A1", on=day) for day in days] == ["no_price", "10", "10", "11", "11"]


def test_an_open_end_holds_on_every_day_of_its_side(world: PriceWorld) -> None:
    first = a_line("10", product="P1", **{"from": None, "to": "2026-03-01"})
    world.agreement("M", first, a_line("11", product="P1", **{"from": "2026-03-01"}), customer="A1")

    days = (date(1, 1, 1), date(2026, 2, 28), date(2026, 3, 1), date(9999, 12, 31))
    assert [world.price("P1", "A1", on=day) for day in days] == ["10", "10", "11", "11"]


def test_the_leap_day_is_a_day(world: PriceWorld) -> None:
    world.agreement("L", a_line("10", product="P1", **{"from": "2028-02-29", "to": "2028-03-01"}), customer="A1")

    days = (date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1))
    assert [world.price("P1", "A1", on=day) for day in days] == ["no_price", "10", "no_price"]


def test_a_unit_that_changes_in_the_middle_of_a_contract_changes_the_price_on_that_day(world: PriceWorld) -> None:
    box = {"unit": "box", "denominator": 1}
    ten, twelve = {**box, "numerator": 10, "to": "2026-07-01"}, {**box, "numerator": 12, "from": "2026-07-01"}
    world.agreement("M", a_line("60", product="P1", unit="box"), customer="A1")
    world.product("P1", units=[{**box, "numerator": 10}])
    before = known_now()
    world.product("P1", units=[ten, twelve])

    assert world.price("P1", "A1", on=date(2026, 6, 30)) == "6"
    assert world.price("P1", "A1", on=date(2026, 7, 1)) == "5"
    assert world.price("P1", "A1", on=date(2026, 7, 1), position=before) == "6"


def test_a_merged_customer_pays_what_its_survivor_pays_and_its_own_price_after_the_unmerge(world: PriceWorld) -> None:
    world.customer("B1")
    world.agreement("M", a_line("10", product="P1"), customer="A1")
    assert world.price("P1", "B1") == "no_price"
    before = known_now()
    merged = merge_pair(source_record("crm:A1").pk, source_record("crm:B1").pk, actor=STEWARD, at=world.clock())
    during = known_now()

    def asked(position: int | None) -> list[str]:
        found = [world.ask_by_id("P1", buyer, position=position, quantity="1", unit="piece") for buyer in ("A1", "B1")]
        return [str(each.outcome) for each in found]

    assert asked(None) == ["price", "price"]
    undo(merged.unit, actor=STEWARD, at=world.clock())
    assert asked(None) == ["price", "no_price"]
    # Redirects are replayed as well.
    assert (asked(before), asked(during)) == (["price", "no_price"], ["price", "price"])


def test_a_customer_with_another_parent_pays_what_that_one_pays(world: PriceWorld) -> None:
    world.customer("B1")
    world.agreement("M", a_line("10", product="P1"), customer="A1")
    world.agreement("N", a_line("11", product="P1"), customer="B1")
    world.customer("C1", parent="A1")
    before = known_now()
    world.customer("C1", parent="B1")

    assert (world.price("P1", "C1"), world.price("P1", "C1", position=before)) == ("11", "10")


def test_a_successor_is_named_and_does_not_take_over_the_price(world: PriceWorld) -> None:
    world.agreement("M", a_line("10", product="P1"), customer="A1")
    successor = world.product("Q1")
    world.product("P1", successor="Q1")

    assert world.price("P1", "A1") == "10"
    assert world.price("Q1", "A1") == "no_price"
    assert world.answer("P1", "A1").product.successor == successor


def test_a_currency_that_is_switched_is_never_converted(world: PriceWorld) -> None:
    world.agreement("OLD", a_line("10", product="P1"), customer="A1", to="2026-07-01", **{"from": "2026-01-01"})
    world.agreement("NEW", a_line("11", product="P1", **{"from": "2026-07-01"}), customer="A1", currency="USD")

    july = date(2026, 7, 1)
    assert (world.price("P1", "A1"), world.price("P1", "A1", on=july)) == ("10", "no_price")
    assert world.price("P1", "A1", on=july, currency="USD") == "11"
    assert {each.step for each in world.ask("P1", "A1", on=july).removed} == {Step.DATE, Step.CURRENCY}


def test_an_hour_that_comes_twice_stands_for_two_instants(world: PriceWorld) -> None:
    """On 25 October 2026 half past two in Berlin is told twice: with its offset it is clear which is meant."""
    summer, winter = (datetime.fromisoformat(f"2026-10-25T02:30:00+0{hours}:00") for hours in (2, 1))
    assert winter - summer == timedelta(hours=1)
    position = known_now()
    assert position_at(summer) == position_at(winter) == 0
    assert position_at(datetime.now(UTC)) == position


def test_a_day_is_a_calendar_day_whatever_the_clock_does(world: PriceWorld) -> None:
    world.agreement("M", a_line("10", product="P1", **{"from": "2026-03-29", "to": "2026-03-30"}), customer="A1")
    days = (date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30))
    assert [world.price("P1", "A1", on=day) for day in days] == ["no_price", "10", "no_price"]


def test_a_retired_product_has_no_price_though_lines_name_it(world: PriceWorld) -> None:
    world.agreement("M", a_line("10", product="P1"), customer="A1")
    before = known_now()
    load("erp", {"id": "P1", "name": "Stromkabel P1", "gone": True}, at=world.clock(), entity_type="product")

    found = world.ask("P1", "A1")
    assert (found.outcome, [each.step for each in found.removed]) == (Outcome.NO_PRICE, [Step.PRODUCT])
    assert world.price("P1", "A1", position=before) == "10"


def test_yen_have_no_decimals_and_dinars_three(world: PriceWorld) -> None:
    for currency, amount in (("JPY", "4"), ("KWD", "3.501"), ("EUR", "3.50")):
        world.agreement(currency, a_line("1.1669", product="P1"), customer="A1", currency=currency)
        found = world.ask("P1", "A1", currency=currency, quantity="3")
        assert found.price is not None
        assert str(found.price.amount) == amount
