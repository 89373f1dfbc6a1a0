"""What a price depends on is known in time: nothing is overwritten, nothing is priced twice."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mdm.actors import SYSTEM
from mdm.entity_types.pricing_agreement import PriceLine
from mdm.models import SourceSystem
from mdm.projection import date_range
from mdm.services.systems import put_mapping
from tests.builders import NOON, Clock, Payload, golden_of, load

MAPPING: dict[str, Any] = {
    "system": "crm",
    "entity_type": "pricing_agreement",
    "key": "id",
    "source_time": {"path": "modified", "format": "iso", "zone": "UTC"},
    "attributes": {
        "number": {"path": "id", "required": True},
        "currency": "currency",
        "scope_kind": "scope",
        "status": "status",
        "lines": {
            "items": "lines",
            "components": {
                "category": "category",
                "unit": "unit",
                "method": "method",
                "value": "value",
                "valid_from": "from",
                "valid_to": "to",
            },
        },
    },
}


def a_line(value: str, **fields: str) -> Payload:
    return {"category": "Cables", "unit": "piece", "method": "net", "value": value, "from": "2026-01-01", **fields}


def an_agreement(*lines: Payload, **fields: Any) -> Payload:
    return {
        "id": "A1",
        "currency": "EUR",
        "scope": "everyone",
        "status": "active",
        "modified": "2026-01-05T08:00:00Z",
    } | {
        "lines": list(lines),
        **fields,
    }


@pytest.fixture
def clock(hub: None) -> Clock:
    put_mapping(SourceSystem.objects.get(name="crm"), MAPPING, actor=SYSTEM, at=NOON)
    return Clock()


def tell(*lines: Payload, at: datetime) -> None:
    load("crm", an_agreement(*lines, modified=at.isoformat()), at=at, entity_type="pricing_agreement")


def test_a_changed_price_closes_what_was_known_and_opens_what_is(clock: Clock) -> None:
    first, second = clock(), clock()
    tell(a_line("12.50"), at=first)
    tell(a_line("11.90"), at=second)

    old, new = PriceLine.objects.order_by("pk")

    assert (old.value, new.value) == (Decimal("12.5"), Decimal("11.9"))
    assert (old.recorded.lower, old.recorded.upper) == (first, second)
    assert (new.recorded.lower, new.recorded.upper) == (second, None)
    assert old.valid == new.valid


def test_what_was_known_at_any_time_is_told_by_one_row(clock: Clock) -> None:
    times = [clock() for _ in range(4)]
    for number, at in enumerate(times):
        tell(a_line(f"{10 + number}.00"), at=at)

    for number, at in enumerate(times):
        assert PriceLine.objects.get(recorded__contains=at).value == 10 + number


def test_a_fact_that_says_the_same_stays_open(clock: Clock) -> None:
    tell(a_line("12.50"), a_line("3.00", category="Chargers"), at=clock())
    tell(a_line("12.50"), a_line("2.00", category="Chargers"), at=clock())

    assert PriceLine.objects.filter(product_scope="category:Cables").count() == 1
    assert PriceLine.objects.filter(product_scope="category:Chargers").count() == 2


def test_the_database_refuses_two_prices_of_one_scope_at_one_time(clock: Clock) -> None:
    tell(a_line("12.50", to="2026-07-01"), at=clock())
    rival = PriceLine.objects.get()
    rival.pk, rival.item_key, rival.valid = None, "another", date_range("2026-06-30", None)

    with pytest.raises(IntegrityError, match="price_lines_of_one_scope_never_overlap"), transaction.atomic():
        rival.save(force_insert=True)

    rival.valid = date_range("2026-07-01", None)
    rival.save(force_insert=True)


def test_of_overlapping_lines_one_is_in_force_and_the_document_keeps_both(clock: Clock) -> None:
    tell(a_line("12.50"), a_line("9.00", **{"from": "2026-03-01"}), at=clock())

    assert PriceLine.objects.count() == 1
    assert len(golden_of("crm:A1", "pricing_agreement").document["attributes"]["lines"]) == 2
