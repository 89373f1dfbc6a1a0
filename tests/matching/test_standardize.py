"""Standardizing twice is standardizing once, and the same thing written differently becomes the same."""

import operator
from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.defaults import ENTITY_TYPES, default_match_rules
from matching.records import MOST_ALTERNATIVES, alternatives_of
from matching.standardize import (
    address,
    contact,
    product,
    standardize_code,
    standardize_date,
    standardize_email,
    standardize_gtin,
    standardize_phone,
    standardize_postcode,
    standardize_street,
    standardize_tax_id,
    standardize_text,
    standardize_website,
    standardizers,
    text,
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
# What lower-casing, folding and expressions disagree about, digits of other scripts, and words that stand for nothing.
ODD = [
    "na.",
    "(none)",
    "Unknown!",
    "N.A.",
    "15 ınch",
    "2 pcſ",
    "1990010²",
    "٠٥٠١٢٣٤٥٦٧",
    "０５０１２３４５６７",
    "\u212a5",
    "İ",
]
texts = st.text(max_size=25) | st.from_regex(r"[A-Za-z0-9 .,@#/+-]{0,25}", fullmatch=True)


@pytest.mark.parametrize("standardize", IDEMPOTENT, ids=lambda each: each.__name__)
@settings(max_examples=60, deadline=None)
@given(value=texts | st.sampled_from(ODD))
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


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("12 OCT 1990", "1990-10-12"),
        ("SEPT 5, 1990", "1990-09-05"),
        ("5 AUGUST 1990", "1990-08-05"),
        ("1990-10-12T08:00:00Z", "1990-10-12"),
        ("19901012T080000", "1990-10-12"),
        ("1990-02-30", ""),
        ("29.02.2023", ""),
        ("05/06/28", "2028-05-06"),
        ("1990010²", ""),
        ("1/1/" + "9" * 5000, ""),
    ],
)
def test_dates_are_read_as_systems_export_them(written: str, read: str) -> None:
    assert standardize_date(written) == read


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


@settings(max_examples=300, deadline=None)
@given(value=texts | st.from_regex(r"[a-z0-9]{1,5}( {1,2}[A-Z'`-]{1,5}){0,3}", fullmatch=True))
def test_plain_words_come_out_as_the_expression_has_them(value: str) -> None:
    ascii_only = value.encode("ascii", "ignore").decode()
    lowered = ascii_only.lower().strip()
    by_expression = text._NOT_WORD.sub(" ", lowered.translate(text._JOINERS)).strip()
    assert standardize_text(ascii_only) == ("" if by_expression in text.EMPTY_WORDS else by_expression)


@settings(max_examples=300, deadline=None)
@given(value=texts | st.from_regex(r"[A-Za-z .,]{0,9}\d{0,3}[ \t]?[a-z]?([-/] ?\d{1,2}[a-z]?)?\s{0,2}", fullmatch=True))
def test_a_house_number_at_the_end_is_never_passed_by(value: str) -> None:
    assert address._ends_in_number(value) or not address._TRAILING_NUMBER.search(value)


@settings(max_examples=200, deadline=None)
@given(word=st.from_regex(r"[a-z]{0,6}(strasse|str|platz|pl|st)?|[0-9]{1,3}(st|nd|rd|th)?", fullmatch=True))
def test_street_words_are_cut_as_the_expressions_do(word: str) -> None:
    plain = address._ORDINAL.sub(r"\1", word)
    cut = address._GLUED_PLACE.sub("pl", address._GLUED.sub("st", plain)) if len(plain) > 6 else plain
    assert standardize_street(word) == address._SHORT.get(cut, cut) or word in text.EMPTY_WORDS


@settings(max_examples=200, deadline=None)
@given(value=st.text(max_size=12) | st.from_regex(r"[0-9 +()-]{3,12}( ?(ext|X|#)\.? ?\d{1,3})?", fullmatch=True))
def test_an_extension_is_cut_off_wherever_there_is_one(value: str) -> None:
    assert contact._without_extension(value) == contact._EXTENSION.sub("", value)


@pytest.mark.parametrize("written", ["0501234567", "٠٥٠١٢٣٤٥٦٧", "０５０１２３４５６７", "۰۵۰ ۱۲۳ ۴۵ ۶۷"])
def test_digits_of_every_script_make_one_phone(written: str) -> None:
    assert contact.national_digits(written) == "501234567"


def test_what_its_owner_registered_is_told_from_what_a_country_shares() -> None:
    assert contact.own_domain("shop.acme.co.uk") == "acme.co.uk"
    assert [contact.is_free_mail(each) for each in ("yahoo.co.uk", "web.de", "mail.siemens.com")] == [True, True, False]


def test_words_that_stand_for_nothing_do_however_they_are_written() -> None:
    assert [standardize_text(each) for each in ("N/A", "N.A.", "(none)", "unknown.", "--")] == [""] * 5


def test_a_tax_id_says_its_country_as_others_do() -> None:
    assert standardize_tax_id("EL094259216")[0] == standardize_tax_id("094259216", "GR")[0] == "GR"


def test_a_given_name_that_is_also_a_title_stays() -> None:
    split = standardizers.get("person_name")
    assert split(((), (), (), ("Don Johnson",))) == (("don", "", "johnson", ""),)
    assert split(((), (), (), ("Dr Johnson",))) == (("", "", "johnson", ""),)
    assert split(((), (), (), ("Smith" + "," * 1200 + "Jr",))) == (("smith", "", "jr", ""),)


KIND = standardizers.get("party_kind")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"organization_name": "Siemens AG", "given_name": "Anna", "family_name": "Meyer"}, "person"),
        ({"organization_name": "Siemens AG", "date_of_birth": "1980-03-12"}, "person"),
        ({"organization_name": "Siemens AG", "given_name": "Anna"}, "organization"),
        ({"organization_name": "Siemens AG"}, "organization"),
        ({"kind": "company", "given_name": "Anna", "family_name": "Meyer"}, "organization"),
        ({"kind": "natural person", "organization_name": "Siemens AG"}, "person"),
        ({"kind": "corporate", "name": "Anna Meyer"}, "organization"),
    ],
)
def test_who_works_for_a_company_is_a_person(said: dict[str, str], kind: str) -> None:
    attributes = ("kind", "organization_name", "given_name", "family_name", "date_of_birth", "name")
    assert KIND(tuple((said[name],) if name in said else () for name in attributes)) == (kind,)


SIZES = {"period": 2} | {
    feature.standardizer: len(feature.attributes)
    for entity_type in ENTITY_TYPES
    for feature in default_match_rules(entity_type).features
}
long_texts = st.builds(operator.mul, st.sampled_from([",", "(", " ", "9", "a ", "-"]), st.integers(200, 500))


@pytest.mark.parametrize("name", standardizers.names())
@settings(max_examples=40, deadline=None)
@given(value=texts | st.sampled_from(ODD) | long_texts | st.builds("Smith{} Jr".format, long_texts))
def test_every_standardizer_takes_every_text(name: str, value: str) -> None:
    """One value that it does not expect would end a whole run, or hold up a hub's queue."""
    cells = standardizers.get(name)(((value,),) * SIZES.get(name, 1))
    assert len(set(cells)) == len(cells)
    assert all(cell and (isinstance(cell, str) or any(cell)) for cell in cells)


@pytest.mark.parametrize(
    ("search", "value"),
    [
        (contact._EXTENSION.search, "x" + " " * 60_000 + "y1"),
        (address._TRAILING_NUMBER.search, "a" + " " * 60_000 + "b1x"),
        (address._UNIT.search, "a" + " " * 60_000 + "b1x"),
        (product._QUOTE_INCH.search, "1" * 60_000),
    ],
)
def test_the_work_on_a_value_grows_as_its_length_does(search: Callable[[str], object], value: str) -> None:
    started = process_time()
    search(value)
    assert process_time() - started < 2  # the square of its length took minutes


def test_only_so_much_of_a_value_is_read() -> None:
    assert alternatives_of("name", "x" * 5_000) == ("x" * 1_000,)
    assert alternatives_of("description", "x" * 5_000) == ("x" * 5_000,)
    assert len(alternatives_of("email", tuple(map(str, range(500))))) == MOST_ALTERNATIVES
    assert alternatives_of("email", "a\ud800@x.com") == ("a?@x.com",)
