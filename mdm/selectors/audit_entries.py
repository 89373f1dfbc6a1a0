"""Audit entries as the chain of seals sees them: digests by position, and what stands outside of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connections

# PostgreSQL's binary form of a row has a type and a length before every value and is the same on every machine and
# version, so no two different entries have equal bytes. Named columns and types: one that is added later, or a text
# column that gets another length, changes no digest.
DIGEST_SQL = """sha256(record_send(ROW(
    entry.id, entry.action::text, entry.subject_type::text, entry.subject_id, entry.subject_version, entry.actor::text,
    entry.at, entry.reason::text, entry.rule_set_id, entry.correlation_id, entry.commitment)))"""


@dataclass(frozen=True, slots=True)
class Placed:
    """One entry as it is now."""

    position: int
    entry_id: int
    digest: bytes


def digests_between(first: int, last: int, *, using: str) -> bytes:
    """The digests of the entries at these positions, in order, joined. One that is missing leaves no gap."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT string_agg({DIGEST_SQL}, '' ORDER BY entry.seal_position) FROM mdm_auditentry AS entry "  # noqa: S608  # a constant
            "WHERE entry.seal_position BETWEEN %s AND %s",
            [first, last],
        )
        row = cursor.fetchone()
    return bytes(row[0]) if row and row[0] is not None else b""


def placed_between(first: int, last: int, *, using: str) -> dict[int, Placed]:
    """The same one by one, by position."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT entry.seal_position, entry.id, {DIGEST_SQL} FROM mdm_auditentry AS entry "  # noqa: S608  # a constant
            "WHERE entry.seal_position BETWEEN %s AND %s",
            [first, last],
        )
        return {position: Placed(position, pk, bytes(digest)) for position, pk, digest in cursor.fetchall()}


def positions_of(entry_ids: Sequence[int], *, using: str) -> dict[int, int | None]:
    """Of those that exist, where they stand; None for one without a position."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT id, seal_position FROM mdm_auditentry WHERE id = ANY(%s)", [list(entry_ids)])
        return dict(cursor.fetchall())


def outside_of(first: int, last: int, *, using: str) -> tuple[int, int] | None:
    """Position and id of the first entry that stands before `first` or after `last`; None when there is none."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            # One condition with OR would read the index from end to end.
            "(SELECT seal_position, id FROM mdm_auditentry WHERE seal_position < %s ORDER BY seal_position LIMIT 1) "
            "UNION ALL "
            "(SELECT seal_position, id FROM mdm_auditentry WHERE seal_position > %s ORDER BY seal_position LIMIT 1)",
            [first, last],
        )
        row = cursor.fetchone()
    return None if row is None else (row[0], row[1])


def count_not_sealed(*, using: str) -> int:
    """Entries committed since the last seal."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mdm_auditentry WHERE seal_position IS NULL")
        row = cursor.fetchone()
    return int(row[0]) if row else 0
