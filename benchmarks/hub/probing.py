"""Probes through the hub's own `find_matches`, one after another, each phase timed; and what PostgreSQL alone takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

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
from mdm.services import search_before_create
from mdm.services.candidates import match_records
from mdm.services.rule_sets import published_rules
from mdm.services.search_before_create import Match, find_matches

LIMIT = 10
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
    """One probe: nanoseconds in all and by phase, and what came back."""

    total_ns: int
    phases_ns: Mapping[str, int]
    matches: list[Match]


def timed_probes(probes: Sequence[Mapping[str, Any]]) -> Iterator[Timed]:
    """Each probe once."""
    clock = PhaseClock()
    with ExitStack() as watched:
        for owner, names in PHASES:
            watched.enter_context(clock.watching(owner, names))
        for probe in probes:
            started = perf_counter_ns()
            with clock.phase(OTHER):
                matches = find_matches(CUSTOMER, probe["values"], limit=LIMIT)
            yield Timed(perf_counter_ns() - started, clock.take(), matches)


def least_times(probes: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Nanoseconds of a round trip, and of the look-up by key, prepared and without anything around it."""
    with psycopg.connect(_address(), autocommit=True) as raw:
        round_trips = [_ns(raw, "SELECT 1", ()) for _ in probes]
        look_up = f"SELECT source_record_id FROM {BlockingKey._meta.db_table} WHERE section = %s AND key_hash = ANY(%s)"  # noqa: S608 - the table's own name
        section = published_rules(CUSTOMER).key_section
        look_ups = [_ns(raw, look_up, (section, _keys(probe))) for probe in probes]
    return {"SELECT 1": round_trips, "bare key look-up": look_ups}


def stored_keys_are_current() -> bool:
    """Whether this version makes the keys that are stored, by a sample; else the hub must be filled anew."""
    rules = published_rules(CUSTOMER)
    records = list(SourceRecord.objects.select_related("source_system").order_by("pk")[:200])
    standardized = standardize_batch(RecordBatch.from_records(match_records(CUSTOMER, records)), rules.match_rules)
    keys = blocking_keys(standardized, rules.match_rules)
    rows, hashes = storable_keys(keys.rows, keys.hashes, rules.model.oversize)
    made = {(records[row].pk, key) for row, key in zip(rows.tolist(), hashes.tolist(), strict=True)}
    stored = BlockingKey.objects.filter(
        source_record__any=[each.pk for each in records], section=rules.key_section
    ).values_list("source_record_id", "key_hash")
    return made == set(stored)


def _keys(probe: Mapping[str, Any]) -> list[int]:
    records = published_rules(CUSTOMER).single.records
    record = MatchRecord(id="", source="", values=entity_types.get(CUSTOMER).match_view(probe["values"]))
    return list(records.storable(records.keys(records.standardized(record))))


def _ns(raw: psycopg.Connection[Any], query: str, parameters: Sequence[object]) -> int:  # Any: rows of any kind
    with raw.cursor(binary=True) as cursor:
        started = perf_counter_ns()
        cursor.execute(query, parameters, prepare=True)
        cursor.fetchall()
        return perf_counter_ns() - started


def _address() -> str:
    settings = connection.settings_dict
    return psycopg.conninfo.make_conninfo(host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"])
