"""The generic connector keeps the contract with a real web shop, by the configuration that ships."""

import pytest

from tests.contracts.connectors.contract import ConnectorContract
from tests.peers.vendure.peers import CustomerPeer, ProductPeer
from tests.peers.vendure.program import Vendure


class TestCustomers(ConnectorContract):
    connector_name = "generic"

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls, vendure: Vendure) -> CustomerPeer:
        return CustomerPeer(vendure)


class TestProducts(ConnectorContract):
    connector_name = "generic"

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls, vendure: Vendure) -> ProductPeer:
        return ProductPeer(vendure)
