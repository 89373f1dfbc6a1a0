"""What a person watching a long start sees: a line per step with its time, and a bar where it takes long."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

TITLE_WIDTH = 48


@dataclass(slots=True)
class Lap:
    """What a step says of itself."""

    ok: bool = True


class Laps:
    """Steps in the order they ran. Bars need a terminal; lines are printed everywhere."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._started = time.monotonic()

    @property
    def total_seconds(self) -> float:
        return time.monotonic() - self._started

    @contextmanager
    def step(self, title: str) -> Iterator[Lap]:
        """Time the block. It failed when it raises, and the error goes on, or when it says so."""
        lap, started = Lap(), time.monotonic()
        try:
            yield lap
        except BaseException:
            lap.ok = False
            raise
        finally:
            mark, seconds = "ok" if lap.ok else "failed", time.monotonic() - started
            self.console.print(f"  {mark:<7}{title:<{TITLE_WIDTH}} {seconds:7.1f} s", markup=False)

    @contextmanager
    def bar(self, title: str, *, total: int) -> Iterator[Callable[[int], None]]:
        """A step with a bar; the block calls what it is given with the number of things just done."""
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with (
            self.step(title),
            Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal) as progress,
        ):
            task = progress.add_task(title, total=total)
            yield lambda done: progress.advance(task, done)
