import pytest

from tests.builders import a_hub


@pytest.fixture
def hub(db: None) -> None:
    """Both systems are connected; nothing is loaded. Gone after the test."""
    a_hub()


@pytest.fixture
def committed_hub(transactional_db: None) -> None:
    """The same, committed."""
    a_hub()
