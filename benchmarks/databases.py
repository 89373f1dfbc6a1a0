"""Databases for programs that are measured against a hub of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from mdm.project.supervisor.guard import Kind, hold
from mdm.project.supervisor.places import Places, default_state


@contextmanager
def empty_database(name: str) -> Iterator[None]:
    """An empty database on the server for tests, which the programs started here then use; dropped at the end."""
    places = Places(state=default_state(), for_tests=True)
    with hold(Kind.POSTGRES, places=places):
        server = places.database_url("assay_owner", database="postgres")
        _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        _run(server, "CREATE DATABASE {}", name)
        os.environ["DATABASE_URL"] = places.database_url(database=name)
        os.environ["ASSAY_OWNER_DATABASE_URL"] = places.database_url("assay_owner", database=name)
        os.environ["DJANGO_SETTINGS_MODULE"] = "mdm.project.settings"
        try:
            yield
        finally:
            _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _run(server: str, statement: str, database: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(database)))
