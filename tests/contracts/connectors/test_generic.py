"""The generic connector keeps the contract with a polite shop and with a rude one, by configuration alone."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mdm.models import SourceSystem
from sync.connectors.base import Record
from tests.contracts.connectors.contract import ConnectorContract
from tests.contracts.connectors.faults import Call
from tests.contracts.connectors.shops import SECRET, PolitePlace, RudePlace, Shop, strictly_later

INTERFACES = Path(__file__).parent / "interfaces"


def interface(name: str) -> dict[str, Any]:
    """The interface document of that shop. Any: parsed YAML."""
    return dict(yaml.safe_load((INTERFACES / f"{name}.yaml").read_text(encoding="utf-8")))


def shop_system(url: str, document: dict[str, Any], **settings: Any) -> SourceSystem:
    """A shop as a system of the hub."""
    return SourceSystem(
        name="shop",
        label="Shop",
        connector="generic",
        base_url=url,
        credentials_reference="TEST_SHOP_SECRET",
        settings={"interface": document, **settings},
    )


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SHOP_SECRET", SECRET)


class ShopPeer:
    """A shop as a peer of the contract."""

    connector = "generic"
    entity_type = "customer"
    secret = SECRET
    guards_versions = False
    keeps_deleted = False
    batch = 1000

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop, self.url = shop, shop.url
        self._name = name
        self.guards_edits = name == "polite"
        self.describes: Collection[str] = ("name", "email", "golden_id") if name == "polite" else ()

    def system(self, url: str, **settings: Any) -> SourceSystem:
        return shop_system(url, interface(self._name), **settings)

    def body(self, number: int) -> Record:
        return {"name": f"Customer {number}", "email": f"c{number}@shop.example"}

    def changed(self, number: int) -> Record:
        return {**self.body(number), "phone": f"+49 40 {number:07d}"}

    def refused(self) -> Record:
        return {"name": "Customer", "email": "no address"}

    def unknown(self) -> Record:
        return {"name": "Customer", "shoe_size": 44}

    def shows(self, record: Record, body: Record) -> bool:
        return all(record.get(name) == value for name, value in body.items())

    def is_write(self, call: Call) -> bool:
        if self._name == "polite":
            return call.method != "GET" and "/customers" in call.path
        return any(verb in call.body for verb in (b"customer.create", b"customer.write", b"customer.delete"))

    def edit(self, key: str) -> None:
        self.shop.edit(key, email="edited@shop.example", phone="+49 30 1")

    def delete(self, key: str) -> None:
        self.shop.delete(key)

    def count(self) -> int:
        return len(self.shop.customers)

    def end_sessions(self) -> bool:
        self.shop.sessions.clear()
        return True


class TestPolite(ConnectorContract):
    connector_name = "generic"

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls) -> Iterator[ShopPeer]:
        shop = PolitePlace()
        shop.clock = strictly_later(shop.clock)
        yield ShopPeer(shop, "polite")
        shop.close()


class TestRude(ConnectorContract):
    connector_name = "generic"

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls) -> Iterator[ShopPeer]:
        shop = RudePlace()
        yield ShopPeer(shop, "rude")
        shop.close()
