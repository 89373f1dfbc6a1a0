"""Audit entries are sealed after their commit, off the path of those who write them."""

from datetime import datetime
from logging import getLogger

from django.conf import settings
from django.db import connection, transaction

from mdm.audit_chain import GENESIS, Head, SealKey, chain_hash
from mdm.models import AuditSeal, Sequencer
from mdm.selectors.audit_entries import DIGEST_SQL
from mdm.services.sequencer import takes_turn

logger = getLogger(__name__)

SEAL_SIZE = 10_000
SEQUENCE = "audit"


@transaction.atomic
def seal_audit_entries(*, at: datetime, limit: int = SEAL_SIZE) -> int:
    """Give the committed entries without a position theirs, and seal them; returns how many, at most `limit`.

    One caller at a time; whoever else is at it is left to it. An entry that commits late is sealed later: positions
    follow ids only within a seal. The positions, the seal and the counter become visible together.
    """
    with connection.cursor() as cursor:
        if not takes_turn(cursor):
            return 0
        Sequencer.objects.get_or_create(name=SEQUENCE)
        cursor.execute(_GIVE_POSITIONS, [limit, SEQUENCE])
        row = cursor.fetchone()
    if row is None or not row[0]:
        return 0
    count, last, entry_ids, digests = row
    _seal(last - count + 1, last, entry_ids=bytes(entry_ids), digests=bytes(digests), at=at)
    return int(count)


def seal_key() -> SealKey:
    """The key of this installation."""
    return SealKey(settings.ASSAY_COMMITMENT_KEY.encode())


def _seal(first: int, last: int, *, entry_ids: bytes, digests: bytes, at: datetime) -> None:
    before = AuditSeal.objects.order_by("-last_position").values_list("hash", flat=True).first()
    previous = GENESIS if before is None else bytes(before)
    seal_hash = chain_hash(
        previous=previous,
        first_position=first,
        last_position=last,
        sealed_at=at,
        entry_ids=entry_ids,
        digests=digests,
    )
    head = seal_key().head(position=last, chain_hash=seal_hash, sealed_at=at)
    AuditSeal.objects.create(
        first_position=first,
        last_position=last,
        entry_ids=entry_ids,
        digests=digests,
        previous_hash=previous,
        hash=head.hash,
        key_id=head.key_id,
        signature=head.signature,
        sealed_at=at,
    )
    _tell(head)


def _tell(head: Head) -> None:
    """A log that is kept elsewhere is a witness of every head."""
    logger.info("Sealed audit entries up to position %s, head %s", head.position, head.hash.hex())


_GIVE_POSITIONS = f"""
    WITH waiting AS MATERIALIZED (
        SELECT id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS total
        FROM (SELECT id FROM mdm_auditentry WHERE seal_position IS NULL ORDER BY id LIMIT %s) AS first_ones
    ), moved AS (
        UPDATE mdm_sequencer SET last_position = last_position + (SELECT count(*) FROM waiting)
        WHERE name = %s RETURNING last_position
    ), sealed AS (
        UPDATE mdm_auditentry AS entry SET seal_position = moved.last_position - waiting.total + waiting.place
        FROM waiting, moved WHERE entry.id = waiting.id
        RETURNING entry.seal_position, entry.id, {DIGEST_SQL} AS digest
    )
    SELECT count(*), max(seal_position),
        string_agg(int8send(id), '' ORDER BY seal_position), string_agg(digest, '' ORDER BY seal_position)
    FROM sealed
"""  # noqa: S608  # a constant
