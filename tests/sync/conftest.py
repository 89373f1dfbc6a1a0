from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.builders import Clock, World, account, partner
from tests.sync.processes import TOKEN, Target, write_seeds


@pytest.fixture
def world(tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Both targets hold one customer each, the same one; the hub knows nothing yet."""
    monkeypatch.setenv("TEST_TARGET_TOKEN", TOKEN)
    write_seeds(tmp_path / "seeds", {"Account": [account()], "business_partners": [partner()]})
    crm = Target("crm", folder=tmp_path / "crm", seeds=tmp_path / "seeds")
    erp = Target("erp", folder=tmp_path / "erp", seeds=tmp_path / "seeds")
    world = World(crm, erp, Clock())
    yield world
    world.crm.stop()  # the one that runs now: a test may have put another in its place
    world.erp.stop()
