"""Work shared among processes, each with database connections of its own."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

from django.db import connection, connections

Task = TypeVar("Task")
Answer = TypeVar("Answer")
_AHEAD = 2  # tasks given out for each process: enough to be busy, few to be held in memory


def usable_cores() -> int:
    """How many this process may run on."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def side_by_side(work: Callable[[Task], Answer], tasks: Iterable[Task], *, processes: int) -> Iterator[Answer]:
    """The answers as they come. `work` and the tasks can be pickled; each task is a transaction, or several.

    What a task raises is raised here, once those given out have ended; the rest is not begun. With one process, inside
    a transaction, or where processes can't be forked safely, the tasks are done here, one after the other.
    """
    if processes <= 1 or connection.in_atomic_block or sys.platform != "linux":
        yield from map(work, tasks)
        return
    connections.close_all()  # a forked process must not speak on ours
    left = iter(tasks)
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        running: set[Future[Answer]] = {pool.submit(work, task) for task in islice(left, processes * _AHEAD)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(work, task) for task in islice(left, len(done))}
            for each in done:
                yield each.result()
