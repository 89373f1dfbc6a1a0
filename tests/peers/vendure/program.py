"""Vendure, the web shop, fetched from npm once and started on a database of its own in the tests' PostgreSQL."""

import os
import re
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import sql

from mdm.project.supervisor.children import start_child, stop_child
from mdm.project.supervisor.places import Places
from tests.peers.fetching import node, packages

PACKAGES = ("@vendure/core@3.7.3", "pg@8")
PASSWORD = "a-password-of-the-tests"
_DATABASE = re.compile(r"vendure_(?P<pid>\d+)")
_START_SECONDS = 150


class Vendure:
    """A running Vendure with nothing in it but what a shop needs to sell: a country, a zone, a tax category."""

    def __init__(self, places: Places, *, log: Path) -> None:
        runtime = node()
        folder = packages("vendure", PACKAGES, with_node=runtime)
        self._places = places
        self._database = f"vendure_{os.getpid()}"
        self._make_database()
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._process = start_child(
            [runtime.program, Path(__file__).parent / "bootstrap.cjs"],
            log=log,
            cwd=folder,
            env={
                **runtime.environment,
                "VENDURE_PACKAGES": str(folder),
                "VENDURE_PORT": str(port),
                "VENDURE_PASSWORD": PASSWORD,
                "VENDURE_PG_HOST": str(places.postgres_sockets),
                "VENDURE_PG_USER": "assay_owner",
                "VENDURE_PG_DATABASE": self._database,
                "VENDURE_DISABLE_TELEMETRY": "true",
            },
        )
        self._http = httpx.Client(base_url=self.url, timeout=60)
        self._wait(log)
        self._log_in()
        self._furnish()

    def ask(self, query: str, **variables: Any) -> Any:
        """What the admin API answers, as its own pages would ask. Any: GraphQL data."""
        reply = self._http.post("/admin-api", json={"query": query, "variables": variables}).json()
        assert not reply.get("errors"), reply["errors"]
        return reply["data"]

    def end_sessions(self) -> None:
        """Forget every session but ours."""
        with self._connected(self._database) as connection:
            connection.execute('DELETE FROM "session" WHERE token <> %s', [self._token])

    def forget_records(self) -> None:
        """No customers and no products, as when the shop was new."""
        with self._connected(self._database) as connection:
            connection.execute("TRUNCATE customer, product CASCADE")  # sessions go along
        self._log_in()

    def stop(self) -> None:
        """End it and forget its data."""
        self._http.close()
        stop_child(self._process)
        self._drop(self._database)

    def _log_in(self) -> None:
        query = 'mutation($p: String!) { login(username: "hub", password: $p) { __typename } }'
        self._http.headers.pop("Authorization", None)
        reply = self._http.post("/admin-api", json={"query": query, "variables": {"p": PASSWORD}})
        self._token = reply.headers["vendure-auth-token"]
        self._http.headers["Authorization"] = f"Bearer {self._token}"

    def _furnish(self) -> None:
        country = self.ask(
            "mutation($t: [CountryTranslationInput!]!) {"
            ' createCountry(input: {code: "DE", enabled: true, translations: $t}) { id } }',
            t=[{"languageCode": "en", "name": "Germany"}],
        )["createCountry"]["id"]
        zone = self.ask(
            'mutation($c: [ID!]) { createZone(input: {name: "Europe", memberIds: $c}) { id } }', c=[country]
        )["createZone"]["id"]
        self.ask('mutation { createTaxCategory(input: {name: "Standard", isDefault: true}) { id } }')
        self.ask(
            "mutation($z: ID!) { updateChannel(input: {id: 1, defaultTaxZoneId: $z, defaultShippingZoneId: $z,"
            " defaultCurrencyCode: EUR, availableCurrencyCodes: [EUR], pricesIncludeTax: false}) { __typename } }",
            z=zone,
        )

    def _wait(self, log: Path) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if self._http.get("/health", timeout=5).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.5)
        stop_child(self._process)
        self._drop(self._database)
        raise RuntimeError(f"Vendure did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")

    def _make_database(self) -> None:
        with self._connected("postgres") as server:
            names = [name for (name,) in server.execute("SELECT datname FROM pg_database").fetchall()]
        # A run that was killed leaves its own.
        for name in [self._database, *filter(_is_abandoned, names)]:
            self._drop(name)
        with self._connected("postgres") as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._database)))

    def _drop(self, database: str) -> None:
        with self._connected("postgres") as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def _connected(self, database: str) -> psycopg.Connection:
        return psycopg.connect(self._places.database_url("assay_owner", database=database), autocommit=True)


def _is_abandoned(database: str) -> bool:
    found = _DATABASE.fullmatch(database)
    return found is not None and not Path(f"/proc/{found['pid']}").exists()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
