"""Addresses in the form of their country, beside what was told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.addresses import building_key, standard_address

HAMBURG = {"street": "Hafenstraße", "house_number": "12", "postcode": "20457", "city": "Hamburg", "country": "DE"}
VIEW = {
    "street": "Amphitheatre Pkwy",
    "house_number": "1600",
    "city": "Mountain View",
    "region": "California",
    "postcode": "94043",
    "country": "US",
}

words = st.text("abcÄß 1-", max_size=8)
addresses = st.fixed_dictionaries(
    {"country": st.sampled_from(["DE", "US", "GB", "FR", "JP", "IE", "HK", "XK"])},
    optional={
        "street": words,
        "house_number": words,
        "unit": words,
        "city": words,
        "region": st.sampled_from(["CA", "California", "Paris", "x"]),
        "postcode": st.sampled_from(["20457", "94043", "SW1A 1AA", "75001", "x"]),
    },
)


@pytest.mark.parametrize(
    ("address", "lines"),
    [(HAMBURG, ("Hafenstraße 12", "20457 HAMBURG")), (VIEW, ("1600 Amphitheatre Pkwy", "MOUNTAIN VIEW, CA 94043"))],
)
def test_lines_stand_as_on_a_letter_of_the_country(address: dict[str, Any], lines: tuple[str, ...]) -> None:
    standard = standard_address(address)

    assert standard is not None
    assert standard.lines[:2] == lines
    assert standard.problems == {}


def test_a_region_has_the_code_of_the_postal_service() -> None:
    standard = standard_address(VIEW)

    assert standard is not None
    assert standard.components["region"] == "CA"


def test_what_the_country_refuses_is_named_and_stays_as_told() -> None:
    standard = standard_address({**HAMBURG, "postcode": "2045"})

    assert standard is not None
    assert standard.problems == {"postcode": "invalid"}
    assert standard.components["postcode"] == "2045"


def test_without_a_country_there_is_no_standard_form() -> None:
    assert standard_address({"city": "Hamburg"}) is None
    assert standard_address(None) is None


@given(addresses)
def test_standardizing_twice_is_standardizing_once(address: dict[str, str]) -> None:
    once = standard_address(address)
    assert once is not None
    twice = standard_address(once.components)
    assert twice is not None
    assert twice.components == once.components


def test_a_building_is_one_whatever_the_suite_or_the_spelling() -> None:
    key = building_key(HAMBURG)

    assert key
    assert building_key({**HAMBURG, "unit": "4"}) == key
    assert building_key({**HAMBURG, "street": "hafenstr.", "city": "HAMBURG"}) == key
    assert building_key({**HAMBURG, "house_number": "14"}) != key
    assert building_key({"city": "Hamburg", "country": "DE"}) == ""
