"""Finds and ends processes that an earlier, killed run left behind. A pid alone proves nothing: pids are reused."""

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
START_TIME_FIELD = 19  # of /proc/PID/stat, counted after the command's closing parenthesis


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A pid together with when it started, in clock ticks since boot; together they name one process."""

    pid: int
    started_ticks: int

    def is_alive(self) -> bool:
        return started_ticks(self.pid) == self.started_ticks


def started_ticks(pid: int) -> int | None:
    """None when there is no such process (or it is a zombie), or when the system has no /proc."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[START_TIME_FIELD])


def identify(pid: int) -> ProcessIdentity | None:
    ticks = started_ticks(pid)
    return None if ticks is None else ProcessIdentity(pid=pid, started_ticks=ticks)


def processes_working_in(directory: Path) -> list[ProcessIdentity]:
    """Every live process whose working directory is `directory`. PostgreSQL and all its backends sit in their data."""
    wanted = str(directory)
    found = []
    for entry in PROC.iterdir() if PROC.is_dir() else ():
        if not entry.name.isdigit():
            continue
        try:
            working = str((entry / "cwd").readlink())
        except OSError:
            continue
        identity = identify(int(entry.name))
        if working == wanted and identity:
            found.append(identity)
    return found


def processes_marked(variable: str, *, session: int | None = None) -> list[ProcessIdentity]:
    """Every live process that was started with `variable` ("NAME=value") in its environment, of one session or any."""
    wanted = os.fsencode(variable)
    found = []
    for entry in PROC.iterdir() if PROC.is_dir() else ():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
            in_session = session is None or os.getsid(int(entry.name)) == session
        except OSError:
            continue
        identity = identify(int(entry.name))
        if wanted in environment and in_session and identity:
            found.append(identity)
    return found


def end(processes: Iterable[ProcessIdentity], *, grace_seconds: float, first: signal.Signals = signal.SIGTERM) -> int:
    """Signal, wait, then kill what is still the same process. Returns how many there were."""
    alive = [process for process in processes if process.is_alive()]
    total = len(alive)
    for sign, seconds in ((first, grace_seconds), (signal.SIGKILL, 5.0)):
        for process in alive:
            _signal(process, sign)
        deadline = time.monotonic() + seconds
        while alive and time.monotonic() < deadline:
            time.sleep(0.05)
            alive = [process for process in alive if process.is_alive()]
    return total


def _signal(process: ProcessIdentity, sign: signal.Signals) -> None:
    """A pidfd pins the process, so that a pid reused between look and signal cannot be hit."""
    try:
        handle = os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        return
    try:
        if process.is_alive():
            signal.pidfd_send_signal(handle, sign)
    except ProcessLookupError:
        return
    finally:
        os.close(handle)
