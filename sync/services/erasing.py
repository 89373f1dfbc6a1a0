"""What delivery keeps about a golden record that is erased: names of attributes and times stay, words and hashes go."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from mdm.errors import StateConflict
from mdm.events import DeliveriesErased, GoldenRecordsErased, emit
from sync.models import Attempt, Stream
from sync.outbound.planning import end_streams
from sync.outcomes import Outcome

_BODIES = """
UPDATE sync_delivery SET body_hash = sha256(%s || body_hash) WHERE stream_id = ANY(%s)
"""
# The key of an attempt ends in a piece of the hash of what was sent.
_ATTEMPTS = """
UPDATE sync_attempt attempt SET sent_hash = sha256(%s || attempt.sent_hash), message = '', idempotency_key = ''
FROM sync_delivery delivery WHERE delivery.id = attempt.delivery_id AND delivery.stream_id = ANY(%s)
"""


def erase_deliveries(event: GoldenRecordsErased) -> None:
    """Blank the remotes' words and the hashes, and end the streams; planning revives those that carry the last version.

    Raises StateConflict while a delivery is under way: its acknowledgement would bring values back, and a record that
    a target is just making would be known to nobody.
    """
    at = timezone.now()
    streams = Stream.objects.filter(golden_record__in=event.golden_record_ids).order_by("pk")
    locked = list(streams.select_for_update(of=("self",)))
    if any(_is_under_way(stream, at=at) for stream in locked):
        raise StateConflict("A delivery of the record is under way; try again in a minute.")
    ids = [stream.pk for stream in locked]
    end_streams(ids, at=at)
    with connection.cursor() as cursor:
        cursor.execute(_BODIES, [event.salt, ids])
        cursor.execute(_ATTEMPTS, [event.salt, ids])
    streams.update(last_error="", awaits=[])
    emit(DeliveriesErased(tuple(ids)))


def _is_under_way(stream: Stream, *, at: datetime) -> bool:
    """Whether somebody holds it, or a target may have made a record whose key we do not know."""
    if stream.lease_until is not None and stream.lease_until >= at:
        return True
    if stream.remote_record_id is not None or stream.ended_at is not None:
        return False
    last = Attempt.objects.filter(delivery__stream=stream).order_by("-pk").values_list("outcome", flat=True).first()
    return bool(stream.leased_by) or last == Outcome.UNKNOWN
