"""Transforms on the values that systems really write."""

from typing import Any

import pytest

from matching.errors import RuleMistake
from mdm.mapping.transforms import transforms
from mdm.mapping.transforms.base import Unreadable
from mdm.rules.reading import Reader


def a_transform(name: str, **parameters: Any) -> Any:
    mistakes: list[RuleMistake] = []
    transform = transforms.get(name).parse(Reader(parameters, mistakes=mistakes))
    assert not mistakes
    return transform


FIRST = ["FR", "GB", "US"]


@pytest.mark.parametrize(
    ("line", "country", "street", "number", "unit"),
    [
        ("Stefanpad 61", "NL", "Stefanpad", "61", None),
        ("Aziz-Trubin-Weg 68a\n5A", "DE", "Aziz-Trubin-Weg", "68a", "5A"),
        ("123 Rue Chevallier", "FR", "Rue Chevallier", "123", None),
        ("Unit 3B, 12 High Street", "GB", "High Street", "12", "3B"),
        ("2705 S 10th St", "US", "S 10th St", "2705", None),
        ("οδός Παλαιού Αγιονερίου 124", "GR", "οδός Παλαιού Αγιονερίου", "124", None),
        ("Marktplatz", "DE", "Marktplatz", None, None),
    ],
)
def test_a_street_line_is_taken_apart_and_put_together(
    line: str, country: str, street: str, number: str | None, unit: str | None
) -> None:
    transform = a_transform("street_line", number_first=FIRST)
    parts = transform.read([line, country])
    assert parts == {"street": street, "house_number": number, "unit": unit, "country": country}
    assert transform.read(transform.write(parts)) == parts


@pytest.mark.parametrize(
    ("lines", "name", "trading_name"),
    [
        (["Löchel und Hoffmann Haustechnik", "GmbH"], "Löchel und Hoffmann Haustechnik GmbH", None),
        (["Gigaline Elektronik", "Gigaline"], "Gigaline Elektronik", "Gigaline"),
        (["Berger Unterhaltungselektronik GmbH", "Berger"], "Berger Unterhaltungselektronik GmbH", "Berger"),
        (["Acme", None], "Acme", None),
    ],
)
def test_a_second_name_line_continues_the_name_or_is_the_trading_name(
    lines: list[str], name: str, trading_name: str | None
) -> None:
    transform = a_transform("wrapped_name", width=35)
    assert transform.read(lines) == {"name": name, "trading_name": trading_name}
    assert transform.write({"name": name, "trading_name": trading_name}) == lines


@pytest.mark.parametrize(
    ("name", "parameters", "wire", "value"),
    [
        ("decimal", {"style": "comma", "scale": 2}, "25.000,00", "25000"),
        ("decimal", {"style": "comma", "scale": 2}, "-1.299,50", "-1299.5"),
        ("decimal", {"style": "minor", "scale": 2}, 1250, "12.5"),
        ("decimal", {"style": "minor", "scale": 2}, -7, "-0.07"),
        ("decimal", {"style": "minor", "scale": 10}, 1, "0.0000000001"),
        ("decimal", {"style": "minor"}, 1250, "1250"),
        ("decimal", {"style": "number"}, 12.5, "12.5"),
        ("decimal", {"style": "number"}, 16000, "16000"),
        ("quantity", {"factors": {"KG": "1", "G": "0.001"}, "style": "comma", "scale": 3}, ["0,120", "KG"], "0.12"),
        ("dimensions", {"unit": "cm", "separator": " x "}, "12.5 x 3 x 4 cm", "125 x 30 x 40 mm"),
        ("date", {"formats": ["%Y%m%d"], "inclusive": True}, "20260630", "2026-07-01"),
        ("table", {"values": [["", "active"], ["Z1", "blocked"]]}, "", "active"),
        ("boolean", {"yes": ["X"], "no": [""]}, "", False),
        ("vat", {}, "EL094259216", {"jurisdiction": "GR", "number": "EL094259216"}),
        ("country_alpha3", {}, "DEU", "DE"),
        ("country_name", {}, "Germany", "DE"),
        ("zero_padded", {"width": 5}, "00042", "00042"),
        ("split", {"separator": ";"}, "a;b", ["a", "b"]),
        ("join", {}, ["Anna Maria", "Lima"], "Anna Maria Lima"),
    ],
)
def test_a_transform_reads_and_writes(name: str, parameters: dict[str, Any], wire: Any, value: Any) -> None:
    transform = a_transform(name, **parameters)
    assert transform.read(wire) == value
    assert transform.write(value) == wire


@pytest.mark.parametrize(("value", "wire"), [("12.505", 1251), ("-12.505", -1251), ("12.504", 1250)])
def test_what_is_finer_than_the_smallest_unit_is_rounded(value: str, wire: int) -> None:
    assert a_transform("decimal", style="minor", scale=2).write(value) == wire


@pytest.mark.parametrize(
    ("name", "parameters", "wire"),
    [
        ("decimal", {"style": "comma"}, "12.50"),
        ("decimal", {"style": "minor", "scale": 2}, "12.50"),
        ("integer", {}, "1.5"),
        ("date", {}, "1987-02-30"),
        ("gtin", {}, "4000108355908"),
        ("country_name", {}, "Atlantis"),
        ("table", {"values": [["a", "b"]]}, "c"),
        ("vat", {}, "12345"),
        ("quantity", {"factors": {"KG": "1"}}, ["1", "LB"]),
        ("trim", {}, ["a"]),
    ],
)
def test_an_unreadable_value_is_refused_without_being_repeated(
    name: str, parameters: dict[str, Any], wire: Any
) -> None:
    with pytest.raises(Unreadable) as refused:
        a_transform(name, **parameters).read(wire)
    assert str(wire) not in refused.value.detail.split()
