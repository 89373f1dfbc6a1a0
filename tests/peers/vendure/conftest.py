from collections.abc import Iterator

import pytest

from mdm.project.supervisor.guard import Kind, hold
from mdm.project.supervisor.places import Places
from tests.peers.fetching import Absent
from tests.peers.vendure.program import PASSWORD, Vendure


@pytest.fixture(scope="session")
def vendure(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendure]:
    """One Vendure for all its tests; where it cannot be had, they are left out with the reason."""
    with hold(Kind.POSTGRES, places=places):
        try:
            running = Vendure(places, log=tmp_path_factory.mktemp("vendure") / "vendure.log")
        except Absent as reason:
            pytest.skip(f"Vendure is absent: {reason}")
        yield running
        running.stop()


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENDURE_PASSWORD", PASSWORD)
