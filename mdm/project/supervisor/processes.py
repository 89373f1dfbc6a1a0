"""Keeps a set of programs running: started in order, restarted when they die, stopped in reverse order.

Every child carries a random mark of this run in its environment, and so do its own children. The mark stands in the
run file; after a `kill -9` the next run finds by it, and by nothing weaker, what the killed one left.
"""

import fcntl
import http.client
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

from mdm.project.supervisor.children import start_child, stop_child
from mdm.project.supervisor.leftovers import end, processes_marked
from mdm.project.supervisor.places import ROOT

MARK = "ASSAY_RUN"
POLL_SECONDS = 0.25
ENSURE_SECONDS = 2.0
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
SETTLED_SECONDS = 60.0


class AlreadyRunning(Exception):
    """Another supervisor works from the same state directory."""


class ProgramFailed(Exception):
    """A program ended, or did not get ready, while it was being started."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program. `ready` says when it can be used; without it, it counts as ready once started."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    start_seconds: float = 60.0
    stop_seconds: float = 10.0


@dataclass(slots=True)
class _Running:
    program: Program
    child: subprocess.Popen[bytes]
    started: float
    failures: int = 0
    restart_at: float | None = None


class Supervisor:
    """Use as a context: leaving the block, by whatever way, stops every program it started.

    SIGTERM is turned into KeyboardInterrupt, so that the block sees one way of being asked to stop.
    """

    def __init__(self, *, state: Path, report: Callable[[str], None]) -> None:
        self._state = state
        self._report = report
        self._run_file = state / "run.json"
        self._mark = secrets.token_hex(16)
        self._running: list[_Running] = []
        self._lock: IO[bytes] | None = None
        self._handlers: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        self._lock = self._take_lock()
        if ended := self._end_leftovers():
            self._report(f"Ended {ended} processes that an earlier run had left.")
        self._run_file.write_text(json.dumps({"mark": self._mark, "pid": os.getpid()}))
        # Both, because a program started in the background of a shell inherits a Ctrl-C that is ignored.
        self._handlers = {sign: signal.signal(sign, _interrupt) for sign in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C must not leave half of them running.
        for sign in self._handlers:
            signal.signal(sign, signal.SIG_IGN)
        try:
            self._stop_all()
        finally:
            self._run_file.unlink(missing_ok=True)
            if self._lock is not None:
                self._lock.close()
            for sign, handler in self._handlers.items():
                signal.signal(sign, handler)  # type: ignore[arg-type]  # what signal() returned

    def start(self, *programs: Program) -> None:
        """Start all of them and return once each is ready. Raises ProgramFailed."""
        begun = [_Running(program=each, child=self._spawn(each), started=time.monotonic()) for each in programs]
        self._running += begun
        for running in begun:
            self._wait_until_ready(running)

    def _wait_until_ready(self, running: _Running) -> None:
        program, deadline = running.program, running.started + running.program.start_seconds
        while program.ready is not None and not program.ready():
            if running.child.poll() is not None:
                reason = f"ended with status {running.child.returncode}"
            elif time.monotonic() > deadline:
                reason = f"is not ready after {program.start_seconds:.0f} s"
            else:
                time.sleep(0.1)
                continue
            raise ProgramFailed(f"{program.name} {reason}: {self._log(program)}")

    def watch(self, *, ensure: Callable[[], None] = lambda: None, until: Callable[[], bool] = lambda: False) -> None:
        """Restart what dies, call `ensure` every few seconds, until `until` says so."""
        ensured = time.monotonic()
        while not until():
            time.sleep(POLL_SECONDS)
            now = time.monotonic()
            for running in self._running:
                self._look_after(running, now=now)
            if now - ensured > ENSURE_SECONDS:
                ensure()
                ensured = now

    def _look_after(self, running: _Running, *, now: float) -> None:
        name = running.program.name
        if running.restart_at is None:
            if running.child.poll() is None:
                return
            if now - running.started > SETTLED_SECONDS:
                running.failures = 0
            wait = BACKOFF_SECONDS[min(running.failures, len(BACKOFF_SECONDS) - 1)]
            self._report(f"{name} ended with status {running.child.returncode}; starting it again in {wait:g} s.")
            self._end_stragglers(running)
            running.restart_at, running.failures = now + wait, running.failures + 1
        elif now >= running.restart_at:
            running.child, running.started, running.restart_at = self._spawn(running.program), now, None
            self._report(f"{name} runs again.")

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        return start_child(
            program.command,
            log=self._log(program),
            cwd=ROOT,
            env={**os.environ, **program.environment, MARK: self._mark},
        )

    def _stop_all(self) -> None:
        for running in reversed(self._running):
            stop_child(running.child, signals=((signal.SIGTERM, running.program.stop_seconds),))
            self._end_stragglers(running)
        self._running.clear()

    def _end_stragglers(self, running: _Running) -> None:
        """A killed parent leaves its workers: they sit in its session."""
        end(processes_marked(f"{MARK}={self._mark}", session=running.child.pid), grace_seconds=2.0)

    def _end_leftovers(self) -> int:
        with suppress(FileNotFoundError, ValueError, KeyError):
            mark = json.loads(self._run_file.read_text())["mark"]
            return end(processes_marked(f"{MARK}={mark}"), grace_seconds=5.0)
        return 0

    def _take_lock(self) -> IO[bytes]:
        path = self._state / "locks" / "supervisor"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunning(f"A hub already runs from {self._state}; stop it first.") from None
        return lock

    def _log(self, program: Program) -> Path:
        return self._state / "log" / f"{program.name}.log"


def answers_http(address: str, *, path: str) -> bool:
    """Whether `address` (HOST:PORT) answers 200 at `path`."""
    connection = http.client.HTTPConnection(address, timeout=2.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
