"""Mappings: read without raising, written back to the same values, refused whole when wrong."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES
from mdm.entity_types.attributes_location import LOCATION_ATTRIBUTES
from mdm.entity_types.attributes_pricing_agreement import PRICING_AGREEMENT_ATTRIBUTES
from mdm.entity_types.attributes_product import PRODUCT_ATTRIBUTES
from mdm.mapping.documents import SystemMapping, read, render, represent, unknown_references
from mdm.mapping.nodes import Direction
from mdm.mapping.parsing import load_mapping, parse_mapping
from mdm.rules.errors import InvalidMapping
from mdm.validation import normalize_document, validate_document

ROOT = Path(__file__).parents[3]
TYPES = {
    "customer": CUSTOMER_ATTRIBUTES,
    "product": PRODUCT_ATTRIBUTES,
    "location": LOCATION_ATTRIBUTES,
    "pricing_agreement": PRICING_AGREEMENT_ATTRIBUTES,
}
DEMO = sorted((ROOT / "fixtures" / "mappings").glob("*.yaml"))
BENCHMARKS = sorted((ROOT / "benchmarks" / "mappings").glob("*.yaml"))


def a_mapping(attributes: dict[str, Any], **more: Any) -> Any:
    return parse_mapping({"system": "crm", "entity_type": "customer", "key": "Id", "attributes": attributes, **more})


def own_key(reference: Any) -> str | None:
    return str(reference["key"])


@pytest.mark.parametrize("file", DEMO + BENCHMARKS, ids=lambda file: file.stem)
def test_every_mapping_file_fits_its_entity_type(file: Path) -> None:
    entity_type = load_mapping(file).entity_type
    assert load_mapping(file, attributes=TYPES[entity_type]).names(Direction.READ)


def test_bad_data_is_named_by_a_pointer_into_the_payload_and_the_rest_is_read() -> None:
    mapping = a_mapping(
        {
            "name": "Name",
            "date_of_birth": {"path": "Birth.Day", "transform": "date"},
            "lines": {"items": "Lines", "components": {"value": {"path": "Value", "transform": "decimal"}}},
        },
        source_time={"path": "At", "format": "iso"},
    )
    record = read(
        mapping, {"Name": "Ana", "Birth": {"Day": "soon"}, "Lines": [{"Value": "1"}, {"Value": "x"}], "At": "?"}
    )
    assert record.values == {"name": "Ana", "lines": [{"value": "1"}]}
    assert {(each.pointer, each.code) for each in record.problems} == {
        ("/Id", "no_key"),
        ("/At", "not_a_time"),
        ("/Birth/Day", "not_a_date"),
        ("/Lines/1/Value", "not_a_number"),
    }


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("a1\0-", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["results", "Value"]), inner, max_size=2)
    ),
    max_leaves=5,
)
SHAPES = [(load_mapping(file), json.dumps(load_mapping(file).document)) for file in DEMO]


@settings(deadline=None, max_examples=50)
@given(JUNK, st.sampled_from(SHAPES))
def test_neither_reading_nor_validating_ever_raises(junk: Any, shape: tuple[SystemMapping, str]) -> None:
    mapping, text = shape
    payload = dict.fromkeys(re.findall(r"[A-Za-z_0-9]+", text), junk)
    attributes = TYPES[mapping.entity_type]
    validate_document(attributes, normalize_document(attributes, read(mapping, payload).values))


def test_an_empty_field_is_silent_unless_the_mapping_says_that_it_means_none() -> None:
    attributes = {"name": "Name", "website": "Site"}
    assert read(a_mapping(attributes), {"Id": "1", "Name": "", "Site": None}).values == {}
    said = read(a_mapping(attributes, empty="says_none"), {"Id": "1", "Name": "", "Site": None})
    assert said.values == {"name": None, "website": None}
    assert read(a_mapping(attributes, empty="says_none"), {"Id": "1"}).values == {}


def test_only_the_given_attributes_are_written_and_none_is_the_systems_null() -> None:
    mapping = a_mapping({"name": "Name", "website": "Web.Site", "segment": "Segment"}, null="")
    body = render(mapping, {"name": "Ana", "website": None}, keys=own_key)
    assert body == {"Name": "Ana", "Web": {"Site": ""}}


def test_records_are_filtered_and_deleted_by_conditions() -> None:
    mapping = a_mapping(
        {"name": "Name"},
        when={"path": "Type", "none_of": ["Lead"]},
        deleted=[{"path": "Gone", "one_of": [True]}, {"path": "Name", "filled": True}],
        source_time={"paths": ["Day", "Hour"], "format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"},
    )
    record = read(mapping, {"Id": "1", "Name": "Ana", "Gone": True, "Type": "X", "Day": "01.06.2026", "Hour": "12:00"})
    assert (record.applies, record.deleted) == (True, True)
    assert record.source_modified_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert not read(mapping, {"Id": "1", "Type": "Lead"}).applies


def test_items_go_to_the_place_whose_constants_they_have() -> None:
    slot = {"components": {"scheme": {"constant": "duns"}, "number": "Duns"}}
    other = {"components": {"scheme": {"constant": "lei"}, "number": "Lei"}}
    mapping = a_mapping({"identifiers": {"each": [slot, other]}})
    values = {"identifiers": [{"scheme": "lei", "number": "5"}, {"scheme": "gln", "number": "7"}]}
    assert render(mapping, values, keys=own_key) == {"Duns": None, "Lei": "5"}
    assert represent(mapping, values, keys=own_key) == {"identifiers": [{"scheme": "lei", "number": "5"}]}


def test_a_reference_that_the_system_does_not_know_is_left_out_and_told() -> None:
    mapping = a_mapping({"bill_to": {"reference": {"system": "crm", "entity_type": "customer"}, "path": "BillTo"}})
    values = {"bill_to": {"id": "CUS-0000123-4", "entity_type": "customer"}}
    assert render(mapping, values, keys=lambda _: None) == {}
    assert unknown_references(mapping, values, keys=lambda _: None) == (values["bill_to"],)
    assert render(mapping, values, keys=lambda _: "001") == {"BillTo": "001"}


def test_every_mistake_of_a_mapping_is_named_with_its_path() -> None:
    document = {
        "system": "crm",
        "entity_type": "customer",
        "key": {"path": "a..b"},
        "source_time": {"path": "At", "format": "iso", "zone": "Mars/Base"},
        "attributes": {
            "name": {"path": "Name", "transform": "shout"},
            "shoe_size": "Shoe",
            "kind": {"path": "Kind", "transform": {"table": {"values": [["a"]]}}},
            "address": {"components": {"planet": "Planet"}},
            "emails": {"each": []},
            "legal_parent": {"reference": {"system": "crm", "entity_type": "product"}, "path": "P"},
            "website": {"paths": ["A", "B"]},
            "date_of_birth": {"path": "D", "transform": {"date": {"inclusiv": True}}},
            "segment": {"path": "S", "direction": "sideways"},
        },
        "colour": "red",
    }
    with pytest.raises(InvalidMapping) as refused:
        parse_mapping(document, attributes=CUSTOMER_ATTRIBUTES)
    assert {mistake.path for mistake in refused.value.mistakes} == {
        "colour",
        "key.path",
        "source_time.zone",
        "attributes.name.transform",
        "attributes.shoe_size",
        "attributes.kind.transform.table.values[0]",
        "attributes.address.components.planet",
        "attributes.emails.each",
        "attributes.legal_parent.reference.entity_type",
        "attributes.website.transform",
        "attributes.date_of_birth.transform.date.inclusiv",
        "attributes.segment.direction",
    }


def test_equal_documents_have_equal_hashes() -> None:
    one, other = a_mapping({"name": "Name"}), a_mapping({"name": "Name"})
    assert one.content_hash == other.content_hash != a_mapping({"name": "Other"}).content_hash
