"""Probes through the hub's own `find_matches`, one after another, each phase timed; and what PostgreSQL alone takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter_ns, thread_time_ns
from typing import Any, LiteralString

import psycopg
from django.db import connection

from benchmarks.hub.documents import CUSTOMER
from benchmarks.phases import OTHER, PhaseClock
from matching.blocking import blocking_keys
from matching.oversize import storable_keys
from matching.records import MatchRecord, RecordBatch
from matching.single import SingleMatching
from matching.single_scoring import SingleScoring
from matching.standardize import standardize_batch
from mdm.entity_types import entity_types
from mdm.models import BlockingKey, SourceRecord
from mdm.selectors.told_records import told_records
from mdm.services import search_before_create
from mdm.services.candidates import match_records
from mdm.services.rule_sets import known_rules, published_rules
from mdm.services.search_before_create import Match, find_matches

Connection = psycopg.Connection[tuple[Any, ...]]  # Any: rows of any kind

LIMIT = 10
_LOOK_UP = "SELECT source_record_id FROM mdm_blockingkey WHERE section = %s AND key_hash = ANY(%s::bigint[])"
PHASES: tuple[tuple[object, dict[str, str]], ...] = (
    (
        search_before_create,
        {
            "_cleaned": "validate",
            "_candidates": "keys",
            "placed_candidates": "look-up and fetch",
            "_standardized": "standardize",
        },
    ),
    (SingleScoring, {"weigh": "score"}),
    (SingleMatching, {"explain": "explain"}),
)


@dataclass(frozen=True, slots=True)
class Timed:
    """One probe: nanoseconds in all, of this process's own work, by phase, of PostgreSQL alone; and what came back."""

    total_ns: int
    own_work_ns: int
    phases_ns: Mapping[str, int]
    least_ns: Mapping[str, int]
    matches: list[Match]


def timed_probes(probes: Sequence[Mapping[str, Any]]) -> Iterator[Timed]:
    """Each probe once, and right after it what PostgreSQL alone takes, so that both meet the same load."""
    clock = PhaseClock()
    with ExitStack() as stack:
        bare = stack.enter_context(psycopg.connect(_address(), autocommit=True))
        for owner, names in PHASES:
            stack.enter_context(clock.watching(owner, names))
        for probe in probes:
            started, worked = perf_counter_ns(), thread_time_ns()
            with clock.phase(OTHER):
                matches = find_matches(CUSTOMER, probe["values"], limit=LIMIT)
            total, own_work = perf_counter_ns() - started, thread_time_ns() - worked
            yield Timed(total, own_work, clock.take(), _least_times(bare, probe), matches)


def _least_times(bare: Connection, probe: Mapping[str, Any]) -> dict[str, int]:
    """A round trip, and the look-up by key, prepared and without anything around it."""
    section = known_rules(CUSTOMER).key_section
    return {"SELECT 1": _ns(bare, "SELECT 1", ()), "bare key look-up": _ns(bare, _LOOK_UP, (section, _keys(probe)))}


def stored_keys_are_current() -> bool:
    """Whether this version makes the keys that are stored, by a sample; else the hub must be filled anew."""
    rules = published_rules(CUSTOMER)
    records = told_records(SourceRecord.objects.order_by("pk")[:200])
    standardized = standardize_batch(RecordBatch.from_records(match_records(CUSTOMER, records)), rules.match_rules)
    keys = blocking_keys(standardized, rules.match_rules)
    rows, hashes = storable_keys(keys.rows, keys.hashes, rules.model.oversize)
    made = {(records[row].pk, key) for row, key in zip(rows.tolist(), hashes.tolist(), strict=True)}
    stored = BlockingKey.objects.filter(
        source_record__any=[each.pk for each in records], section=rules.key_section
    ).values_list("source_record_id", "key_hash")
    return made == set(stored)


def _keys(probe: Mapping[str, Any]) -> list[int]:
    records = known_rules(CUSTOMER).single.records
    record = MatchRecord(id="", source="", values=entity_types.get(CUSTOMER).match_view(probe["values"]))
    return list(records.storable(records.keys(records.standardized(record))))


def _ns(bare: Connection, query: LiteralString, parameters: Sequence[object]) -> int:
    with bare.cursor(binary=True) as cursor:
        started = perf_counter_ns()
        cursor.execute(query, parameters, prepare=True)
        cursor.fetchall()
        return perf_counter_ns() - started


def _address() -> str:
    settings = connection.settings_dict
    return psycopg.conninfo.make_conninfo(host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"])
