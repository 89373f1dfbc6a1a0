"""Standardizing twice is standardizing once, and the same thing written differently becomes the same."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.standardize import (
    standardize_code,
    standardize_date,
    standardize_email,
    standardize_gtin,
    standardize_phone,
    standardize_postcode,
    standardize_street,
    standardize_text,
    standardize_website,
    standardizers,
)
from matching.standardize.dates import comparable_date
from matching.standardize.organization import split_legal_form
from matching.standardize.product import model_codes

IDEMPOTENT = (
    standardize_text,
    standardize_code,
    standardize_date,
    standardize_email,
    standardize_gtin,
    standardize_postcode,
    standardize_street,
    standardize_phone,
    standardize_website,
)
texts = st.text(max_size=25) | st.from_regex(r"[A-Za-z0-9 .,@#/+-]{0,25}", fullmatch=True)


@pytest.mark.parametrize("standardize", IDEMPOTENT, ids=lambda each: each.__name__)
@settings(max_examples=60, deadline=None)
@given(value=texts)
def test_standardizing_twice_is_standardizing_once(standardize: Callable[[str], str], value: str) -> None:
    once = standardize(value)
    assert standardize(once) == once


@settings(max_examples=60, deadline=None)
@given(value=texts)
def test_splitting_off_a_legal_form_twice_changes_nothing_more(value: str) -> None:
    name, _ = split_legal_form(value)
    assert split_legal_form(name)[0] == name


def test_other_scripts_are_transliterated() -> None:
    assert standardize_text("Москва") == "moskva"
    assert standardize_text("Łódź Straße") == "lodz strasse"


@pytest.mark.parametrize("written", ["1978-11-12", "19781112", "11/12/1978", "12 Nov 1978", "Nov 12 1978", "11/12/78"])
def test_a_date_is_read_however_it_is_written(written: str) -> None:
    assert standardize_date(written) == "1978-11-12"


@pytest.mark.parametrize("nonsense", ["", "2020", "32/32/2020", "hello", "0000-00-00"])
def test_what_is_no_date_is_absent(nonsense: str) -> None:
    assert standardize_date(nonsense) == ""


def test_a_date_that_no_calendar_has_is_still_compared() -> None:
    assert comparable_date("1964-11-71") == "1964-11-71"
    assert comparable_date("1961 14 10") == "1961-14-10"


@pytest.mark.parametrize(
    "unknown",
    ["0000-00-00", "1980-00-12", "9999-12-31", "1980-99-99", "0001-01-01", "1111-11-11", "12311964", "31121964", ""],
)
def test_zeros_and_nines_are_no_date(unknown: str) -> None:
    assert comparable_date(unknown) == ""


def test_a_legal_form_is_no_part_of_the_name() -> None:
    assert split_legal_form("Karz Kruschwitz Electronics GmbH")[0] == "karz kruschwitz electronics"
    assert split_legal_form("Rivero Packaging S.L.")[0] == "rivero packaging"


def test_streets_meet_in_their_abbreviations() -> None:
    assert standardize_street("1397 North Highland Avenue") == standardize_street("1397 n. highland ave.")
    assert standardize_street("Hauptstraße") == standardize_street("Hauptstr.")


def test_a_whole_address_is_taken_apart() -> None:
    (cell,) = standardizers.get("address")(
        (("",), ("1450 N City Rd Suite 900, Arlington VA 23208",), (), (), (), (), ())
    )
    assert cell == ("1450", "n city rd", "900", "arlington va", "", "23208", "")


def test_model_codes_lose_their_separators_and_measures_are_no_codes() -> None:
    assert model_codes("Panasonic KX-FG2451 Fax 16GB 1080p") == ("KXFG2451",)


def test_a_gtin_with_a_wrong_check_digit_is_absent() -> None:
    assert standardize_gtin("4006381333931") == "04006381333931"
    assert standardize_gtin("4006381333932") == ""
