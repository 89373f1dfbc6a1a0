"""Public ids: written, read back, and refused when mistyped."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mdm.public_ids import parse_public_id, public_id
from mdm.rules.errors import MistypedPublicId

PKS = st.integers(1, 10**12)


def test_an_id_reads_as_in_the_documentation() -> None:
    assert public_id("CUS", 123) == "CUS-0000123-4"
    assert parse_public_id(" cus-0000123-4 ") == ("CUS", 123)


@given(PKS)
def test_an_id_leads_back_to_its_row(pk: int) -> None:
    assert parse_public_id(public_id("LOC", pk).lower()) == ("LOC", pk)


@given(PKS, st.data())
def test_one_wrong_digit_is_refused(pk: int, data: st.DataObject) -> None:
    text = public_id("CUS", pk)
    at = data.draw(st.sampled_from([i for i, each in enumerate(text) if each.isdigit()]))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(text[at] != digit)
    with pytest.raises(MistypedPublicId, match="check digit"):
        parse_public_id(text[:at] + digit + text[at + 1 :])


@given(PKS, st.data())
def test_two_swapped_neighbors_are_refused(pk: int, data: st.DataObject) -> None:
    prefix, digits, check = public_id("CUS", pk).split("-")
    at = data.draw(st.integers(0, len(digits) - 2))
    assume(digits[at] != digits[at + 1])
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    with pytest.raises(MistypedPublicId):
        parse_public_id(f"{prefix}-{swapped}-{check}")


@pytest.mark.parametrize(
    "text", ["", "CUS", "CUS-123-4", "CUS-0000000-0", "CUS-00000123-4", "0000123-4", "CUS-٠٠٠٠١٢٣-4"]
)
def test_another_shape_is_refused(text: str) -> None:
    with pytest.raises(MistypedPublicId):
        parse_public_id(text)
