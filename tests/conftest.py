"""Real PostgreSQL and Redis for every test that asks for them, quickly: see `tests/databases.py`."""

import os
from collections.abc import Iterator

import pytest
from django.test import TransactionTestCase
from playwright.sync_api import Browser, sync_playwright
from pytest_django.plugin import DjangoDbBlocker
from redis import Redis

from mdm.project.supervisor.guard import Kind, hold
from mdm.project.supervisor.places import Places, default_state
from tests.browser import chromium, flags
from tests.databases import TestDatabase

# Programs of others, fetched and started: `make test-peers` asks for them.
collect_ignore = [] if os.environ.get("ASSAY_PEERS") else ["peers"]


@pytest.fixture(scope="session")
def places() -> Places:
    """Where the services of test runs live, apart from the demo's."""
    return Places(state=default_state(), for_tests=True)


@pytest.fixture(scope="session")
def django_db_setup(places: Places, worker_id: str, django_db_blocker: DjangoDbBlocker) -> Iterator[TestDatabase]:
    """A database of this worker's own, migrated as assay_owner and used as assay_app.

    After a test that really commits, the database is made anew from its template: append-only tables refuse to be
    emptied, and rows that migrations wrote must stand again.
    """
    with pytest.MonkeyPatch.context() as patch, hold(Kind.POSTGRES, places=places), django_db_blocker.unblock():
        database = TestDatabase(places=places, worker=worker_id)
        database.create()
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: database.renew())
        yield database
        database.drop()


@pytest.fixture(scope="session")
def _redis_server(places: Places) -> Iterator[str]:
    with hold(Kind.REDIS, places=places):
        yield places.redis_url


@pytest.fixture
def redis_url(_redis_server: str, worker_id: str) -> str:
    """An empty Redis database of this worker's own."""
    url = _redis_server.replace("db=0", f"db={int(worker_id.removeprefix('gw')) + 1 if worker_id != 'master' else 0}")
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium per worker; make a context or a page of it per test."""
    path = chromium()
    if path is None:
        pytest.fail("There is no Chromium; `python -m tests.browser` installs one.")
    # Playwright's synchronous interface keeps an event loop on this thread, which Django takes for asynchronous code.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(executable_path=path, args=flags())
        yield started
        started.close()
