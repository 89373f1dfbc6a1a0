"""Locks that make concurrent arrivals of one thing wait for each other. Held until the transaction ends."""

from collections.abc import Iterable
from zlib import crc32

from django.db import connection

STRIPES = 4096
_WHOLE = -1
_MANY = 256  # beyond this, one lock over everything costs less than the stripes, and keeps within the lock table


def lock_blocking_keys(entity_type: str, key_hashes: Iterable[int]) -> None:
    """Lock the stripes of these keys, in order. Records that could match share a key, hence a stripe."""
    family = crc32(entity_type.encode()) - 2**31
    stripes = sorted({key % STRIPES for key in key_hashes})
    with connection.cursor() as cursor:
        if len(stripes) > _MANY:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [family, _WHOLE])
            return
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [family, _WHOLE])
        cursor.execute("SELECT pg_advisory_xact_lock(%s, stripe) FROM unnest(%s::int[]) AS stripe", [family, stripes])
