"""No connector is registered that nobody has held to the contract."""

from importlib import import_module

from mdm.project.supervisor.places import ROOT
from sync.connectors import connectors
from tests.contracts.connectors.contract import ConnectorContract

_FOLDERS = (ROOT / "tests" / "contracts" / "connectors", ROOT / "tests" / "peers")


def test_every_registered_connector_has_a_contract_test() -> None:
    for folder in _FOLDERS:
        for path in sorted(folder.rglob("test_*.py")):
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))

    held = {each.connector_name for each in ConnectorContract.__subclasses__()}

    assert set(connectors.names()) - held == set()
