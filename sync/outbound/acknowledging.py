"""What became of claims, written down: fenced by their epoch, in one transaction with the hub's own knowledge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from logging import getLogger
from random import Random

from django.db import transaction

from mdm.events import DeliveriesParked, emit
from mdm.models import RemoteRecord, SourceSystem
from mdm.services.remote_records import confirm_sent, forget_erased, mark_gone, register_created_record
from sync.models import Attempt, Delivery, DeliveryState, Stream, StreamState
from sync.outbound.backoff import BUDGET, wait_after
from sync.outbound.breakers import Finding, report
from sync.outbound.claims import Claim
from sync.outcomes import CONFIRMED, FINAL, OF_THE_TARGET, Outcome

logger = getLogger(__name__)

MOST_CONFLICTS = 5


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one claim. `sent` is False when the target was not asked: nothing to say, or shadow mode.

    `remote_key` is the record's, also where a lookup found it although the attempt failed.
    """

    claim: Claim
    outcome: Outcome
    started_at: datetime
    finished_at: datetime
    message: str = ""
    status_code: int | None = None
    retry_after: timedelta | None = None
    remote_key: str | None = None
    remote_version: str = ""
    sent: bool = True


@transaction.atomic
def acknowledge(results: Sequence[Result], *, target: SourceSystem, random: Random, at: datetime) -> int:
    """Write down results; returns how many were refused because the stream has a newer epoch by now.

    A refused result leaves its attempt as a trace and changes nothing else: whoever holds the newer epoch decides.
    """
    Attempt.objects.bulk_create([_attempt(result) for result in results if result.sent])
    streams = {
        stream.pk: stream
        for stream in Stream.objects.select_for_update(of=("self",))
        .filter(pk__in=[result.claim.stream_id for result in results])
        .select_related("golden_record")
        .order_by("pk")
    }
    parked: list[tuple[int, str]] = []
    refused = 0
    for result in sorted(results, key=lambda r: r.claim.stream_id):
        stream = streams[result.claim.stream_id]
        if stream.epoch != result.claim.epoch:
            refused += 1
            continue
        _write_down(stream, result, random=random, at=at)
        stream.lease_until, stream.leased_by = None, ""
        stream.save(update_fields=_COLUMNS)
        if stream.state == StreamState.PARKED:
            parked.append((stream.pk, stream.last_error))
    report(target, [Finding(r.outcome, r.message, r.retry_after) for r in results if r.sent], at=at)
    if refused:
        logger.info("Refused %d acknowledgements under an old epoch", refused)
    if parked:
        emit(DeliveriesParked(tuple(pk for pk, _ in parked), tuple(reason for _, reason in parked)))
    return refused


_COLUMNS = [
    "remote_record",
    "acknowledged_version",
    "acknowledged_at",
    "state",
    "due_at",
    "lease_until",
    "leased_by",
    "resends",
    "first_failed_at",
    "failures",
    "last_error",
    "awaits",
    "ended_at",
]


def _attempt(result: Result) -> Attempt:
    return Attempt(
        delivery_id=result.claim.delivery_id,
        epoch=result.claim.epoch,
        idempotency_key=result.claim.idempotency_key,
        sent_hash=result.claim.rendered.body_hash,
        outcome=result.outcome,
        status_code=result.status_code,
        message=result.message,
        started_at=result.started_at,
        finished_at=result.finished_at,
    )


def _write_down(stream: Stream, result: Result, *, random: Random, at: datetime) -> None:
    if result.claim.shadow and not result.sent:
        _close_delivery(result.claim, DeliveryState.SHADOWED, at=at)
        stream.state = _rest(stream, StreamState.IDLE, version=result.claim.version)
    elif result.outcome in CONFIRMED:
        _confirm(stream, result, at=at)
    elif result.outcome in OF_THE_TARGET:
        stream.last_error = result.message
    elif result.outcome in FINAL:
        _park(stream, result, at=at)
    else:
        _retry(stream, result, random=random, at=at)


def _confirm(stream: Stream, result: Result, *, at: datetime) -> None:
    claim = result.claim
    if result.sent:
        _remember(stream, result, at=at)
    _close_delivery(claim, DeliveryState.ACKNOWLEDGED if result.sent else DeliveryState.UNCHANGED, at=at)
    stream.acknowledged_version = max(stream.acknowledged_version, claim.version)
    stream.acknowledged_at = at
    stream.first_failed_at, stream.failures, stream.last_error = None, 0, ""
    stream.awaits = list(claim.rendered.awaits)
    stream.state = _rest(stream, StreamState.IDLE, version=claim.version)
    stream.due_at = at


def _remember(stream: Stream, result: Result, *, at: datetime) -> None:
    """The hub now knows what the target holds, and a new record's key."""
    claim = result.claim
    if claim.erases and claim.remote_record_id is not None:
        forget_erased(claim.remote_record_id, at=at)
        return
    said = {name: value for name, value in claim.rendered.said.items() if name not in claim.rendered.corrections}
    if claim.remote_record_id is not None:
        confirm_sent(claim.remote_record_id, sent=said, remote_version=result.remote_version, at=at)
        return
    remote = register_created_record(
        stream.golden_record,
        target_id=stream.target_id,
        key=result.remote_key or "",
        remote_version=result.remote_version,
        sent=said,
        at=at,
    )
    _attach(stream, remote, at=at)


def _attach(stream: Stream, remote: RemoteRecord, *, at: datetime) -> None:
    """The stream goes on to the record that now exists. Where another stream leads there already, this one ends."""
    taken = Stream.objects.filter(
        target=stream.target_id, golden_record=stream.golden_record_id, remote_record=remote
    ).exists()
    if taken or remote.golden_record_id != stream.golden_record_id:
        stream.ended_at = at
    else:
        stream.remote_record = remote


def _retry(stream: Stream, result: Result, *, random: Random, at: datetime) -> None:
    stream.failures += 1
    stream.first_failed_at = stream.first_failed_at or at
    stream.last_error = result.message
    if result.outcome is Outcome.CONFLICT:
        stream.resends += 1
    if result.claim.remote_key is None and result.remote_key is not None:
        found = register_created_record(
            stream.golden_record,
            target_id=stream.target_id,
            key=result.remote_key,
            remote_version="",
            sent={},
            at=at,
        )
        _attach(stream, found, at=at)
    spent = at - stream.first_failed_at >= BUDGET
    tired = result.outcome is Outcome.CONFLICT and stream.failures >= MOST_CONFLICTS
    if spent or tired:
        _park(stream, result, at=at)
        return
    stream.state = _rest(stream, StreamState.DUE, version=result.claim.version)
    stream.due_at = at + wait_after(stream.failures, random=random, retry_after=result.retry_after)


def _park(stream: Stream, result: Result, *, at: datetime) -> None:
    """Only this record waits for a person; a newer version gets its own try at once."""
    _close_delivery(result.claim, DeliveryState.FAILED, at=None)
    stream.first_failed_at = stream.first_failed_at or at
    stream.last_error = result.message
    if result.outcome is Outcome.GONE and result.claim.remote_record_id is not None:
        mark_gone(result.claim.remote_record_id, at=at)
    stream.state = _rest(stream, StreamState.PARKED, version=result.claim.version)


def _rest(stream: Stream, state: StreamState, *, version: int) -> StreamState:
    """The state to end in: idle once ended, due again when a newer version was planned meanwhile."""
    if stream.ended_at is not None:
        return StreamState.IDLE
    return StreamState.DUE if stream.wanted_version > version else state


def _close_delivery(claim: Claim, state: DeliveryState, *, at: datetime | None) -> None:
    Delivery.objects.filter(pk=claim.delivery_id).update(state=state, acknowledged_at=at)
