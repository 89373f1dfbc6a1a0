"""`manage.py prices radar` looks now and says what it found, for people and for machines."""

import io
import json

import pytest
from django.core.management import call_command

from mdm.models import PricingAccuracy
from tests.price_world import PriceWorld, a_line


@pytest.fixture
def world(db: None) -> PriceWorld:
    """A product that is not sold has a price."""
    world = PriceWorld()
    world.product("P1", status="phased_out")
    world.customer("A1")
    world.agreement("E", a_line("10", product="P1"), customer="A1")
    return world


def said(*options: str) -> str:
    out = io.StringIO()
    call_command("prices", "radar", *options, stdout=out)
    return out.getvalue()


def test_it_prints_each_kind_and_the_accuracy(world: PriceWorld) -> None:
    text = said()
    assert text.startswith("1 lines; 1 findings new, 0 over.")
    assert "Product not sold, phased out" in text
    assert "Pricing accuracy 100.00%: 1 of 1 lines equal everywhere" in text
    assert said().startswith("1 lines; 0 findings new, 0 over.")
    assert PricingAccuracy.objects.count() == 1


def test_machines_are_told_every_kind_and_band(world: PriceWorld) -> None:
    told = json.loads(said("--json"))
    assert (told["lines"], told["new"], told["over"]) == (1, 1, 0)
    assert told["findings"]["retired_product"]["phased_out"] == {"findings": 1, "agreements": 1}
    assert told["findings"]["gap"] == {band: {"findings": 0, "agreements": 0} for band in ("open", "ahead")}
    assert told["accuracy"]["share"] == 1.0
    assert set(told["seconds"]) >= {"gap", "difference"}
