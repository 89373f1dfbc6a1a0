import pytest

from tests.mdm.api.hub import a_hub


@pytest.fixture
def hub(db: None) -> None:
    """A hub that nothing has been sent to."""
    a_hub()
