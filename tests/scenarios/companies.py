"""The companies that scenarios are about, as the CRM and the ERP tell of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.builders import Payload, a_customer


@dataclass(frozen=True, slots=True)
class Company:
    """What a system says of a company unless a scenario says otherwise. `known_as` stands in the page."""

    known_as: str
    fields: Mapping[str, Any]

    def payload(self, key: str, **changes: Any) -> Payload:
        """A record of it; a change to None leaves something out."""
        return a_customer(key, **{**self.fields, **changes})


_NORDLICHT: dict[str, Any] = {
    "name": "Nordlicht Handel GmbH",
    "phone": "+49401234567",
    "email": "info@nordlicht.example",
    "street": "Hafenstrasse",
    "house_number": "12",
    "city": "Hamburg",
    "postcode": "20457",
    "country": "DE",
    "vat": "DE136695976",
}
NORDLICHT = Company("Nordlicht", _NORDLICHT)
BRANCH = Company(
    "Nordlicht's branch",
    {**_NORDLICHT, "street": "Lindenallee", "house_number": "3", "phone": None, "email": None},
)
ZEMENT = Company(
    "Zementwerk",
    {
        "name": "Zementwerk Ost AG",
        "phone": "+49731555666",
        "email": "post@zement.example",
        "street": "Am Kai",
        "house_number": "7",
        "city": "Ulm",
        "postcode": "89073",
        "country": "DE",
        "vat": "DE811569869",
    },
)
KIES = Company("Kiesgrube", {"name": "Kiesgrube West", "street": "Ring", "city": "Trier", "postcode": "54290"})
SAND = Company("Sandhof", {"name": "Sandhof Brandt", "street": "Weiher", "city": "Husum", "postcode": "25813"})
COMPANIES = (NORDLICHT, BRANCH, ZEMENT, KIES, SAND)
