"""What a mapping writes it reads back: values made at random, and every record of a generated extract."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.make.everything import make_everything
from mdm.mapping.documents import SystemMapping, read, render
from mdm.mapping.nodes import Direction
from mdm.mapping.parsing import load_mapping, parse_mapping
from mdm.validation import normalize_document, validate_document
from tests.mdm.mapping.test_mapping import DEMO, TYPES, own_key

FILES = {
    "crm_customer": "accounts.jsonl",
    "crm_product": "products.jsonl",
    "crm_location": "ship_tos.jsonl",
    "crm_pricing_agreement": "contracts.jsonl",
    "erp_customer": "business_partners.csv",
    "erp_product": "materials.csv",
    "erp_location": "ship_to_parties.csv",
    "erp_pricing_agreement": "price_conditions.jsonl",
}
MAPPINGS = {file.stem: load_mapping(file) for file in DEMO}
# Broken on purpose where the CRM's mapping does not look: credit is read from the ERP only.
MOST_BROKEN = 6


def read_back(mapping: SystemMapping, values: Mapping[str, Any]) -> dict[str, Any]:
    attributes = TYPES[mapping.entity_type]
    return normalize_document(attributes, read(mapping, render(mapping, values, keys=own_key)).values)


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("extracts")
    make_everything(folder, seed=7, scale=0.05)
    return folder


def payloads(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines) if file.suffix == ".csv" else map(json.loads, lines)


@pytest.mark.parametrize("name", FILES)
def test_all_but_the_broken_payloads_map_validate_and_come_back(name: str, extracts: Path) -> None:
    mapping, broken, sound = MAPPINGS[name], 0, 0
    attributes = TYPES[mapping.entity_type]
    two_way = mapping.names(Direction.BOTH)
    for payload in payloads(extracts / FILES[name]):
        record = read(mapping, payload)
        values = normalize_document(attributes, record.values)
        if record.problems or validate_document(attributes, values):
            broken += 1
            continue
        sound += 1
        sent = {attribute: value for attribute, value in values.items() if attribute in two_way}
        back = read_back(mapping, sent)
        assert {attribute: back.get(attribute) for attribute in sent} == sent
    assert 0 < broken <= MOST_BROKEN < sound


WORD = st.text("abcdefghäß", min_size=1, max_size=8).map(str.title)
DATE = st.dates().map(lambda day: day.isoformat()).filter(lambda day: "1000" < day < "9998")
NUMBER = st.decimals(0, 10**6, places=3).map(str)
MONEY = st.fixed_dictionaries({"amount": NUMBER, "currency": st.sampled_from(["EUR", "PLN"])})
ADDRESS = st.fixed_dictionaries(
    {
        "street": WORD.map(lambda word: f"{word} Street"),
        "city": WORD,
        "country": st.sampled_from(["DE", "GB", "FR", "GR"]),
    },
    optional={"house_number": st.integers(1, 200).map(str), "unit": st.just("3B"), "region": WORD, "postcode": WORD},
)
CUSTOMERS = st.fixed_dictionaries(
    {"kind": st.just("person")},
    optional={
        "given_name": WORD,
        "family_name": WORD,
        "date_of_birth": DATE,
        "emails": st.lists(WORD, min_size=1, max_size=1),
        "phones": st.lists(WORD, min_size=1, max_size=1),
        "website": WORD,
        "address": ADDRESS,
        "identifiers": st.just([{"scheme": "duns", "number": "150483782"}]),
        "tax_registrations": st.just([{"kind": "vat", "jurisdiction": "GR", "number": "EL094259216"}]),
        "price_class": st.sampled_from(["Gold", "Silver", "Bronze", "Standard"]),
    },
)
PRODUCTS = st.fixed_dictionaries(
    {"name": WORD},
    optional={
        "gtin": st.just("4000108355909"),
        "category": st.sampled_from(["Toner", "Mice"]),
        "base_unit": st.sampled_from(["piece", "pack"]),
        "pack_size": st.integers(1, 99),
        "weight_kg": NUMBER,
        "dimensions": st.just("125 x 30.5 x 4 mm"),
        "list_price": MONEY,
        "status": st.sampled_from(["active", "phased_out"]),
    },
)


@settings(deadline=None)
@given(CUSTOMERS, st.sampled_from(["crm_customer", "erp_customer"]))
def test_a_customer_comes_back_as_it_was_sent(values: dict[str, Any], name: str) -> None:
    sent = normalize_document(TYPES["customer"], values)
    back = read_back(MAPPINGS[name], sent)
    assert {attribute: back.get(attribute) for attribute in sent} == sent


@settings(deadline=None)
@given(PRODUCTS, st.sampled_from(["crm_product", "erp_product"]))
def test_a_product_comes_back_as_it_was_sent(values: dict[str, Any], name: str) -> None:
    sent = normalize_document(TYPES["product"], values)
    back = read_back(MAPPINGS[name], sent)
    assert {attribute: back.get(attribute) for attribute in sent} == sent


def test_a_mapping_that_forgets_to_shift_a_last_day_does_not_come_back() -> None:
    day = "2026-07-01"
    careless = {"path": "End", "transform": {"date": {"inclusive": True}}}
    plain = {"path": "End", "transform": "date"}
    written = render(_one_date(careless), {"valid_to": day}, keys=own_key)
    assert written == {"End": "2026-06-30"}
    assert read(_one_date(careless), written).values == {"valid_to": day}
    assert read(_one_date(plain), written).values != {"valid_to": day}


def _one_date(node: dict[str, Any]) -> SystemMapping:
    return parse_mapping(
        {"system": "crm", "entity_type": "pricing_agreement", "key": "Id", "attributes": {"valid_to": node}}
    )
