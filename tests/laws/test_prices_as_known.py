"""Law: an answer at a `known_at` never changes, whatever is written afterwards."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from mdm.actors import Actor
from mdm.selectors.feed_positions import last_position, position_at
from mdm.selectors.price_facts import known
from mdm.services.decisions import merge_pair, undo
from mdm.services.sequencer import assign_feed_positions
from tests.builders import passing, source_record
from tests.laws.universe import LAWS
from tests.price_world import PriceWorld, a_break, a_line

STEWARD = Actor("steward")
BUYERS, PRODUCTS = ("A1", "B1", "C1"), ("P1", "Q1")

moves = st.one_of(
    st.tuples(
        st.just("agreement"),
        st.sampled_from(("K1", "K2", "K3")),
        st.sampled_from(("5", "6", "7")),
        st.sampled_from(PRODUCTS),
        st.sampled_from(({"customer": "A1"}, {"customer": "B1"}, {"group": "G"}, {})),
        st.sampled_from((0, 1)),
    ),
    st.tuples(st.just("parent"), st.sampled_from(BUYERS), st.sampled_from((None, *BUYERS))),
    st.tuples(st.just("group"), st.sampled_from(BUYERS), st.sampled_from((None, "G"))),
    st.tuples(st.just("box"), st.sampled_from(PRODUCTS), st.sampled_from((10, 12))),
    st.tuples(st.just("list"), st.sampled_from(PRODUCTS), st.sampled_from(("20.00", "21.00"))),
    st.tuples(st.just("merge")),
    st.tuples(st.just("undo")),
)


class Story:
    """A hub to which things happen, and what it answered at every position."""

    def __init__(self) -> None:
        self.world = PriceWorld()
        self.customers: dict[str, dict[str, Any]] = {key: {} for key in BUYERS}
        self.products: dict[str, dict[str, Any]] = {key: {} for key in PRODUCTS}
        self.merged: Any = None
        for key in BUYERS:
            self.world.customer(key)
        for key in PRODUCTS:
            self.world.product(key)

    def happen(self, move: tuple[Any, ...]) -> None:
        match move:
            case ("agreement", key, value, product, scope, precedence):
                line = a_line(value, product=product, breaks=[a_break("10", "4")])
                off = a_line("10", category="none", method="percent_off")
                self.world.agreement(key, line, off, precedence=precedence, **scope)
            case ("parent", key, parent):
                self._customer(key, parent=None if parent == key else parent)
            case ("group", key, group):
                self._customer(key, group=group)
            case ("box", key, size):
                self._product(key, units=[{"unit": "box", "numerator": size, "denominator": 1}])
            case ("list", key, price):
                self._product(key, list_price=price)
            case ("merge",) if self.merged is None:
                left, right = source_record("crm:A1").pk, source_record("crm:B1").pk
                at = self.world.clock()
                self.merged = merge_pair(left, right, actor=STEWARD, at=at, reason="-", accept_price_conflicts=True)
            case ("undo",) if self.merged is not None:
                undo(self.merged.unit, actor=STEWARD, at=self.world.clock())
                self.merged = None
            case _:
                pass

    def _customer(self, key: str, **fields: Any) -> None:
        self.customers[key] |= fields
        self.world.customer(key, **self.customers[key])

    def _product(self, key: str, **fields: Any) -> None:
        self.products[key] |= fields
        self.world.product(key, **self.products[key])

    def answers(self, position: int | None) -> list[Any]:
        ids = self.world.ask_by_id
        return [
            ids(product, buyer, position=position, quantity=quantity, unit=unit)
            for product in PRODUCTS
            for buyer in BUYERS
            for quantity, unit in (("1", "piece"), ("2", "box"))
        ]


def answers_that_changed(happenings: list[tuple[Any, ...]]) -> list[int]:
    """Positions at which the hub answered otherwise later than at first."""
    with passing():
        story = Story()
        told: dict[int, list[Any]] = {}
        for move in happenings:
            story.happen(move)
            assign_feed_positions()
            position = last_position()
            told[position] = story.answers(position)
            # Everything has its position, so what is known now is what is known there.
            assert told[position] == story.answers(None)
        return [position for position, answers in told.items() if story.answers(position) != answers]


@pytest.mark.django_db
@LAWS
@given(st.lists(moves, min_size=4, max_size=8))
def test_an_answer_at_a_position_never_changes(happenings: list[tuple[Any, ...]]) -> None:
    assert answers_that_changed(happenings) == []


@pytest.mark.django_db
def test_negative_control_what_is_known_now_does_change(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = [("agreement", "K1", value, "P1", dict[str, str](), 0) for value in ("5", "6")]
    assert answers_that_changed([first, second]) == []
    monkeypatch.setattr(known, "_AT", known._NOW)
    assert answers_that_changed([first, second]) != []


@pytest.mark.django_db(transaction=True)
def test_what_was_caused_earlier_and_committed_later_is_not_known_before(transactional_db: None) -> None:
    """Times of causes would say otherwise: this is why positions decide."""
    world = PriceWorld()
    world.product("P1")
    world.customer("A1")
    early = world.clock()
    world.agreement("LATE", a_line("10", product="P1"), customer="A1")
    assign_feed_positions()
    position, instant = last_position(), timezone.now()
    assert world.price("P1", "A1", position=position) == "10"

    world.clock.now = early - timedelta(minutes=2)  # caused before what is known, committed now
    world.agreement("EARLY", a_line("3", product="P1"), customer="A1", precedence=9)
    assert world.price("P1", "A1") == "3"
    assert world.price("P1", "A1", position=position) == "10"
    assert position_at(instant) == position
    assign_feed_positions()
    assert world.price("P1", "A1", position=position) == "10"
    assert position_at(instant) == position
    assert world.price("P1", "A1", position=last_position()) == "3"


@pytest.mark.django_db(transaction=True)
def test_an_instant_waits_for_positions_that_are_being_given_out(transactional_db: None) -> None:
    """Otherwise the same instant would stand for a later position a moment later."""
    from threading import Thread

    from tests.laws.threads import all_at_once

    world = PriceWorld()
    found: list[int | None] = []
    with transaction.atomic():
        world.product("P1")
    with transaction.atomic():
        assign_feed_positions()
        instant = timezone.now()
        reader = Thread(target=partial(all_at_once, [lambda: found.append(position_at(instant))]))
        reader.start()
        reader.join(timeout=1)
        assert found == []
    reader.join()

    assert found == [last_position()]
    assert position_at(timezone.now() + timedelta(days=1)) is None
    assert position_at(instant - timedelta(days=999)) == 0
