"""How long a call spends in which of its phases, told by the functions it goes through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from time import perf_counter_ns
from typing import Any

OTHER = "other"


class PhaseClock:
    """Nanoseconds by phase since the last `take`. A phase inside another stops the outer one's clock.

    `clock` tells the time in nanoseconds: of the wall, or of a processor.
    """

    def __init__(self, clock: Callable[[], int] = perf_counter_ns) -> None:
        self._clock = clock
        self._spent: dict[str, int] = defaultdict(int)
        self._open: list[str] = []
        self._since = 0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the block's time to `name`."""
        self._turn()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def take(self) -> dict[str, int]:
        """What was spent, and start over."""
        spent, self._spent = dict(self._spent), defaultdict(int)
        return spent

    def _turn(self) -> None:
        now = self._clock()
        if self._open:
            self._spent[self._open[-1]] += now - self._since
        self._since = now

    @contextmanager
    def watching(self, owner: object, phase_of: Mapping[str, str]) -> Iterator[None]:
        """While in the block, these functions of a module or class count to their phases.

        A name that the owner lacks raises AttributeError.
        """
        plain = {name: getattr(owner, name) for name in phase_of}
        for name, function in plain.items():
            setattr(owner, name, self._timed(function, phase_of[name]))
        try:
            yield
        finally:
            for name, function in plain.items():
                setattr(owner, name, function)

    def _timed(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:  # Any: functions of every kind
        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.phase(name):
                return function(*args, **kwargs)

        return timed
