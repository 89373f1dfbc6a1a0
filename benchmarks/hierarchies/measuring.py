"""One tree of customers who each ship to a place, written as facts, and roll-ups asked of it."""

# ruff: noqa: S608  # statements are put together from this module's own numbers

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from random import Random
from time import monotonic

from django.db import connection, connections

from benchmarks.pricing.asking import Times
from mdm.actors import SYSTEM
from mdm.public_ids import public_id
from mdm.selectors.hierarchy import Asked, ancestors_of, descendants_of, locations_under
from mdm.services.rule_set_versions import ensure_rule_sets
from mdm.services.rule_sets import published_rules

AT, DAY = datetime(2026, 1, 1, tzinfo=UTC), date(2026, 6, 1)
CHILDREN = 8
KEY, LIMIT = "row by key", "rows by key, as many as a page"
UP, PAGE, WHOLE, PAST = "ancestors", "page of 100 ship-tos", "all ship-tos of a group of 600", "page, as known then"
_COLUMNS = "golden_record_id, item_key, valid, recorded, content_hash, opened_version"
_FACT = f"daterange(NULL, NULL), tstzrange('{AT.isoformat()}', NULL), sha256('fact'), 1"


@dataclass(slots=True)
class Measured:
    """What was asked for, by name; how long the edges took to write, with and without the guard against circles."""

    times: dict[str, Times] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    guarded_seconds: float = 0.0
    unguarded_seconds: float = 0.0


def fill(nodes: int) -> Measured:
    """Customers 1 to `nodes`, eight under each, each with a ship-to of its own; known at feed position `2 * nodes`."""
    ensure_rule_sets(actor=SYSTEM, at=AT)
    rule_set = published_rules("customer").rule_set_id
    measured = Measured()
    with connections["owner"].cursor() as cursor:
        # Versions without history would be refused, rightly.
        for table in ("mdm_goldenrecord", "mdm_historicalgoldenrecord"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        with cursor.copy(
            "COPY mdm_goldenrecord (id, entity_type, public_id, status, version, title, document, lineage, quality,"
            " rule_set_id, effective_at, created_at, updated_at) FROM STDIN"
        ) as rows:
            for pk, entity_type, name in _golden(nodes):
                rows.write_row((pk, entity_type, name, "active", 1, "", "{}", "{}", 1.0, rule_set, AT, AT, AT))
        cursor.execute("""
            INSERT INTO mdm_historicalgoldenrecord (id, entity_type, public_id, status, version, title, document,
                lineage, quality, rule_set_id, effective_at, updated_at, history_date, history_type, actor,
                correlation_id, feed_position)
            SELECT id, entity_type, public_id, status, version, title, document, lineage, quality, rule_set_id,
                effective_at, updated_at, updated_at, '+', 'system', gen_random_uuid(), id FROM mdm_goldenrecord
        """)
        edges = f"""
            INSERT INTO mdm_hierarchyedge ({_COLUMNS}, tree, parent_id)
            SELECT id, %s, {_FACT}, %s, (id + {CHILDREN - 2}) / {CHILDREN} FROM generate_series(2, {nodes}) AS id
        """
        for tree, state in (("territory", "DISABLE"), ("legal", "ENABLE")):
            cursor.execute(f"ALTER TABLE mdm_hierarchyedge {state} TRIGGER no_circles_in_a_tree")
            started = monotonic()
            cursor.execute(edges, [tree, tree])
            taken = monotonic() - started
            if state == "ENABLE":
                measured.guarded_seconds = taken
            else:
                measured.unguarded_seconds = taken
        cursor.execute(f"""
            INSERT INTO mdm_locationrole ({_COLUMNS}, customer_id, customer_key, role)
            SELECT id + {nodes}, 'ship_to', {_FACT}, id, '', 'ship_to' FROM generate_series(1, {nodes}) AS id
        """)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return measured


def ask(measured: Measured, nodes: int, *, rounds: int, seed: int = 7) -> None:
    """Every question in turns, so that all meet the same load. The first tenth is not counted."""
    random = Random(seed)
    now, then = Asked("legal", DAY), Asked("legal", DAY, 2 * nodes)
    group = group_of_about(nodes, 600)
    questions: dict[str, Callable[[int], Sized]] = {
        KEY: lambda node: _rows([node]),
        LIMIT: lambda _: _rows(random.sample(range(1, nodes + 1), min(100, nodes))),
        UP: lambda node: ancestors_of(node, now),
        PAGE: lambda _: locations_under([1], now, role="ship_to", limit=100),
        WHOLE: lambda _: locations_under([group], now, role="ship_to", limit=nodes),
        PAST: lambda _: locations_under([1], then, role="ship_to", limit=100),
        "page of 100 descendants": lambda _: descendants_of([1], now, limit=100),
    }
    for number in range(rounds):
        node = random.randint(1, nodes)
        for name, question in questions.items():
            measured.found[name] = len(question(node))
            if number >= rounds // 10:
                measured.times.setdefault(name, Times()).of(partial(question, node))


def group_of_about(nodes: int, size: int) -> int:
    """The first node, from the root on down, with no more than so many below it."""
    first, width = 1, 1
    while sum(1 for _ in _below(first, nodes)) > size:
        first, width = first + width, width * CHILDREN
    return first


def _below(node: int, nodes: int) -> Iterator[int]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += [child for child in range(CHILDREN * each - 6, CHILDREN * each + 2) if child <= nodes]


def _golden(nodes: int) -> Iterator[tuple[int, str, str]]:
    for pk in range(1, 2 * nodes + 1):
        entity_type, prefix = ("customer", "CUS") if pk <= nodes else ("location", "LOC")
        yield pk, entity_type, public_id(prefix, pk)


def _rows(ids: list[int]) -> list[tuple[int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, public_id FROM mdm_goldenrecord WHERE id = ANY(%s)", [ids])
        rows: list[tuple[int]] = cursor.fetchall()
        return rows
