"""Percentiles, time by phase, and documents the hub would accept."""

from random import Random
from types import ModuleType

import pytest

from benchmarks.customers.copies import customers_with_copies, world_of
from benchmarks.customers.noise import FIELDS
from benchmarks.hub.documents import CUSTOMER, customer_document
from benchmarks.phases import PhaseClock
from benchmarks.single_record import percentiles
from mdm.entity_types import coded_attributes
from mdm.validation import validate_document


def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed() -> None:
    assert percentiles(list(range(1, 201))) == [100, 180, 198, 200]
    assert percentiles([7]) == [7, 7, 7, 7]


def test_a_phase_inside_another_stops_the_outer_ones_clock() -> None:
    module = ModuleType("watched")
    module.inner = lambda: sum(range(100_000))  # type: ignore[attr-defined]  # a module made for this test
    clock = PhaseClock()

    with clock.watching(module, {"inner": "inner"}), clock.phase("outer"):
        module.inner()
    spent = clock.take()

    assert spent["inner"] > 10 * spent["outer"] > 0
    assert clock.take() == {}


def test_a_name_that_is_gone_is_not_watched_in_silence() -> None:
    with pytest.raises(AttributeError), PhaseClock().watching(ModuleType("watched"), {"gone": "phase"}):
        pass


def test_the_hub_would_accept_every_invented_document() -> None:
    random = Random(3)
    told = customers_with_copies(world_of(random, records=500), random, records=500)

    documents = [customer_document(dict(zip(FIELDS, row[2:], strict=True))) for _, rows in told for row in rows]

    assert len(documents) == 500
    assert not [problem for each in documents for problem in validate_document(coded_attributes(CUSTOMER), each)]
    assert sum("date_of_birth" in each for each in documents) > 200
