"""What an action would do, found by doing it and taking all of it back: a preview cannot differ from the act."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from mdm.errors import StateConflict

WAITS_SECONDS = 3
_BUSY = {"55P03", "40P01"}  # lock not available, deadlock


@contextmanager
def foreseeing(*, to_act: bool = False) -> Iterator[None]:
    """Whatever happens inside is taken back at the end: rows, tasks, wake-ups. Read what came of it before that.

    Locks are held only meanwhile. Sequences move on, so ids that were given out inside are never used again. Raises
    StateConflict when somebody else holds these records for longer than a reader should wait. `to_act`: as a part of
    the act itself, which waits as long as it takes, and is run again as a whole when a deadlock ended it.
    """
    if to_act:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        return
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{WAITS_SECONDS}s'")
            yield
            transaction.set_rollback(True)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") not in _BUSY:
            raise
        raise StateConflict("Somebody is changing these records right now; look again in a moment.") from error
