"""Which items of two systems are the same, however each writes them."""

from typing import Any

import pytest

from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES
from mdm.entity_types.base import next_named
from mdm.item_keys import item_key, telling_key


def a_registration(number: str, jurisdiction: str = "DE") -> dict[str, Any]:
    return {"kind": "VAT", "jurisdiction": jurisdiction, "number": number}


@pytest.mark.parametrize(
    ("attribute", "one", "other", "same"),
    [
        ("phones", "+49 30 2345678", "030/2345678", True),
        ("phones", "+49 (0)30 2345678", "+49302345678", True),
        ("phones", "+49 30 2345678", "+49 30 2345679", False),
        ("phones", "+49 30 2345678 ext. 12", "030 2345678 x12", True),
        ("phones", "+49 30 2345678 ext. 12", "030 2345678 x13", False),
        ("phones", "ask Mira", "ask Jo", False),
        ("emails", "Ana@X.example ", "ana@x.example", True),
        ("emails", "ana+shop@x.example", "ana@x.example", False),
        ("identifiers", {"scheme": "DUNS", "number": "12-345-6789"}, {"scheme": "duns", "number": "123456789"}, True),
        ("tax_registrations", a_registration("DE 811 569 869"), a_registration("811569869"), True),
        ("tax_registrations", a_registration("EL094259216", "GR"), a_registration("094259216", "GR"), True),
        ("tax_registrations", a_registration("SC123456", "GB"), a_registration("NI123456", "GB"), False),
        ("contacts", {"email": "A@x.example", "phone": "1"}, {"email": "a@x.example", "phone": "2"}, True),
    ],
)
def test_the_same_item_has_one_key(attribute: str, one: Any, other: Any, *, same: bool) -> None:
    kind = next_named(CUSTOMER_ATTRIBUTES, attribute)
    assert (telling_key(kind, one, country="DE") == telling_key(kind, other, country="DE")) is same


def test_an_item_keeps_its_plain_key_inside_one_record() -> None:
    phones = next_named(CUSTOMER_ATTRIBUTES, "phones")
    assert item_key(phones, "+49 30 2345678") != item_key(phones, "030 2345678")
