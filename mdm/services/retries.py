"""Work done again because another worker got in its way, not because it was wrong."""

from collections.abc import Callable
from functools import wraps
from random import uniform
from time import sleep
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, transaction

Answer = TypeVar("Answer")
Given = ParamSpec("Given")
ATTEMPTS = 8  # five in a row were not enough for four workers on one handful of records
FIRST_PAUSE_SECONDS = 0.02


def retried(work: Callable[[], Answer], *, after: Callable[[DatabaseError], bool]) -> Answer:
    """What the work answers; run again after such an error and a pause that grows, of chance length, so that two do not
    meet again. The work is one transaction, or a part of one. What the last attempt raises is raised.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except DatabaseError as error:
            if attempt == ATTEMPTS or not after(error):
                raise
            sleep(uniform(0, FIRST_PAUSE_SECONDS * 2**attempt))  # noqa: S311 - chance, not secrecy
    raise AssertionError("unreachable: the last attempt returns or raises")


def atomically(service: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """A service as one transaction, run again when PostgreSQL ended it to break a deadlock.

    Golden records are locked in the order of their keys, but which ones shows only when some are locked already. Inside
    a larger transaction it is a part of that, which alone can be run again.
    """

    @wraps(service)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        def once() -> Answer:
            with transaction.atomic():
                return service(*args, **kwargs)

        return retried(once, after=deadlock)

    return run


def deadlock(error: DatabaseError) -> bool:
    """Whether PostgreSQL ended the work to break a deadlock. A larger transaction around it has ended, too."""
    return getattr(error.__cause__, "sqlstate", "") == "40P01" and not transaction.get_connection().in_atomic_block


def doubled(constraint: str) -> Callable[[DatabaseError], bool]:
    """Whether another worker has meanwhile added what this constraint allows once: a second look finds it."""

    def is_doubled(error: DatabaseError) -> bool:
        diagnosis = getattr(error.__cause__, "diag", None)
        return diagnosis is not None and diagnosis.constraint_name == constraint

    return is_doubled
