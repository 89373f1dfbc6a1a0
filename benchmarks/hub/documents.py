"""An invented record of a customer as the hub's canonical document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mdm.entity_types import coded_attributes
from mdm.validation import normalize_document, validate_document

CUSTOMER = "customer"


def customer_document(record: Mapping[str, str]) -> dict[str, Any]:
    """The document of a record with `noise.FIELDS`. What the hub would refuse, such as a 71st of May, is left out."""
    address = {name: record[name] for name in ("street", "city", "postcode", "country") if record[name]}
    tax_id = {"kind": "vat", "jurisdiction": record["country"], "number": record["tax_id"]}
    said: dict[str, Any] = {
        "kind": "person" if record["entity_type"] == "person" else "organization",
        "name": record["organisation_name"],
        "given_name": record["given_name"],
        "middle_name": record["middle_name"],
        "family_name": record["family_name"],
        "date_of_birth": record["birth_or_founded"],
        "emails": [record["email"]] if record["email"] else [],
        "phones": [record["phone"]] if record["phone"] else [],
        "address": address,
        "tax_registrations": [tax_id] if record["tax_id"] else [],
    }
    attributes = coded_attributes(CUSTOMER)
    document = normalize_document(attributes, {name: value for name, value in said.items() if value})
    refused = {problem.pointer.split("/")[1] for problem in validate_document(attributes, document, partial=True)}
    return {name: value for name, value in document.items() if name not in refused}
