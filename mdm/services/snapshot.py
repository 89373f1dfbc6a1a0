"""One unchanging view of the database that nothing can be written through."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from mdm.models import Sequencer


@contextmanager
def read_only_snapshot() -> Iterator[int]:
    """Everything inside reads the database as it is now; PostgreSQL refuses any write. Yields the feed position.

    Inside a transaction of the caller's it is that transaction's view, and only the refusal is new.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SET TRANSACTION READ ONLY" if nested else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            )
        position = Sequencer.objects.filter(name="feed").values_list("last_position", flat=True).first()
        yield position or 0
        # Rolled back, since releasing a savepoint would leave the caller's transaction read-only.
        transaction.set_rollback(True)
