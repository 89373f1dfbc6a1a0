"""From an instant to the feed position that was the last one then: an answer that nothing written later changes."""

from datetime import datetime

from django.db import connection

_LOCK = 0x41535359  # of `mdm.services.sequencer`

# Marks are made one at a time and by a clock that never goes back, so that an older mark than one that is read is read
# as well. Only where the instant lies after every mark may one still be on its way.
_POSITION = """
SELECT coalesce(max(position), 0), (SELECT max(given_at) FROM mdm_feedmark) > %(at)s, %(at)s > clock_timestamp()
FROM mdm_feedmark WHERE given_at <= %(at)s
"""


def position_at(at: datetime) -> int | None:
    """The last feed position given out by that time of the database's clock; 0 before the first.

    None for a time that is still to come: what will be known then nobody can say.
    """
    with connection.cursor() as cursor:
        cursor.execute(_POSITION, {"at": at})
        position, is_settled, is_future = cursor.fetchone() or (0, False, False)
        if is_future:
            return None
        if not is_settled:
            # Waits until whoever gives out positions has committed; the next will do so after this instant.
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])
            cursor.execute(_POSITION, {"at": at})
            position, _, _ = cursor.fetchone() or (0, False, False)
        return int(position)


def last_position() -> int:
    """The last feed position given out; 0 before the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(last_position), 0) FROM mdm_sequencer WHERE name = 'feed'")
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def price_version() -> int:
    """How many committed transactions changed what prices depend on; rises with each.

    The sequencer counts the rows that tell of them and takes them away in one transaction, so the sum never falls.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce((SELECT last_position FROM mdm_sequencer WHERE name = 'prices'), 0)
                 + (SELECT count(*) FROM mdm_pricechange)
            """
        )
        row = cursor.fetchone()
        return int(row[0]) if row else 0
