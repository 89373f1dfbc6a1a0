"""Filling in the parts of a request."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.connectors import DeliveryError
from sync.connectors.generic.templates import parse_template

VALUES = {"key": "7", "body": {"name": "Ada", "phone": None, "tags": ["a"], "address": {"city": "Hamburg"}}}


@pytest.mark.parametrize(
    ("raw", "filled"),
    [
        ("{{body.name}}", "Ada"),
        ("{{ body.tags }}", ["a"]),
        ("{{key|number}}", 7),
        ({"a": "{{body.fax|or_empty}}", "b": "{{body.phone|or_empty}}"}, {"a": "", "b": ""}),
        ({"a": "{{body.fax|text}}", "b": "{{body.phone|text}}"}, {"b": ""}),
        ("Dear {{body.name}} ({{key}})", "Dear Ada (7)"),
        ({"a": "{{body.phone}}"}, {"a": None}),
        ({"a": "{{body.fax}}", "b": 1}, {"b": 1}),
        ({"filter": {"updatedAt": {"after": "{{since}}"}}, "take": 5}, {"take": 5}),
        ({"list": ["{{body.fax}}", "{{key}}"]}, {"list": ["7"]}),
        ({"empty": {}}, {"empty": {}}),
        ("query { customer(id: {id: 1}) { id } }", "query { customer(id: {id: 1}) { id } }"),
        ({"city": "{{body.address.city}}"}, {"city": "Hamburg"}),
    ],
)
def test_places_are_filled_in(raw: Any, filled: Any) -> None:  # Any: JSON
    assert parse_template(raw).fill(VALUES) == filled


@pytest.mark.parametrize("raw", ["{{body.name", "{{}}", "{{a..b}}", "{{key|date}}", {"a": ["{{"]}])
def test_a_place_that_cannot_be_read_is_refused(raw: Any) -> None:  # Any: JSON
    with pytest.raises(ValueError, match=r".+"):
        parse_template(raw)


@given(key=st.text(max_size=30))
def test_a_value_is_one_step_of_a_path(key: str) -> None:
    template = parse_template("/customers/{{key}}/address")
    try:
        path = template.fill_path({"key": key})
    except (DeliveryError, UnicodeEncodeError):
        return

    assert path.startswith("/customers/")
    assert path.endswith("/address")
    assert path.count("/") == 3
    assert not set(path) & set("?#\\ \r\n")


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_a_value_is_taken_as_it_is_and_never_filled_in_itself(value: Any) -> None:  # Any: JSON
    assert parse_template({"v": "{{body}}"}).fill({"body": value, "key": "7"}) == {"v": value}
