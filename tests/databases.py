"""Test databases, cloned from a template that is migrated once for each state of the migrations."""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from mdm.project.supervisor.leftovers import started_ticks
from mdm.project.supervisor.places import ROOT, Places

# What decides the contents of a freshly migrated database.
TEMPLATE_SOURCES = (
    "*/migrations/**/*",
    "mdm/entity_types/**/*",
    "mdm/rules/**/*",
    "mdm/project/database.py",
    "deploy/requirements.lock",
    "tests/databases.py",
)
TEMPLATE_LOCK = 4_127_033
RUN_DATABASE = re.compile(r"assay_test_(?P<pid>\d+)_\w+")


class TestDatabase:
    """One worker's database, made from the template and dropped at the end."""

    __test__ = False

    def __init__(self, *, places: Places, worker: str) -> None:
        self._places = places
        self._template = f"assay_template_{_fingerprint()}"
        self._name = f"assay_test_{os.getpid()}_{worker}"

    def create(self) -> None:
        """Point both of Django's connections at a fresh database of ours."""
        with _server(self._places) as server:
            server.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
            names = [name for (name,) in server.execute("SELECT datname FROM pg_database").fetchall()]
            if self._template not in names:
                self._build_template(server)
            for name in names:
                if _is_abandoned(name) or (name.startswith("assay_template_") and name != self._template):
                    _drop(server, name, places=self._places)
            self._clone(server)
        self._connect_to(self._name)

    def renew(self) -> None:
        """Back to what the migrations left, by cloning: under a tenth of a second."""
        connections.close_all()
        _end_sessions(self._places, self._name)
        with _server(self._places) as server:
            _drop(server, self._name, places=self._places)
            self._clone(server)

    def drop(self) -> None:
        connections.close_all()
        _end_sessions(self._places, self._name)
        with _server(self._places) as server:
            _drop(server, self._name, places=self._places)

    def _build_template(self, server: psycopg.Connection) -> None:
        """Under another name until it is whole, so that a killed run leaves nothing that looks like a template."""
        draft = "assay_template_draft"
        _drop(server, draft, places=self._places)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
        self._connect_to(draft)
        call_command("migrate", verbosity=0)
        connections.close_all()
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        server.execute(rename.format(sql.Identifier(draft), sql.Identifier(self._template)))

    def _clone(self, server: psycopg.Connection) -> None:
        clone = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        server.execute(clone.format(sql.Identifier(self._name), sql.Identifier(self._template)))

    def _connect_to(self, name: str) -> None:
        connections.close_all()
        for alias, role in (("default", "assay_app"), ("owner", "assay_owner")):
            target = {
                "NAME": name,
                "USER": role,
                "HOST": str(self._places.postgres_sockets),
                "PORT": "",
                "PASSWORD": "",
            }
            settings.DATABASES[alias].update(target)
            connections[alias].settings_dict.update(target)


@contextmanager
def _server(places: Places) -> Iterator[psycopg.Connection]:
    """As the owner, who may create databases on the test server only."""
    with psycopg.connect(places.database_url("assay_owner", database="postgres"), autocommit=True) as server:
        yield server


def _drop(server: psycopg.Connection, name: str, *, places: Places) -> None:
    """Try again while somebody else's session, such as autovacuum's, is still in the database."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    for tries_left in reversed(range(40)):
        try:
            server.execute(drop)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
            if not tries_left:
                raise
            _end_sessions(places, name)
            sleep(0.25)
        else:
            return


def _end_sessions(places: Places, name: str) -> None:
    """End what threads of a live server still hold: only the running role may end its own sessions.

    A session that is just ending belongs to nobody for a moment, which PostgreSQL takes for somebody else's.
    """
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"
    with psycopg.connect(places.database_url("assay_app", database="postgres"), autocommit=True) as app:
        for _ in range(20):
            try:
                app.execute(end, [name])
                return
            except psycopg.errors.InsufficientPrivilege:
                sleep(0.05)


def _is_abandoned(name: str) -> bool:
    """Whether a database belongs to a test run that was killed."""
    match = RUN_DATABASE.fullmatch(name)
    return match is not None and started_ticks(int(match["pid"])) is None


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for pattern in TEMPLATE_SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
