"""What delivery keeps about a golden record that is erased: names of attributes and times stay, words and hashes go."""

from django.db import connection

from mdm.events import DeliveriesErased, GoldenRecordsErased, emit
from sync.models import Stream

_BODIES = """
UPDATE sync_delivery SET body_hash = sha256(%s || body_hash) WHERE stream_id = ANY(%s)
"""
# The key of an attempt ends in a piece of the hash of what was sent.
_ATTEMPTS = """
UPDATE sync_attempt attempt SET sent_hash = sha256(%s || attempt.sent_hash), message = '', idempotency_key = ''
FROM sync_delivery delivery WHERE delivery.id = attempt.delivery_id AND delivery.stream_id = ANY(%s)
"""


def erase_deliveries(event: GoldenRecordsErased) -> None:
    """Blank the remotes' words and the hashes; streams stay, to carry the last version."""
    streams = Stream.objects.filter(golden_record__in=event.golden_record_ids).order_by("pk")
    ids = list(streams.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_BODIES, [event.salt, ids])
        cursor.execute(_ATTEMPTS, [event.salt, ids])
    streams.update(last_error="", awaits=[])
    emit(DeliveriesErased(tuple(ids)))
