"""What a person may do about a delivery."""

from datetime import datetime

from django.db import transaction

from mdm.actors import Actor
from mdm.errors import NotFound, StateConflict
from mdm.events import DeliveriesResumed, emit
from mdm.models import GoldenRecord
from mdm.ports import TargetDelivery
from mdm.services.audit import Act, record_audit_entries
from sync.models import Delivery, DeliveryState, Stream, StreamState
from sync.selectors.deliveries import deliveries_of


@transaction.atomic
def retry_stream(stream_id: int, *, actor: Actor, at: datetime) -> None:
    """Send the wanted version again now, at once if it was parked or waited. Raises NotFound, StateConflict."""
    stream = _locked(stream_id)
    if stream.ended_at is not None:
        raise StateConflict("This delivery has ended: its record moved or was merged.")
    was_parked = stream.state == StreamState.PARKED
    if stream.state == StreamState.IDLE or was_parked:
        stream.resends += 1  # something may have come between, so guards against repeats must let it through
    stream.state = StreamState.DUE
    stream.due_at = at
    stream.failures, stream.first_failed_at = 0, None
    stream.save(update_fields=["state", "due_at", "failures", "first_failed_at", "resends"])
    _tell("delivery.retried", stream, reason="", actor=actor, at=at)
    if was_parked:
        emit(DeliveriesResumed((stream.pk,)))


@transaction.atomic
def skip_stream(stream_id: int, *, reason: str, actor: Actor, at: datetime) -> None:
    """Give up the wanted version of a parked stream; the next one is tried again. Raises NotFound, StateConflict."""
    stream = _locked(stream_id)
    if stream.state != StreamState.PARKED:
        raise StateConflict("Only a parked delivery can be skipped.")
    stream.state = StreamState.IDLE
    stream.failures, stream.first_failed_at = 0, None
    stream.acknowledged_version = stream.wanted_version
    stream.save(update_fields=["state", "failures", "first_failed_at", "acknowledged_version"])
    Delivery.objects.filter(stream=stream, version=stream.wanted_version).update(state=DeliveryState.FAILED)
    _tell("delivery.skipped", stream, reason=reason, actor=actor, at=at)
    emit(DeliveriesResumed((stream.pk,)))


class StreamActions:
    """Implements `mdm.ports.DeliveryActions`."""

    def of(self, golden_record: GoldenRecord) -> list[TargetDelivery]:
        return deliveries_of(golden_record)

    def retry(self, stream_id: int, *, actor: Actor, at: datetime) -> None:
        retry_stream(stream_id, actor=actor, at=at)

    def skip(self, stream_id: int, *, reason: str, actor: Actor, at: datetime) -> None:
        skip_stream(stream_id, reason=reason, actor=actor, at=at)


def _locked(stream_id: int) -> Stream:
    stream = Stream.objects.select_for_update().filter(pk=stream_id).first()
    if stream is None:
        raise NotFound("There is no such delivery.")
    return stream


def _tell(action: str, stream: Stream, *, reason: str, actor: Actor, at: datetime) -> None:
    record_audit_entries([Act(action, "stream", stream.pk, stream.wanted_version, reason)], actor=actor, at=at)
