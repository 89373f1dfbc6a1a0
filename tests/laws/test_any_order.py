"""Law 1: any arrival order, batch or single, any number of workers: the same partition and the same golden values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.services.components import Component, locked_component
from tests.builders import golden_values, load, passing, the_same_customer
from tests.laws.observed import load_all
from tests.laws.universe import LAWS, Told, arrivals, universes


def outcome(batches: list[list[Told]]) -> dict[Any, Any]:
    with passing() as clock:
        load_all(batches, clock)
        return golden_values()


def in_one_go(universe: list[Told]) -> list[list[Told]]:
    return [sorted(universe, key=lambda told: told.name)]


@pytest.mark.django_db
@LAWS
@given(data=st.data())
def test_any_order_and_any_batches_come_to_the_same(hub: None, data: st.DataObject) -> None:
    universe = data.draw(universes())
    batches = data.draw(arrivals(universe))

    assert outcome(batches) == outcome(in_one_go(universe))


@pytest.mark.django_db
def test_without_its_component_an_arrival_would_depend_on_the_order(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: an arrival that does not close over its component forgets what came before."""
    universe = [Told("crm", the_same_customer(key)) for key in "123"]
    singly = [[told] for told in universe]
    assert outcome(singly) == outcome(in_one_go(universe))

    def blind(ids: list[int]) -> Component:
        whole = locked_component(ids)
        chosen = set(ids)
        return Component(
            records={pk: record for pk, record in whole.records.items() if pk in chosen},
            pairs=[pair for pair in whole.pairs if {pair.left, pair.right} <= chosen],
            must_links=[],
            cannot_links=[],
            placed={pk: golden for pk, golden in whole.placed.items() if pk in chosen},
        )

    monkeypatch.setattr("mdm.services.settlement.locked_component", blind)

    assert outcome(singly) != outcome(in_one_go(universe))


@pytest.mark.django_db
def test_a_record_that_says_something_else_leaves_its_golden_record(hub: None) -> None:
    with passing() as clock:
        load("crm", the_same_customer("1"), the_same_customer("2"), the_same_customer("3"), at=clock())
        other = {"name": "Zementwerk Ost", "phone": None, "email": None, "vat": None, "street": "Am Kai", "city": "Ulm"}
        load("crm", the_same_customer("2", **other, postcode="89073"), at=clock())

        assert set(golden_values()) == {frozenset({"crm:1", "crm:3"}), frozenset({"crm:2"})}
