"""Locks across processes by name, held by a session rather than a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

from django.db import connection

_FAMILY = 0x53594E43  # "SYNC"


@contextmanager
def held_alone(name: str) -> Iterator[bool]:
    """Whether this session alone holds the lock of that name; False when another does, without waiting.

    Not for a block inside a transaction that may fail: the lock is given back by a statement. A lost connection gives
    it back as well.
    """
    key = lock_key(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        row = cursor.fetchone()
    got = bool(row and row[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def lock_key(name: str) -> tuple[int, int]:
    """The two numbers that PostgreSQL knows the lock by."""
    return _FAMILY, crc32(name.encode()) - 2**31
