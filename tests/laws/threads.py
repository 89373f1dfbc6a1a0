"""Several workers at once, each on a database connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def all_at_once(works: Sequence[Callable[[], object]]) -> None:
    """Run each on a thread; what one raises is raised here, after all have ended."""

    def alone(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(works)) as pool:
        for done in [pool.submit(alone, work) for work in works]:
            done.result(timeout=300)
