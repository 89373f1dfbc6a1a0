"""Lines that state another price."""

from typing import Any

from mdm.entity_types.attributes_pricing_agreement import PRICING_AGREEMENT_ATTRIBUTES
from mdm.services.rehearsal.prices import price_changes

LINES = next(each for each in PRICING_AGREEMENT_ATTRIBUTES if each.name == "lines")


def an_agreement(*lines: dict[str, Any], currency: str = "EUR") -> dict[str, Any]:
    return {"currency": currency, "lines": [{"method": "net", **line} for line in lines]}


def test_another_value_is_another_price() -> None:
    old = an_agreement({"brand": "Lumen", "value": "10"}, {"category": "Cables", "value": "3"})
    new = an_agreement({"brand": "Lumen", "value": "11"}, {"category": "Cables", "value": "3"})

    ((_, before, after),) = price_changes(LINES, old, new)

    assert (before, after) == (
        {"currency": "EUR", "method": "net", "value": "10"},
        {"currency": "EUR", "method": "net", "value": "11"},
    )


def test_what_is_no_price_and_the_order_of_lines_do_not_count() -> None:
    old = an_agreement({"brand": "Lumen", "value": "10", "line_key": "1"}, {"brand": "Volta", "value": "2"})
    new = an_agreement({"brand": "Volta", "value": "2"}, {"brand": "Lumen", "value": "10", "line_key": "7"})

    assert list(price_changes(LINES, old, new)) == []


def test_lines_that_come_and_go_and_another_currency_count() -> None:
    old = an_agreement({"brand": "Lumen", "value": "10"}, {"brand": "Volta", "value": "2"})
    new = an_agreement({"brand": "Lumen", "value": "10"}, {"brand": "Ohm", "value": "5"}, currency="USD")

    told = [
        (before and before["value"], after and after["value"]) for _, before, after in price_changes(LINES, old, new)
    ]

    assert sorted(told, key=str) == [("10", "10"), ("2", None), (None, "5")]
