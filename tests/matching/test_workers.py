"""Tasks shared among processes: answers stand in the order of the tasks, and errors are those of the tasks."""

import os
import threading
from functools import partial

import numpy as np
import pytest

from matching.workers import done_by, done_by_threads


def squared(number: int) -> int:
    return number * number


def end_where_forked(parent: int) -> int:
    if os.getpid() != parent:
        os._exit(7)
    return parent


@pytest.mark.parametrize("processes", [0, 1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_answers_stand_in_the_order_of_the_tasks(processes: int, count: int) -> None:
    tasks = [partial(squared, number) for number in range(count)]
    assert done_by(processes, tasks) == [number * number for number in range(count)]
    assert done_by_threads(processes, tasks) == [number * number for number in range(count)]


def test_answers_of_any_size_come_through() -> None:
    answers = done_by(2, [partial(np.arange, 400_000 + number) for number in range(4)])
    assert [len(each) for each in answers] == [400_000, 400_001, 400_002, 400_003]


def test_what_a_process_left_undone_is_done_here() -> None:
    assert done_by(3, [partial(end_where_forked, os.getpid())] * 6) == [os.getpid()] * 6


def test_an_error_of_a_task_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        done_by(2, [partial(squared, 1), *[partial(divmod, 1, 0)] * 3])
    with pytest.raises(ZeroDivisionError):
        done_by_threads(2, [partial(squared, 1), *[partial(divmod, 1, 0)] * 3])


def test_no_thread_is_left_that_a_fork_would_lose() -> None:
    before = threading.active_count()
    done_by_threads(3, [partial(squared, number) for number in range(9)])
    assert threading.active_count() == before


def test_the_first_task_stays_here() -> None:
    assert done_by(3, [os.getpid] * 3)[0] == os.getpid()
