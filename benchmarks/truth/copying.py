"""The limit beside the figures: the same rows, written by COPY and nothing else, in the same database."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

# What a load and an arrival write, by the column that says which rows came last.
TABLES = {
    "mdm_sourcerecord": "id",
    "mdm_blockingkey": "source_record_id",
    "mdm_candidatepair": "id",
    "mdm_crosswalkentry": "id",
    "mdm_goldenrecord": "id",
    "mdm_historicalgoldenrecord": "history_id",
    "mdm_outboxmessage": "id",
    "mdm_auditentry": "id",
    "mdm_auditdetail": "id",
    "mdm_customer": "golden_record_id",
    "mdm_taxregistration": "id",
    "stewardship_task": "id",
}
Connection = psycopg.Connection[tuple[Any, ...]]  # Any: rows of any kind


def last_rows() -> dict[str, int]:
    """The highest id of each table, to copy what comes after it."""
    found = {}
    with _connected() as database:
        for table, column in TABLES.items():
            query = sql.SQL("SELECT coalesce(max({}), 0) FROM {}").format(sql.Identifier(column), sql.Identifier(table))
            (found[table],) = database.execute(query).fetchone() or (0,)
    return found


def seconds_to_copy(*, after: Mapping[str, int]) -> tuple[dict[str, int], float]:
    """Rows by table beyond these ids, and the seconds to write them by COPY into tables without indexes or checks.

    Reading them is not counted. All go into one transaction, which is committed; then the tables are dropped.
    """
    with _connected() as source, _connected() as target:
        rows = {table: _copied(source, target, table, after.get(table, 0)) for table in TABLES}
        seconds = sum(each for _, each in rows.values())
        started = perf_counter()
        target.commit()
        seconds += perf_counter() - started
        for table in TABLES:
            target.execute(sql.SQL("DROP TABLE {}").format(_plain(table)))
    return {table: count for table, (count, _) in rows.items()}, seconds


def _copied(source: Connection, target: Connection, table: str, after: int) -> tuple[int, float]:
    names = {"table": sql.Identifier(table), "plain": _plain(table), "column": sql.Identifier(TABLES[table])}
    target.execute(sql.SQL("CREATE TABLE {plain} (LIKE {table})").format(**names))
    query = sql.SQL("COPY (SELECT * FROM {table} WHERE {column} > {after}) TO STDOUT").format(
        **names, after=sql.Literal(after)
    )
    seconds = 0.0
    with source.cursor() as read, target.cursor() as written:
        with read.copy(query) as told:
            begun = perf_counter()
            with written.copy(sql.SQL("COPY {plain} FROM STDIN").format(**names)) as copy:
                seconds += perf_counter() - begun
                for block in told:
                    begun = perf_counter()
                    copy.write(block)
                    seconds += perf_counter() - begun
                begun = perf_counter()
            seconds += perf_counter() - begun
        return written.rowcount, seconds


def _plain(table: str) -> sql.Identifier:
    return sql.Identifier(f"plain_{table}")


def _connected() -> Connection:
    """As the owner, who may make tables."""
    from django.db import connections

    settings = connections["owner"].settings_dict if "owner" in connections else connection.settings_dict
    return psycopg.connect(host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"])
