"""What tells one person from all others in free text."""

import pytest

from mdm.selectors.erasure import telling


@pytest.mark.parametrize(
    "text", ["a.b@mailbox.example", "+49 40 1234567", "0401234567", "(040) 123-4567", "DE136695976"]
)
def test_mail_addresses_and_long_numbers_tell(text: str) -> None:
    assert telling([text]) == [text]


@pytest.mark.parametrize(
    "text",
    ["Ada Zwickel", "20457", "1957-11-23", "2026-01-02T08:00:00.000+0000", "20260102080000000", "001Qy00000AAAA1AAA"],
)
def test_names_dates_and_mixed_keys_do_not(text: str) -> None:
    assert telling([text]) == []
