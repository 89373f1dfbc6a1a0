"""Canonical bytes: one spelling for equal values, and nothing inexact."""

from enum import StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from mdm.canonical import canonical_bytes, value_hash
from mdm.rules.errors import NotCanonical


def test_equal_documents_have_equal_bytes_whatever_their_key_order() -> None:
    assert canonical_bytes({"b": 1, "a": ["x", None]}) == b'{"a":["x",null],"b":1}'
    assert value_hash({"b": 1, "a": 2}) == value_hash({"a": 2, "b": 1})


@pytest.mark.parametrize("value", [1.5, 1.0, {"a": [2.5]}, float("nan"), 2**53 + 1, {"a": object()}, "\ud800"])
def test_inexact_values_are_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


def test_a_refusal_points_at_the_value_and_does_not_repeat_it() -> None:
    with pytest.raises(NotCanonical) as refused:
        canonical_bytes({"price": [12.75]})
    assert refused.value.pointer == "/price/0"
    assert "12.75" not in str(refused.value)


@given(st.dictionaries(st.text("ab"), st.integers(-9, 9)), st.dictionaries(st.text("ab"), st.integers(-9, 9)))
def test_different_documents_have_different_hashes(one: dict[str, int], other: dict[str, int]) -> None:
    assert (value_hash(one) == value_hash(other)) == (one == other)


class _Kind(StrEnum):
    ONE = "one"


_leaves = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text() | st.just(_Kind.ONE)
_values = st.recursive(
    _leaves, lambda each: st.lists(each) | st.lists(each).map(tuple) | st.dictionaries(st.text(), each), max_leaves=20
)


@given(_values)
@example("".join(map(chr, range(0x180))))
@example({"\ue000": 1, "\U0001f600": 2, "a": 3})
def test_the_bytes_are_those_of_the_reference_implementation(value: Any) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [{1: "a"}, {None: 1}, [{"a": {2: 3}}]])
def test_names_that_are_no_texts_are_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes(value)
