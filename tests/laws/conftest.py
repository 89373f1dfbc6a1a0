"""The laws are about the computed partition, so automation may always apply it."""

import pytest
from pytest_django import Settings

from tests.builders import a_hub


@pytest.fixture(autouse=True)
def _automatic(settings: Settings) -> None:
    settings.ASSAY_AUTO_REPARTITION = "auto"


@pytest.fixture
def hub(db: None) -> None:
    """Both systems are connected; nothing is loaded. Gone after the test."""
    a_hub()


@pytest.fixture
def committed_hub(transactional_db: None) -> None:
    """The same, committed, for tests whose threads have connections of their own."""
    a_hub()
