"""Which price holds, told by the ERP and asked of the hub."""

from datetime import date
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mdm.pricing import Outcome, Step
from mdm.selectors.price_facts import Asked
from mdm.services.prices import resolve_prices
from tests.price_world import PriceWorld, a_break, a_line


@pytest.fixture
def world(db: None) -> PriceWorld:
    world = PriceWorld()
    world.product("P1", category="Cables > Power", brand="Volta", list_price="20.00", cost="8.00")
    world.customer("A1")
    return world


def test_a_line_of_the_customer_is_the_price_and_everything_else_is_told_with_its_reason(world: PriceWorld) -> None:
    world.agreement("LIST", a_line("15.00", product="P1"))
    world.agreement("MINE", a_line("12.50", product="P1"), customer="A1")
    world.agreement("USD", a_line("1.00", product="P1"), customer="A1", currency="USD")
    world.agreement("OLD", a_line("2.00", product="P1"), customer="A1", status="closed")

    found = world.ask("P1", "A1", quantity="3")

    assert found.outcome is Outcome.PRICE
    assert found.price is not None
    assert (str(found.price.unit_price), str(found.price.amount)) == ("12.500000", "37.50")
    assert {(str(each.candidate.value.normalize()), each.step) for each in found.removed} == {
        ("15", Step.SCOPE),
        ("1", Step.CURRENCY),
        ("2", Step.STATUS),
    }


def test_no_price_is_said_and_never_zero(world: PriceWorld) -> None:
    world.agreement("USD", a_line("1.00", product="P1"), currency="USD")

    found = world.ask("P1", "A1")

    assert (found.outcome, found.price) == (Outcome.NO_PRICE, None)
    assert [each.step for each in found.removed] == [Step.CURRENCY]


def test_buyers_come_from_the_narrowest_to_everyone(world: PriceWorld) -> None:
    world.customer("C1")
    world.customer("B1", parent="C1", group="G", **{"class": "gold"})
    world.location("X1")
    told = [
        ("EVERY", "19", {}),
        ("CLASS", "18", {"class": "gold"}),
        ("GROUP", "17", {"group": "G"}),
        ("PARENT", "16", {"customer": "C1"}),
        ("OWN", "15", {"customer": "B1"}),
        ("SITE", "14", {"location": "X1"}),
    ]
    for key, value, scope in told:
        world.agreement(key, a_line(value, product="P1"), **scope)
        assert world.price("P1", "B1", ship_to="X1") == value
    assert world.price("P1", "B1") == "15"
    assert world.price("P1", "C1") == "16"
    assert world.price("P1", "A1") == "19"


def test_products_come_from_the_sku_to_all(world: PriceWorld) -> None:
    for key, value, line in (
        ("L1", "19", {}),
        ("L2", "18", {"brand": "Volta"}),
        ("L3", "17", {"category": "Cables"}),
        ("L4", "16", {"category": "Cables > Power"}),
        ("L5", "15", {"product": "P1"}),
    ):
        world.agreement(key, a_line(value, **line), precedence=10 - int(key[1]))
        assert world.price("P1") == value


def test_the_place_it_ships_from_counts_before_precedence(world: PriceWorld) -> None:
    world.location("X1")
    world.location("Y1")
    world.agreement("ANY", a_line("10", product="P1"), precedence=9)
    world.agreement("X", a_line("11", product="P1", ship_from="X1"), precedence=1)

    assert world.price("P1", ship_from="X1") == "11"
    assert world.price("P1", ship_from="Y1") == "10"
    assert world.price("P1") == "10"


def test_methods_start_from_list_price_and_cost_of_the_currency(world: PriceWorld) -> None:
    world.agreement("OFF", a_line("15", product="P1", method="percent_off"), customer="A1")
    assert world.price("P1", "A1") == "17"
    world.agreement("OFF", a_line("25", product="P1", method="cost_plus"), customer="A1")
    assert world.price("P1", "A1") == "10"
    world.product("P1", list_price="20.00", cost=None)
    found = world.ask("P1", "A1")
    assert [each.step for each in found.removed] == [Step.AMOUNT]


def test_breaks_count_for_the_whole_quantity_or_for_slices(world: PriceWorld) -> None:
    tiers = [a_break("10", "9"), a_break("100", "8")]
    world.agreement("W", a_line("10", product="P1", breaks=tiers), customer="A1")
    assert [world.price("P1", "A1", quantity=q) for q in ("9.5", "10", "99", "100")] == ["10", "9", "9", "8"]

    world.agreement("W", a_line("10", product="P1", breaks=tiers, break_mode="slice"), customer="A1")
    found = world.ask("P1", "A1", quantity="110")
    assert found.price is not None
    # Ten at 10, ninety at 9, ten at 8.
    assert [str(part.quantity) for part in found.price.parts] == ["10", "90", "10"]
    assert str(found.price.amount) == "990.00"


def test_a_child_takes_over_lines_and_breaks_for_each_product(world: PriceWorld) -> None:
    world.product("Q1")
    world.agreement(
        "FRAME",
        a_line("10", product="P1", breaks=[a_break("10", "9")]),
        a_line("5", product="Q1", breaks=[a_break("10", "4")]),
        group="nobody",
    )
    world.agreement("CHILD", a_line("11", product="P1"), customer="A1", parent="FRAME", inherits=True)

    assert world.price("P1", "A1") == "11"
    assert world.price("P1", "A1", quantity="10") == "9"
    assert world.price("Q1", "A1") == "5"
    found = world.ask("Q1", "A1", quantity="10")
    assert found.winner is not None
    assert (found.winner.depth, str(found.price.unit_price) if found.price else "") == (1, "4.000000")
    steps = [each.step for each in world.ask("P1", "A1").removed]
    assert steps == [Step.INHERITANCE]

    world.agreement("CHILD", a_line("11", product="P1"), customer="A1", parent="FRAME", inherits=False)
    assert world.price("Q1", "A1") == "no_price"


def test_equal_rank_with_different_prices_is_a_conflict_that_names_both(world: PriceWorld) -> None:
    one = world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    two = world.agreement("TWO", a_line("11", product="P1"), customer="A1")
    world.agreement("LIST", a_line("15", product="P1"))

    found = world.ask("P1", "A1")
    assert (found.outcome, found.price, found.winner) == (Outcome.CONFLICT, None, None)
    assert [each.agreement.agreement for each in found.rivals] == [one, two]

    world.agreement("TWO", a_line("11", product="P1"), customer="A1", precedence=1)
    assert world.price("P1", "A1") == "11"
    world.agreement("TWO", a_line("10", product="P1"), customer="A1")
    found = world.ask("P1", "A1")
    assert found.outcome is Outcome.PRICE
    assert [each.step for each in found.removed] == [Step.SCOPE, Step.ID]


def test_the_floor_margin_is_flagged(world: PriceWorld) -> None:
    for value, floor in (("10", "kept"), ("9.99", "violated")):
        world.agreement("F", a_line(value, product="P1"), customer="A1", floor="20")
        found = world.ask("P1", "A1")
        assert found.price is not None
        assert found.price.floor == floor


def test_units_convert_exactly_and_the_total_is_rounded_once(world: PriceWorld) -> None:
    world.product("P1", units=[{"unit": "box", "numerator": 3, "denominator": 1}], category="Cables > Power")
    world.agreement("BOX", a_line("10.00", product="P1", unit="box"), customer="A1")

    found = world.ask("P1", "A1", quantity="3", unit="piece")
    assert found.price is not None
    assert (str(found.price.unit_price), found.price.is_exact) == ("3.333333", False)
    assert str(found.price.amount) == "10.00"
    assert world.ask("P1", "A1", unit="pallet").removed[0].step is Step.UNIT


def test_many_questions_cost_as_many_queries_as_one(world: PriceWorld) -> None:
    for number in range(5):
        world.product(f"Q{number}")
    world.agreement("MINE", *(a_line("12", product=f"Q{number}") for number in range(5)), customer="A1")
    asked = [
        Asked(product=world.first_ids["product", f"Q{number % 5}"], customer=world.first_ids["customer", "A1"],
              quantity=Fraction(number + 1), currency="EUR", on=date(2026, 6, 1))
        for number in range(60)
    ]  # fmt: skip

    counts = []
    for questions in (asked[:1], asked):
        with CaptureQueriesContext(connection) as queries:
            answers, _ = resolve_prices(questions)
        assert {answer.resolution.outcome for answer in answers} == {Outcome.PRICE}
        counts.append(len(queries))

    assert counts[0] == counts[1]
