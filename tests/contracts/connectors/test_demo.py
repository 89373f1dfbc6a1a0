"""The demo's connectors keep the contract against the demo's programs."""

from collections.abc import Iterator

import pytest

from tests.contracts.connectors.contract import ConnectorContract
from tests.contracts.connectors.demo_peers import CrmPeer, ErpPeer
from tests.sync.processes import TOKEN


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TARGET_TOKEN", TOKEN)


class TestRestCrm(ConnectorContract):
    connector_name = "rest_crm"

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrmPeer]:
        peer = CrmPeer(tmp_path_factory.mktemp("crm"))
        yield peer
        peer.stop()


class TestRestErp(ConnectorContract):
    connector_name = "rest_erp"

    @pytest.fixture(scope="class")
    @classmethod
    def peer(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ErpPeer]:
        peer = ErpPeer(tmp_path_factory.mktemp("erp"))
        yield peer
        peer.stop()
