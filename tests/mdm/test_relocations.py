"""A move asks for a new GLN, a renumbering does not."""

from typing import Any

import pytest

from mdm.relocations import relocation_of

ADDRESS = {"street": "Hafenstraße", "house_number": "12", "postcode": "20457", "city": "Hamburg", "country": "DE"}
GLN = "4012345000009"


def a_place(address: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    return {"gln": GLN, "address": {**ADDRESS, **(address or {})}, **fields}


def at(north: str, east: str) -> dict[str, Any]:
    return {"latitude": north, "longitude": east}


@pytest.mark.parametrize(
    ("address", "moved"),
    [
        ({}, False),
        ({"house_number": "14"}, False),
        ({"street": "Neue Hafenstraße"}, False),
        ({"street": "Hafenstr."}, False),
        ({"unit": "3"}, False),
        ({"street": "Kirchweg", "house_number": "3"}, True),
        ({"city": "Bremen"}, True),
        ({"postcode": "20459"}, True),
        ({"country": "AT"}, True),
    ],
)
def test_without_points_the_address_decides(address: dict[str, str], moved: bool) -> None:
    assert (relocation_of(a_place(), a_place(address)) is not None) == moved


def test_points_decide_where_both_are_told() -> None:
    before = a_place(**at("53.5436", "9.9881"))

    near = relocation_of(before, a_place({"street": "Kirchweg", "house_number": "3"}, **at("53.5437", "9.9882")))
    far = relocation_of(before, a_place(**at("53.5536", "9.9881")))

    assert near is None
    assert far is not None
    assert far.meters == 1112


def test_nothing_is_asked_of_a_place_with_another_gln_or_none() -> None:
    assert relocation_of(a_place(), a_place({"city": "Bremen"}, gln="4012345000016")) is None
    assert relocation_of(a_place(gln=None), a_place({"city": "Bremen"})) is None
    assert relocation_of({}, a_place()) is None
