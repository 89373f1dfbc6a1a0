"""Vendure's customers and products as peers of the contract, by the configuration that ships."""

from collections.abc import Mapping
from typing import Any

import yaml

from mdm.models import SourceSystem
from mdm.project.supervisor.places import ROOT
from sync.connectors.base import Record
from tests.contracts.connectors.faults import Call
from tests.peers.vendure.program import PASSWORD, Vendure

SHIPPED = ROOT / "deploy" / "systems" / "vendure"


class VendurePeer:
    """One entity type of a running Vendure."""

    connector = "generic"
    secret = PASSWORD
    guards_edits = False
    guards_versions = False
    keeps_deleted = False

    def __init__(self, vendure: Vendure) -> None:
        self.vendure, self.url = vendure, vendure.url

    def system(self, url: str, **settings: Any) -> SourceSystem:
        shipped = yaml.safe_load((SHIPPED / "system.yaml").read_text(encoding="utf-8"))
        return SourceSystem(
            name="vendure",
            label="Web shop",
            connector="generic",
            base_url=url,
            credentials_reference="VENDURE_PASSWORD",
            settings={**shipped["settings"], **settings},
        )

    def is_write(self, call: Call) -> bool:
        return b"mutation" in call.body and b"login(" not in call.body

    def end_sessions(self) -> bool:
        self.vendure.end_sessions()
        return True


class CustomerPeer(VendurePeer):
    entity_type = "customer"
    describes = ("firstName", "lastName", "emailAddress", "phoneNumber")
    batch = 1000

    def body(self, number: int) -> Record:
        return {"firstName": "Ada", "lastName": f"Nordlicht {number}", "emailAddress": f"ada{number}@nordlicht.example"}

    def changed(self, number: int) -> Record:
        address = {"streetLine1": f"Hafenstrasse {number}", "city": "Hamburg", "country": {"code": "DE"}}
        return {**self.body(number), "phoneNumber": f"+49 40 {number:07d}", "addresses": [address]}

    def refused(self) -> Record:
        return {"lastName": "Nordlicht", "emailAddress": "nobody@nordlicht.example"}

    def unknown(self) -> Record:
        return {**self.body(0), "shoeSize": 44}

    def shows(self, record: Record, body: Record) -> bool:
        plain = {name: value for name, value in body.items() if name != "addresses"}
        return all(record.get(name) == value for name, value in plain.items()) and all(
            _holds(held, wanted) for held, wanted in zip(record["addresses"], body.get("addresses", []), strict=False)
        )

    def edit(self, key: str) -> None:
        query = "mutation($i: UpdateCustomerInput!) { updateCustomer(input: $i) { __typename } }"
        self.vendure.ask(query, i={"id": key, "lastName": "Edited", "phoneNumber": "+49 30 1"})

    def delete(self, key: str) -> None:
        self.vendure.ask("mutation($id: ID!) { deleteCustomer(id: $id) { result } }", id=key)

    def count(self) -> int:
        return int(self.vendure.ask("{ customers(options: {take: 0}) { totalItems } }")["customers"]["totalItems"])


class ProductPeer(VendurePeer):
    entity_type = "product"
    describes = ("enabled", "translations", "customFields")
    batch = 100  # a product is written by two calls and read by a third, and takes four times a customer's time

    def body(self, number: int) -> Record:
        return {"name": f"Lamp {number}", "variants": [{"sku": f"L-{number}", "price": 1250}], "enabled": True}

    def changed(self, number: int) -> Record:
        return {**self.body(number), "description": "Bright", "variants": [{"sku": f"L-{number}", "price": 1399}]}

    def refused(self) -> Record:
        return {"variants": [{"sku": "L-0", "price": 1}], "enabled": True}

    def unknown(self) -> Record:
        return {**self.body(0), "voltage": 230}

    def shows(self, record: Record, body: Record) -> bool:
        return _holds(record, body)

    def edit(self, key: str) -> None:
        query = "mutation($i: UpdateProductInput!) { updateProduct(input: $i) { id } }"
        self.vendure.ask(query, i={"id": key, "translations": [{"languageCode": "en", "name": "Edited"}]})

    def delete(self, key: str) -> None:
        self.vendure.ask("mutation($id: ID!) { deleteProduct(id: $id) { result } }", id=key)

    def count(self) -> int:
        return int(self.vendure.ask("{ products(options: {take: 0}) { totalItems } }")["products"]["totalItems"])


def _holds(held: Any, wanted: Any) -> bool:  # Any: parts of JSON records
    if isinstance(wanted, Mapping):
        return all(_holds(held.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return len(held) == len(wanted) and all(_holds(*pair) for pair in zip(held, wanted, strict=True))
    return bool(held == wanted)
