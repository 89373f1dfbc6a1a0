"""Validation and normalization of canonical documents."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.decimals import canonical_amount, canonical_decimal
from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES
from mdm.entity_types.attributes_pricing_agreement import PRICING_AGREEMENT_ATTRIBUTES
from mdm.validation import normalize_document, validate_document

CUSTOMER = {"kind": "organization", "name": "Lindqvist Audio AB"}


def codes(values: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in validate_document(CUSTOMER_ATTRIBUTES, CUSTOMER | values)]


@pytest.mark.parametrize(
    ("values", "pointer", "code"),
    [
        ({"kind": None}, "/kind", "required"),
        ({"kind": "company"}, "/kind", "unknown_choice"),
        ({"name": 7}, "/name", "wrong_type"),
        ({"name": "x" * 301}, "/name", "too_long"),
        ({"name": "a\0b"}, "/name", "unwritable_text"),
        ({"name": "a\ud800"}, "/name", "unwritable_text"),
        ({"shoe/size": "42"}, "/shoe~1size", "unknown_attribute"),
        ({"date_of_birth": "1987-02-30"}, "/date_of_birth", "no_such_day"),
        ({"date_of_birth": "30.02.1987"}, "/date_of_birth", "wrong_type"),
        ({"emails": "a@b.example"}, "/emails", "wrong_type"),
        ({"emails": ["A@b.example", "a@B.example"]}, "/emails/1", "repeated_item"),
        ({"address": {"country": "XX"}}, "/address/country", "unknown_country"),
        (
            {"exemption_certificates": [{"number": "1", "jurisdiction": "DE", "percent": "101"}]},
            "/exemption_certificates/0/percent",
            "out_of_range",
        ),
        ({"address": {"planet": "Earth"}}, "/address/planet", "unknown_attribute"),
        ({"bill_to": {"system": "erp", "key": "1"}}, "/bill_to", "wrong_type"),
        ({"bill_to": {"system": "erp", "entity_type": "product", "key": "1"}}, "/bill_to", "wrong_target"),
        ({"bill_to": {"system": "erp", "entity_type": "customer", "key": " "}}, "/bill_to", "wrong_type"),
        (
            {"companies": [{"company": "1", "credit_limit": {"amount": 5, "currency": "EUR"}}]},
            "/companies/0/credit_limit",
            "wrong_type",
        ),
        (
            {"companies": [{"company": "1"}, {"company": "1", "payment_terms": "NET30"}]},
            "/companies/1",
            "repeated_item",
        ),
        (
            {
                "exemption_certificates": [
                    {"number": "1", "jurisdiction": "DE", "valid_from": "2026-01-01", "valid_to": "2026-01-01"}
                ]
            },
            "/exemption_certificates/0/valid_to",
            "empty_window",
        ),
    ],
)
def test_a_wrong_value_is_named_by_pointer_and_code(values: dict[str, Any], pointer: str, code: str) -> None:
    assert (pointer, code) in codes(values)


def test_a_right_document_has_no_problems() -> None:
    assert codes({"emails": ["a@b.example"], "address": {"city": "Köln", "country": "DE"}, "website": None}) == []


def test_a_change_of_some_attributes_may_leave_required_ones_out_but_not_empty_them() -> None:
    assert validate_document(CUSTOMER_ATTRIBUTES, {"website": "x"}, partial=True) == []
    assert validate_document(CUSTOMER_ATTRIBUTES, {"kind": None}, partial=True)


def test_a_problem_never_repeats_the_value() -> None:
    secret = "Zyx-Secret"
    wrong = dict.fromkeys(("kind", "date_of_birth", "emails", "address", "bill_to", "companies"), secret)
    problems = validate_document(CUSTOMER_ATTRIBUTES, wrong | {"name": secret * 99, "website": f"{secret}\0"})
    assert len(problems) == 8
    assert not any(secret in each.detail for each in problems)


def test_lines_of_one_product_from_two_dates_are_two_lines() -> None:
    product = {"system": "erp", "entity_type": "product", "key": "1"}
    line = {"product": product, "unit": "piece", "method": "net", "value": "5"}
    agreement = {"number": "PA", "currency": "EUR", "scope_kind": "everyone"}
    two = [{**line, "valid_from": "2026-01-01"}, {**line, "valid_from": "2026-07-01"}]
    assert validate_document(PRICING_AGREEMENT_ATTRIBUTES, agreement | {"lines": two}) == []
    twice = validate_document(PRICING_AGREEMENT_ATTRIBUTES, agreement | {"lines": [two[0], two[0]]})
    assert [each.code for each in twice] == ["repeated_item"]


@pytest.mark.parametrize(
    ("text", "decimal", "amount"),
    [
        ("1.50", "1.5", "1.50"),
        ("+007.", "7", "7.00"),
        ("-0.00", "0", "0.00"),
        (".125", "0.125", "0.125"),
        ("1e3", "1000", "1000.00"),
        ("1e99", None, None),
        ("1,5", None, None),
        ("٣", None, None),
        ("NaN", None, None),
    ],
)
def test_each_number_has_one_spelling(text: str, decimal: str | None, amount: str | None) -> None:
    assert canonical_decimal(text) == decimal
    assert canonical_amount(text) == amount


SCALARS = st.one_of(
    st.none(), st.text(" aß\n", max_size=6), st.decimals(allow_nan=False, places=3, max_value=99).map(str)
)
MONEY = st.fixed_dictionaries({"amount": SCALARS, "currency": st.sampled_from(["EUR", " "])})
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "name": SCALARS,
        "emails": st.one_of(SCALARS, st.lists(SCALARS, max_size=3)),
        "address": st.one_of(st.none(), st.dictionaries(st.sampled_from(["street", "city"]), SCALARS)),
        "companies": st.lists(st.fixed_dictionaries({"company": SCALARS, "credit_limit": MONEY}), max_size=2),
    },
)


@given(DOCUMENTS)
def test_normalizing_twice_is_normalizing_once(values: dict[str, Any]) -> None:
    once = normalize_document(CUSTOMER_ATTRIBUTES, values)
    assert normalize_document(CUSTOMER_ATTRIBUTES, once) == once


def test_normalizing_trims_and_drops_what_is_empty() -> None:
    given_values = {
        "name": "  Ana  ",
        "website": " ",
        "emails": ["b@x.example ", "", "b@x.example"],
        "phones": [],
        "address": {"street": " ", "city": None},
        "companies": [{"company": "1", "credit_limit": {"amount": "12.5", "currency": "EUR"}, "currency": ""}],
    }
    assert normalize_document(CUSTOMER_ATTRIBUTES, given_values) == {
        "name": "Ana",
        "website": None,
        "emails": ["b@x.example"],
        "phones": None,
        "address": None,
        "companies": [{"company": "1", "credit_limit": {"amount": "12.50", "currency": "EUR"}}],
    }
