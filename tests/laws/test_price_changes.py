"""Laws: prices do not depend on the order in which agreements came, and an unmerge restores them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.actors import Actor
from mdm.pricing import resolving
from mdm.services import placing
from mdm.services.decisions import merge_pair, undo
from tests.builders import passing, source_record
from tests.laws.universe import LAWS
from tests.price_world import PriceWorld, a_break, a_line

STEWARD = Actor("steward")
BUYERS, PRODUCTS = ("A1", "B1"), ("P1", "Q1")
Agreement = tuple[str, str, str, dict[str, str], int]  # key, value, product, for whom, precedence


def agreements(most: int) -> st.SearchStrategy[list[Agreement]]:
    """Few values, buyers and products, so that prices agree, outrank each other and collide."""
    one = st.tuples(
        st.sampled_from(["K1", "K2", "K3", "K4", "K5"]),
        st.sampled_from(["5", "6"]),
        st.sampled_from(PRODUCTS),
        st.sampled_from([{"customer": "A1"}, {"customer": "B1"}, {"group": "G"}, {}]),
        st.sampled_from([0, 0, 1]),
    )
    return st.lists(one, min_size=2, max_size=most, unique_by=lambda each: each[0])


def a_world() -> PriceWorld:
    world = PriceWorld()
    for key in BUYERS:
        world.customer(key, group="G")
    for key in PRODUCTS:
        world.product(key)
    return world


def tell(world: PriceWorld, told: Agreement) -> None:
    key, value, product, scope, precedence = told
    line = a_line(value, product=product, breaks=[a_break("10", "4")])
    world.agreement(key, line, a_line("7", brand="Volta"), precedence=precedence, **scope)


def prices(world: PriceWorld) -> dict[tuple[str, str, str], tuple[str, Any]]:
    """What each buyer pays for each product, whichever agreement says so; by the golden ids they had at first."""
    found = {}
    for buyer in BUYERS:
        for product in PRODUCTS:
            for quantity in ("1", "12"):
                answer = world.ask_by_id(product, buyer, position=None, quantity=quantity, unit="piece")
                price = answer.price.unit_price if answer.price else None
                found[buyer, product, quantity] = (str(answer.outcome), price)
    return found


def prices_after(told: list[Agreement]) -> dict[Any, Any]:
    with passing():
        world = a_world()
        for each in told:
            tell(world, each)
        return prices(world)


@pytest.mark.django_db
@LAWS
@given(agreements(most=5).flatmap(lambda told: st.tuples(st.just(told), st.permutations(told))))
def test_prices_do_not_depend_on_the_order_in_which_agreements_came(orders: tuple[list[Any], list[Any]]) -> None:
    first, second = orders
    assert prices_after(first) == prices_after(second)


COLLIDING: list[Agreement] = [("K1", "5", "P1", {"customer": "A1"}, 0), ("K2", "6", "P1", {"customer": "A1"}, 0)]


@pytest.mark.django_db
@pytest.mark.parametrize("guarded", [True, False])
def test_without_telling_conflicts_the_first_to_come_would_win(monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    if not guarded:
        monkeypatch.setattr(resolving, "_disagree", lambda _: False)
    assert (prices_after(COLLIDING) == prices_after(COLLIDING[::-1])) == guarded


def prices_before_and_after(told: list[Agreement], pair: tuple[str, str], late: Agreement | None = None) -> Any:
    """Prices before a merge and after it was taken back; `late` is an agreement that comes in between, and goes."""
    with passing():
        world = a_world()
        for each in told:
            tell(world, each)
        before = prices(world)
        left, right = (source_record(name).pk for name in pair)
        at = world.clock()
        merged = merge_pair(left, right, actor=STEWARD, at=at, reason="-", accept_price_conflicts=True)
        if late:
            tell(world, late)
            world.agreement(late[0], status="closed")
        undo(merged.unit, actor=STEWARD, at=world.clock())
        return before, prices(world)


@pytest.mark.django_db
@LAWS
@given(
    agreements(most=4),
    st.sampled_from([("crm:A1", "crm:B1"), ("erp:P1", "erp:Q1")]),
    st.one_of(st.none(), st.just(("K9", "3", "P1", {"customer": "A1"}, 3))),
)
def test_an_unmerge_restores_every_price(told: list[Agreement], pair: tuple[str, str], late: Agreement | None) -> None:
    before, after = prices_before_and_after(told, pair, late)
    assert after == before


@pytest.mark.django_db
@pytest.mark.parametrize("guarded", [True, False])
@pytest.mark.parametrize("pair", [("crm:A1", "crm:B1"), ("erp:P1", "erp:Q1")])
def test_it_does_because_agreements_follow_and_without_that_it_would_not(
    monkeypatch: pytest.MonkeyPatch, pair: tuple[str, str], guarded: bool
) -> None:
    told: list[Agreement] = [
        ("K1", "5", "P1", {"customer": "A1"}, 0),
        ("K2", "6", "P1", {"customer": "B1"}, 0),
        ("K3", "5", "Q1", {"customer": "B1"}, 0),
    ]
    if not guarded:
        monkeypatch.setattr(placing, "rebuild_dependents", lambda *_, **__: 0)
        monkeypatch.setattr("mdm.services.unmerging.applying.rebuild_dependents", lambda *_, **__: 0)
        # The merge itself goes the guarded way, so that there is something to restore.
        merging = merge_pair

        def merge_with_guard(*given: Any, **named: Any) -> Any:
            with pytest.MonkeyPatch.context() as whole:
                from mdm.services.dependents import rebuild_dependents

                whole.setattr(placing, "rebuild_dependents", rebuild_dependents)
                return merging(*given, **named)

        monkeypatch.setitem(globals(), "merge_pair", merge_with_guard)
    before, after = prices_before_and_after(told, pair)
    assert (after == before) == guarded
