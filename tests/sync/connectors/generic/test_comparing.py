"""Comparing what was sent with what is held."""

from typing import Any

import pytest

from sync.connectors.generic.comparing import dropped
from sync.connectors.generic.documents import Verify

SENT = {"name": "Ada", "phone": None, "note": "", "place": {"city": "Bonn", "zip": "53111"}, "tags": ["a", "b"], "n": 0}


@pytest.mark.parametrize(
    ("held", "paths"),
    [
        (SENT, ()),
        ({"name": "Eve", "place": {"city": "Köln", "zip": "1"}, "tags": ["c", "d", "e"], "n": 0}, ()),
        ({"place": {"city": "Bonn"}, "tags": ["a"], "n": 0}, ("name", "place.zip", "tags")),
        ({"name": "Ada", "place": "Bonn", "tags": None}, ("place.city", "place.zip", "tags", "n")),
    ],
)
def test_what_was_sent_must_be_there(held: Any, paths: tuple[str, ...]) -> None:  # Any: JSON
    assert dropped(SENT, held, verify=Verify.PRESENT) == paths
    assert dropped(SENT, held, verify=Verify.NONE) == ()


@pytest.mark.parametrize(
    ("sent", "held", "same"),
    [
        ("+49 40 123", "+4940123", True),
        ("Hafen-Str. 1", "HAFENSTR 1", True),
        ("12.50", 12.5, True),
        (12, "12.0", True),
        ("007", "7", False),
        ("Ada", "Eve", False),
        (True, "true", True),
        (True, 1, False),
        (12, "twelve", False),
    ],
)
def test_it_may_have_to_say_the_same(sent: Any, held: Any, *, same: bool) -> None:  # Any: JSON
    assert (dropped({"a": sent}, {"a": held}, verify=Verify.EQUAL) == ()) is same
