from collections.abc import Iterator

import pytest
from django.test import override_settings

from tests.stewardship.builders import a_hub


@pytest.fixture(autouse=True)
def _quick_settings() -> Iterator[None]:
    """Hashed names of static files need `collectstatic`, which tests do without; and passwords are hashed quickly."""
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # Real hashing takes half a second a password.
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(STORAGES=storages, PASSWORD_HASHERS=hashers):
        yield


@pytest.fixture
def hub(db: None) -> None:
    """Two systems, rules and roles; no record yet."""
    a_hub()
