"""How the deliveries of golden records stand."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Max, QuerySet

from mdm.models import GoldenRecord, SystemMode
from mdm.ports import TargetDelivery
from sync.models import Delivery, Stream, StreamState


def deliveries_of(golden_record: GoldenRecord) -> list[TargetDelivery]:
    """Every open stream of the golden record with its newest delivery, by target and key. Two queries."""
    streams = list(
        Stream.objects.filter(golden_record=golden_record, ended_at=None)
        .select_related("target", "remote_record")
        .annotate(
            tries=Count("deliveries__attempts"),
            last_try=Max("deliveries__attempts__finished_at"),
        )
        .order_by("target__name", "remote_record__key", "pk")
    )
    newest = _newest_deliveries(streams)
    return [
        TargetDelivery(
            stream_id=stream.pk,
            target=stream.target.name,
            target_label=stream.target.label,
            remote_key=stream.remote_record.key if stream.remote_record else None,
            wanted_version=stream.wanted_version,
            acknowledged_version=stream.acknowledged_version,
            acknowledged_at=stream.acknowledged_at,
            state=_state(stream),
            attempts=stream.tries,
            last_attempt_at=stream.last_try,
            due_at=stream.due_at if stream.state == StreamState.DUE else None,
            last_error=stream.last_error,
            attributes=tuple(newest[stream.pk].attributes) if stream.pk in newest else (),
        )
        for stream in streams
    ]


def deliveries_by_correlation(correlation_id: UUID) -> QuerySet[Delivery]:
    """Every delivery that one change caused, with its stream and attempts, in the order they began."""
    return (
        Delivery.objects.filter(correlation_id=correlation_id)
        .select_related("stream__target", "stream__golden_record", "stream__remote_record", "mapping")
        .prefetch_related("attempts")
        .order_by("created_at", "pk")
    )


def _newest_deliveries(streams: Iterable[Stream]) -> dict[int, Delivery]:
    rows = Delivery.objects.filter(stream__in=[stream.pk for stream in streams])
    return {delivery.stream_id: delivery for delivery in rows.order_by("stream", "-version").distinct("stream")}


def _state(stream: Stream) -> str:
    if stream.state == StreamState.PARKED:
        return "parked"
    if stream.target.mode == SystemMode.SHADOW:
        return "shadow"
    if stream.state == StreamState.IDLE:
        return "up_to_date"
    if stream.lease_until is not None:
        return "sending"
    return "retrying" if stream.failures else "waiting"
