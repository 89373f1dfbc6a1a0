"""Outbox messages become wanted versions of streams. Planning twice, or in another order, gives the same streams."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Q

from mdm.entity_types import entity_types
from mdm.events import DeliveriesResumed, emit
from mdm.models import GoldenRecord, GoldenStatus, OutboxMessage, RemoteRecord
from sync.models import Delivery, DeliveryState, Stream, StreamState
from sync.outbound.targets import creates, open_targets

Place = tuple[int, int, int | None]  # target, golden record, remote record

_TO_PLAN = """
SELECT message.id FROM mdm_outboxmessage message
JOIN mdm_historicalgoldenrecord version
  ON version.id = message.golden_record_id AND version.version = message.version
WHERE message.planned_at IS NULL AND version.feed_position IS NOT NULL
  AND NOT EXISTS (
      SELECT 1 FROM mdm_failedrule failed
      WHERE failed.golden_record_id = message.golden_record_id AND failed.blocks AND failed.released_at IS NULL
        AND failed.since_version <= message.version)
  AND NOT EXISTS (
      SELECT 1 FROM mdm_uniquevalue said
      WHERE said.golden_record_id = message.golden_record_id AND NOT said.is_checked AND NOT said.is_gone)
ORDER BY version.feed_position LIMIT %s
FOR UPDATE OF message SKIP LOCKED
"""


@transaction.atomic
def plan_deliveries(*, at: datetime, limit: int = 2000) -> int:
    """Plan the next messages in feed order; returns how many. Only versions with a feed position are planned.

    Those of a golden record that fails a rule which blocks wait from the first version that fails, and so do those with
    values yet to be compared with other golden records'.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TO_PLAN, [limit])
        ids = [pk for (pk,) in cursor.fetchall()]
    if not ids:
        return 0
    versions: dict[int, list[int]] = defaultdict(list)
    for golden_id, version in OutboxMessage.objects.filter(pk__in=ids).values_list("golden_record_id", "version"):
        versions[golden_id].append(version)
    OutboxMessage.objects.filter(pk__in=ids).update(planned_at=at)
    wanted = _places_of(versions)
    streams = list(Stream.objects.select_for_update().filter(golden_record__in=versions, ended_at=None).order_by("pk"))
    end_streams([stream.pk for stream in streams if _place(stream) not in wanted], at=at)
    put_streams({place: max(versions[place[1]]) for place in wanted}, seen=versions, at=at)
    return len(ids)


def put_streams(wanted: Mapping[Place, int], *, seen: Mapping[int, Collection[int]], at: datetime) -> None:
    """Each place wants that version; a stream there that wants a newer one keeps it. Skipped versions are recorded.

    `seen` maps golden records to the versions planned with it: all but the last are superseded unsent.
    """
    golden_ids = {golden for _, golden, _ in wanted}
    known = {
        _place(stream): stream
        for stream in Stream.objects.select_for_update().filter(golden_record__in=golden_ids).order_by("pk")
    }
    advanced, resumed, skipped = [], [], []
    for place, stream in known.items():
        if place not in wanted or (wanted[place] <= stream.wanted_version and stream.ended_at is None):
            continue
        skipped += [(stream.pk, v) for v in {*seen.get(place[1], ()), stream.wanted_version} if v < wanted[place]]
        if stream.state == StreamState.PARKED:
            resumed.append(stream.pk)
        _advance(stream, version=max(wanted[place], stream.wanted_version), at=at)
        advanced.append(stream)
    turns = {
        pk: entity_types.get(kind).settle_rank
        for pk, kind in GoldenRecord.objects.filter(pk__in=golden_ids).values_list("pk", "entity_type")
    }
    fresh = [place for place in sorted(wanted, key=lambda p: (p[0], p[1], p[2] or 0)) if place not in known]
    made = Stream.objects.bulk_create(
        [
            Stream(
                target_id=target,
                golden_record_id=golden,
                remote_record_id=remote,
                turn=turns[golden],
                wanted_version=wanted[target, golden, remote],
                due_at=at,
            )
            for target, golden, remote in fresh
        ],
        batch_size=2000,
    )
    skipped += [(s.pk, v) for s in made for v in seen.get(s.golden_record_id, ()) if v < s.wanted_version]
    Stream.objects.bulk_update(
        advanced,
        ["wanted_version", "state", "due_at", "resends", "failures", "first_failed_at", "ended_at", "last_error"],
        batch_size=500,
    )
    _record_superseded(skipped, at=at)
    if resumed:
        emit(DeliveriesResumed(tuple(resumed)))


def end_streams(stream_ids: Sequence[int], *, at: datetime) -> None:
    """Nothing more is sent on these; what was not confirmed yet is superseded."""
    ending = Stream.objects.filter(pk__in=stream_ids, ended_at=None)
    parked = tuple(ending.filter(state=StreamState.PARKED).order_by("pk").values_list("pk", flat=True))
    Delivery.objects.filter(stream__in=stream_ids, state__in=[DeliveryState.SENDING, DeliveryState.FAILED]).update(
        state=DeliveryState.SUPERSEDED
    )
    ending.update(state=StreamState.IDLE, ended_at=at, awaits=[])
    if parked:
        emit(DeliveriesResumed(parked))


def _places_of(golden_ids: Collection[int]) -> set[Place]:
    """Where these golden records go: all their records in every target, and new ones where a target asks for them."""
    targets = open_targets()
    told = GoldenRecord.objects.filter(pk__in=golden_ids, status__in=[GoldenStatus.ACTIVE, GoldenStatus.ERASED])
    alive = dict(told.filter(status=GoldenStatus.ACTIVE).values_list("pk", "entity_type"))
    # A record that is gone over there still counts as known: what someone deleted is not silently made again.
    remotes = RemoteRecord.objects.filter(target__in=[t.pk for t in targets], golden_record__in=told)
    rows = list(remotes.values_list("target_id", "golden_record_id", "pk", "gone_at"))
    known = {(target, golden) for target, golden, _, _ in rows}
    places: set[Place] = {(target, golden, pk) for target, golden, pk, gone in rows if gone is None}
    for target in targets:
        places |= {
            (target.pk, golden, None)
            for golden, entity_type in alive.items()
            if creates(target, entity_type) and (target.pk, golden) not in known
        }
    return places


def _place(stream: Stream) -> Place:
    return stream.target_id, stream.golden_record_id, stream.remote_record_id


def _advance(stream: Stream, *, version: int, at: datetime) -> None:
    # A stream that lives again may have been written over meanwhile, so its version must not count as sent already.
    stream.resends = 0 if version > stream.wanted_version else stream.resends + 1
    stream.wanted_version = version
    stream.ended_at = None
    stream.state = StreamState.DUE
    stream.due_at = at
    stream.failures = 0
    stream.first_failed_at = None
    stream.last_error = ""


def _record_superseded(skipped: Sequence[tuple[int, int]], *, at: datetime) -> None:
    """Versions that `latest` passes over. Confirmed ones stay as they are."""
    if not skipped:
        return
    golden_of = dict(Stream.objects.filter(pk__in={pk for pk, _ in skipped}).values_list("pk", "golden_record_id"))
    facts = {
        (golden, version): (body_hash, correlation)
        for golden, version, body_hash, correlation in OutboxMessage.objects.filter(
            golden_record__in=set(golden_of.values()), version__in={version for _, version in skipped}
        ).values_list("golden_record_id", "version", "body_hash", "correlation_id")
    }
    open_states = Q(state__in=[DeliveryState.SENDING, DeliveryState.FAILED, DeliveryState.SHADOWED])
    Delivery.objects.filter(open_states, stream__in=golden_of, version__lt=F("stream__wanted_version")).update(
        state=DeliveryState.SUPERSEDED
    )
    Delivery.objects.bulk_create(
        [
            Delivery(
                stream_id=stream,
                version=version,
                body_hash=facts[golden_of[stream], version][0],
                state=DeliveryState.SUPERSEDED,
                created_at=at,
                correlation_id=facts[golden_of[stream], version][1],
            )
            for stream, version in sorted(skipped)
        ],
        ignore_conflicts=True,
        batch_size=2000,
    )
