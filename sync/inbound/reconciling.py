"""Comparing what a system holds with what the hub would send, record by record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from django.db.models import F

from mdm.actors import Actor
from mdm.mapping.documents import SystemMapping, read
from mdm.models import OutboxMessage, RemoteRecord, SourceRecord, SourceSystem
from mdm.rules.ownership import ownership_of
from mdm.selectors.attributes import attributes_of
from mdm.services.intake import current_mapping, receive_payloads
from mdm.services.rule_sets import published_rules
from mdm.services.settlement import settle_source_records
from mdm.validation import normalize_document
from sync.clock import Clock
from sync.connectors import Connector, DeliveryError, Token, connector_for
from sync.connectors.base import Record
from sync.inbound.in_flight import settled_records
from sync.inbound.pulling import page_size, pulled_entity_types
from sync.locks import held_alone
from sync.models import Delivery, DeliveryState, ReconcileRun, Stream, StreamState
from sync.outbound.knowledge import primary_keys
from sync.outbound.rendering import Rendered, public_ids_in, render_version
from sync.outbound.upkeep import requeue_streams

REPORTED = 1000


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One comparison under way."""

    system: SourceSystem
    mapping: SystemMapping
    connector: Connector
    run: ReconcileRun
    actor: Actor
    clock: Clock
    seen: set[str]


def reconcile(system: SourceSystem, entity_type: str, *, actor: Actor, clock: Clock) -> ReconcileRun | None:
    """Read every record and report drift; None when another worker is at it. What differs is queued to be sent again.

    A record that differs is first read in like any other, so a change that is the system's to make survives and what
    remains different after that is drift. Records on their way are left out and counted as `waiting`.
    """
    with held_alone(f"reconcile {system.name} {entity_type}") as alone:
        if not alone:
            return None
        run = ReconcileRun.objects.create(system=system, entity_type=entity_type, started_at=clock())
        connector = connector_for(system)
        mapping = current_mapping(system, entity_type)[1]
        try:
            _compare_pages(_Comparison(system, mapping, connector, run, actor, clock, set()))
        except DeliveryError as error:
            run.error = f"{error.outcome}: {error.message}"
        finally:
            connector.close()
        run.finished_at = clock()
        run.save()
        return run


def reconcile_all(system: SourceSystem, *, actor: Actor, clock: Clock) -> list[ReconcileRun]:
    """Every entity type of the system, in settling order."""
    runs = [reconcile(system, name, actor=actor, clock=clock) for name in pulled_entity_types(system)]
    return [run for run in runs if run is not None]


def _compare_pages(comparison: _Comparison) -> None:
    token: Token | None = None
    limit = page_size(comparison.system, comparison.connector)
    while True:
        read_at = comparison.clock()
        page = comparison.connector.pull(comparison.mapping.entity_type, token, limit)
        comparison.seen.update(read(comparison.mapping, record).key for record in page.records)
        settled = settled_records(
            page.records,
            system=comparison.system,
            mapping=comparison.mapping,
            connector=comparison.connector,
            read_at=read_at,
        )
        comparison.run.waiting += len(page.records) - len(settled)
        _compare(comparison, settled)
        if page.next_token is None or not page.more:
            break
        token = page.next_token
    expected = RemoteRecord.objects.filter(
        target=comparison.system,
        entity_type=comparison.mapping.entity_type,
        gone_at=None,
    )
    for key in sorted(set(expected.values_list("key", flat=True)) - comparison.seen):
        comparison.run.missing += 1
        _note(comparison.run, key, "missing", ())


def _compare(comparison: _Comparison, records: Sequence[Record]) -> None:
    run, mapping = comparison.run, comparison.mapping
    attributes = attributes_of(mapping.entity_type)
    held = {
        given.key: (record, normalize_document(attributes, given.values))
        for record in records
        for given in [read(mapping, record)]
        if given.key and not given.deleted
    }
    known = set(
        SourceRecord.objects.filter(
            source_system=comparison.system, entity_type=mapping.entity_type, key__in=held
        ).values_list("key", flat=True)
    )
    for key in sorted(held.keys() - known):
        run.extra += 1
        _note(run, key, "extra", ())
    found = _differing(comparison, {key: values for key, (_, values) in held.items()})
    at = comparison.clock()
    intake = receive_payloads(
        comparison.system,
        mapping.entity_type,
        [held[key][0] for key in sorted({*found} | (held.keys() - known))],
        actor=comparison.actor,
        at=at,
    )
    settle_source_records(mapping.entity_type, intake.pending_ids, actor=comparison.actor, at=at)
    # Where that made a new version, the system had changed what is its own, and the new version goes out by itself.
    drifted = list(
        Stream.objects.filter(
            target=comparison.system,
            ended_at=None,
            remote_record__key__in=found,
            remote_record__entity_type=mapping.entity_type,
            golden_record__version=F("wanted_version"),
        ).values_list("pk", "remote_record__key")
    )
    for _, key in sorted(drifted, key=lambda row: str(row[1])):
        run.differing += 1
        _note(run, str(key), "differing", found[str(key)])
    run.requeued += requeue_streams([pk for pk, _ in drifted], at=at)
    run.save()


def _differing(comparison: _Comparison, held: Mapping[str, Mapping[str, object]]) -> dict[str, tuple[str, ...]]:
    """Attributes that these records hold otherwise than was last confirmed, by key."""
    streams = list(
        Stream.objects.filter(
            target=comparison.system,
            ended_at=None,
            remote_record__entity_type=comparison.mapping.entity_type,
            remote_record__key__in=held,
        ).select_related("remote_record")
    )
    given_up = set(
        Delivery.objects.filter(
            stream__in=[s.pk for s in streams], version=F("stream__wanted_version"), state=DeliveryState.FAILED
        ).values_list("stream_id", flat=True)
    )
    quiet = [
        s
        for s in streams
        if s.state == StreamState.IDLE and s.acknowledged_version == s.wanted_version and s.pk not in given_up
    ]
    comparison.run.waiting += len(streams) - len(quiet)
    comparison.run.compared += len(quiet)
    rendered = _rendered(comparison, quiet)
    drift = {
        s.remote_record.key: rendered[s.pk].drifted(held[s.remote_record.key])
        for s in quiet
        if s.remote_record is not None
    }
    return {key: names for key, names in drift.items() if names}


def _rendered(comparison: _Comparison, streams: Sequence[Stream]) -> dict[int, Rendered]:
    versions = {(s.golden_record_id, s.wanted_version) for s in streams}
    messages = OutboxMessage.objects.filter(
        golden_record__in={golden for golden, _ in versions}, version__in={version for _, version in versions}
    )
    documents = {
        (m.golden_record_id, m.version): orjson.loads(bytes(m.body))
        for m in messages
        if (m.golden_record_id, m.version) in versions
    }
    spoken_of = set().union(*(public_ids_in(document["attributes"]) for document in documents.values()))
    keys = primary_keys(spoken_of, target_id=comparison.system.pk)
    rules = published_rules(comparison.mapping.entity_type)
    return {
        s.pk: render_version(
            documents[s.golden_record_id, s.wanted_version],
            mapping=comparison.mapping,
            attributes=rules.attributes,
            ownership=ownership_of(
                rules.document.ownership, documents[s.golden_record_id, s.wanted_version]["attributes"]
            ),
            remote_keys=keys,
            sent=s.remote_record.sent if s.remote_record else {},
            creating=False,
        )
        for s in streams
    }


def _note(run: ReconcileRun, key: str, kind: str, names: Sequence[str]) -> None:
    if len(run.drift) < REPORTED:
        run.drift.append({"key": key, "kind": kind, "attributes": list(names)})
