"""Facts of a hub that ran before they named their versions get those that they were written with."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from mdm.actors import Actor
from mdm.selectors.feed_positions import last_position
from mdm.services.decisions import merge_pair, undo
from mdm.services.sequencer import assign_feed_positions
from tests.builders import source_record
from tests.price_world import PriceWorld, a_line

FACTS = ("agreementterms", "priceline", "scopemembership", "hierarchyedge", "redirect", "unitconversion")
STEWARD = Actor("steward")


def versions() -> list[Any]:
    with connections["owner"].cursor() as cursor:
        found = []
        for fact in FACTS:
            cursor.execute(f"SELECT id, opened_version, closed_version FROM mdm_{fact} ORDER BY id")
            found.append((fact, cursor.fetchall()))
        return found


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_versions_are_found_again_by_the_migration() -> None:
    world = PriceWorld()
    world.product("P1", list_price="20.00", units=[{"unit": "box", "numerator": 10, "denominator": 1}])
    for key in ("A1", "B1"):
        world.customer(key, group="G")
    world.agreement("M", a_line("10", product="P1"), customer="A1")
    world.agreement("M", a_line("11", product="P1"), customer="A1")
    world.customer("B1", parent="A1", group="H")
    merged = merge_pair(source_record("crm:A1").pk, source_record("crm:B1").pk, actor=STEWARD, at=world.clock())
    undo(merged.unit, actor=STEWARD, at=world.clock())
    assign_feed_positions()
    before, position = versions(), last_position()
    asked = world.price("P1", "B1", position=position)

    call_command("migrate", "mdm", "0016_erasure", verbosity=0)
    call_command("migrate", verbosity=0)

    assert versions() == before
    assert world.price("P1", "B1", position=position) == asked == "11"
    assert world.price("P1", "A1") == "11"
