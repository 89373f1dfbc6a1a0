"""Feed positions, given after commit: one number that readers can follow without holes.

Audit seals get theirs from the same sequencer (`mdm.services.audit_sealing`).
"""

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from mdm.models import Sequencer

_LOCK = 0x41535359  # "ASSY"


def takes_turn(cursor: CursorWrapper) -> bool:
    """Whether this transaction is the sequencer until it ends; false while another one is."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
    row = cursor.fetchone()
    return row is not None and bool(row[0])


@transaction.atomic
def assign_feed_positions(limit: int = 10_000) -> int:
    """Number the committed versions that have no position yet; returns how many. Whoever else is at it is left to it.

    Only committed versions are seen, one caller at a time numbers them, and the numbers become visible together with
    the counter: a reader that has seen position n has seen everything up to n. Within one record the order is by
    version.
    """
    with connection.cursor() as cursor:
        if not takes_turn(cursor):
            return 0
        Sequencer.objects.get_or_create(name="feed")
        cursor.execute(
            """
            WITH unnumbered AS (
                SELECT history_id, id, version FROM mdm_historicalgoldenrecord
                WHERE feed_position IS NULL ORDER BY history_id LIMIT %s
            ), numbered AS (
                SELECT history_id,
                       row_number() OVER (ORDER BY greatest_earlier, id, version) AS place
                FROM (
                    SELECT history_id, id, version,
                           max(history_id) OVER (PARTITION BY id ORDER BY version) AS greatest_earlier
                    FROM unnumbered
                ) AS ordered
            ), moved AS (
                UPDATE mdm_sequencer SET last_position = last_position + (SELECT count(*) FROM numbered)
                WHERE name = 'feed' RETURNING last_position
            )
            UPDATE mdm_historicalgoldenrecord AS version
            SET feed_position = moved.last_position - (SELECT count(*) FROM numbered) + numbered.place
            FROM numbered, moved
            WHERE version.history_id = numbered.history_id
            """,
            [limit],
        )
        given = int(cursor.rowcount)
        if given:
            _mark(cursor)
        _count_price_changes(cursor)
        return given


def _mark(cursor: CursorWrapper) -> None:
    """Tell when these positions were given out. The clock is read under the lock, and may not run back."""
    cursor.execute(
        """
        INSERT INTO mdm_feedmark (position, given_at)
        SELECT last_position, greatest(clock_timestamp(), (SELECT max(given_at) FROM mdm_feedmark))
        FROM mdm_sequencer WHERE name = 'feed'
        """
    )


def _count_price_changes(cursor: CursorWrapper) -> None:
    """Add up what writers told, each in a row of its own, into the one number that stands for the prices in force."""
    Sequencer.objects.get_or_create(name="prices")
    cursor.execute(
        """
        WITH told AS (DELETE FROM mdm_pricechange RETURNING id)
        UPDATE mdm_sequencer SET last_position = last_position + (SELECT count(*) FROM told)
        WHERE name = 'prices' AND EXISTS (SELECT FROM told)
        """
    )
