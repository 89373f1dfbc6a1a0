"""Independent tasks shared among forked processes or threads: what they answer does not depend on who does them."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Answer = TypeVar("Answer")
_MOST_TASKS = 256
"""A task's number is one byte of a pipe, which a single read takes whole."""


def done_by(processes: int, tasks: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """The answers of the tasks, in their order. The first task is done in this process; let it be the greatest.

    Each process takes the next task when it is done with one. A forked one sends back what it found and ends; where it
    fails, its tasks are done again here, so that their errors are raised here. With one process, or where processes
    can't be forked safely, nothing is forked.
    """
    if min(processes, len(tasks)) <= 1 or len(tasks) > _MOST_TASKS or sys.platform != "linux":
        return [task() for task in tasks]
    numbers, numbers_in = os.pipe()
    os.write(numbers_in, bytes(range(1, len(tasks))))
    os.close(numbers_in)
    children = [_forked(tasks, numbers) for _ in range(min(processes, len(tasks)) - 1)]
    found: dict[int, Answer] = {}
    try:
        found[0] = tasks[0]()
        found |= _taken(tasks, numbers)
    finally:
        os.close(numbers)
        for pid, pipe in children:
            found |= _sent(pid, pipe)
    return [found[number] if number in found else task() for number, task in enumerate(tasks)]


def done_by_threads(threads: int, tasks: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """The answers of the tasks, in their order.

    For work that NumPy or Arrow does in large pieces, during which they let other threads run: nothing is sent from one
    process to another. No thread is left when this returns, so processes may be forked again.
    """
    if min(threads, len(tasks)) <= 1:
        return [task() for task in tasks]
    with ThreadPoolExecutor(max_workers=min(threads, len(tasks))) as pool:
        return list(pool.map(lambda task: task(), tasks))


def _taken(tasks: Sequence[Callable[[], Answer]], numbers: int) -> dict[int, Answer]:
    """Do tasks until none is left."""
    found: dict[int, Answer] = {}
    while number := os.read(numbers, 1):
        found[number[0]] = tasks[number[0]]()
    return found


def _forked(tasks: Sequence[Callable[[], Answer]], numbers: int) -> tuple[int, int]:
    """A process that does tasks beside this one: its id, and the pipe that its answers come through."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return pid, ours
    status = 1
    try:
        os.close(ours)
        found = _taken(tasks, numbers)
        with os.fdopen(theirs, "wb") as stream:
            pickle.dump(found, stream, protocol=5)
        status = 0
    finally:
        # Nothing else of the program runs twice: no handlers at exit, no buffers written.
        os._exit(status)


def _sent(pid: int, pipe: int) -> dict[int, Answer]:
    """What a process found, by number of task; nothing where it failed. Waits for its end."""
    with os.fdopen(pipe, "rb") as stream:
        sent = stream.read()
    failed = os.waitpid(pid, 0)[1] != 0
    found: dict[int, Answer] = {} if failed else pickle.loads(sent)  # noqa: S301  # from our own process
    return found
