"""What planning from messages cannot see: records that moved, references that became known, a target gone live."""

from collections import defaultdict
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from mdm.events import DeliveriesResumed, emit
from mdm.models import SystemMode
from sync.models import Stream, StreamState
from sync.outbound.planning import Place, end_streams, put_streams

_MISPLACED = """
SELECT stream.id FROM sync_stream stream
JOIN mdm_remoterecord remote ON remote.id = stream.remote_record_id
WHERE stream.ended_at IS NULL AND remote.golden_record_id <> stream.golden_record_id
"""
_SUPERFLUOUS = """
SELECT stream.id FROM sync_stream stream
WHERE stream.ended_at IS NULL AND stream.remote_record_id IS NULL AND EXISTS (
    SELECT 1 FROM mdm_remoterecord remote
    WHERE remote.target_id = stream.target_id AND remote.golden_record_id = stream.golden_record_id)
"""
_WITHOUT_STREAM = """
SELECT remote.target_id, remote.golden_record_id, remote.id,
       (SELECT max(message.version) FROM mdm_outboxmessage message
        WHERE message.golden_record_id = golden.id AND message.planned_at IS NOT NULL)
FROM mdm_remoterecord remote
JOIN mdm_goldenrecord golden ON golden.id = remote.golden_record_id AND golden.status IN ('active', 'erased')
JOIN mdm_sourcesystem system ON system.id = remote.target_id AND system.mode <> 'off' AND system.connector <> ''
WHERE remote.gone_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM sync_stream stream
    WHERE stream.remote_record_id = remote.id AND stream.golden_record_id = remote.golden_record_id
      AND stream.ended_at IS NULL)
LIMIT 5000
"""
_NOW_KNOWN = """
SELECT stream.id FROM sync_stream stream
WHERE stream.awaits <> '{}' AND stream.state = 'idle' AND stream.ended_at IS NULL AND EXISTS (
    SELECT 1 FROM mdm_goldenrecord golden
    JOIN mdm_remoterecord remote ON remote.golden_record_id = golden.id AND remote.target_id = stream.target_id
    WHERE golden.public_id = ANY (stream.awaits::text[]) AND remote.is_primary AND remote.gone_at IS NULL)
"""

NO_WORD_FOR = "The mapping of the target has no word for the value of"
# Those parked for want of a word, where another mapping is in force by now than the one that had none.
_NOW_WORDED = """
SELECT stream.id FROM sync_stream stream
JOIN sync_delivery delivery ON delivery.stream_id = stream.id AND delivery.version = stream.wanted_version
JOIN mdm_mappingversion used ON used.id = delivery.mapping_id
WHERE stream.state = 'parked' AND stream.ended_at IS NULL AND starts_with(stream.last_error, %s) AND EXISTS (
    SELECT 1 FROM mdm_mappingversion newer
    WHERE newer.source_system_id = used.source_system_id AND newer.entity_type = used.entity_type
      AND newer.number > used.number)
"""


@transaction.atomic
def tend_streams(*, at: datetime) -> None:
    """Bring streams in line with remote records and systems as they stand. Repeating it changes nothing."""
    end_streams(_ids(_MISPLACED), at=at)
    _adopt_remote_records(at=at)
    end_streams(_ids(_SUPERFLUOUS), at=at)
    requeue_streams(_ids(_NOW_KNOWN), at=at)
    _resume_worded(at=at)
    # Versions that a target in shadow mode was not sent go out once it is live.
    Stream.objects.filter(
        state=StreamState.IDLE,
        ended_at=None,
        acknowledged_version__lt=F("wanted_version"),
        target__mode=SystemMode.LIVE,
    ).update(state=StreamState.DUE, due_at=at)


def requeue_streams(stream_ids: list[int], *, at: datetime) -> int:
    """Send the wanted version once more on these idle streams; returns how many."""
    return Stream.objects.filter(pk__in=stream_ids, state=StreamState.IDLE, ended_at=None).update(
        state=StreamState.DUE, due_at=at, resends=F("resends") + 1, awaits=[]
    )


def _resume_worded(*, at: datetime) -> None:
    """What still finds no word under the new mapping parks again, and its task comes back."""
    parked = Stream.objects.select_for_update().filter(pk__in=_ids(_NOW_WORDED, NO_WORD_FOR), state=StreamState.PARKED)
    ids = tuple(parked.order_by("pk").values_list("pk", flat=True))
    if ids:
        Stream.objects.filter(pk__in=ids).update(
            state=StreamState.DUE, due_at=at, failures=0, first_failed_at=None, last_error=""
        )
        emit(DeliveriesResumed(ids))


def _adopt_remote_records(*, at: datetime) -> None:
    """A remote record that came to a golden record without a new version wants the last one planned."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT_STREAM)
        rows = cursor.fetchall()
    wanted: dict[Place, int] = {(target, golden, pk): version for target, golden, pk, version in rows if version}
    if wanted:
        put_streams(wanted, seen=defaultdict(tuple), at=at)


def _ids(query: str, *given: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, given or None)
        return [pk for (pk,) in cursor.fetchall()]
