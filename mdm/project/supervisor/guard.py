"""A guard keeps one embedded service up for as long as anybody holds it, and stops it when the last one has gone.

Holders share a file lock, which the kernel releases however they end, `kill -9` included. So no holder has to
clean up, several commands use one server side by side, and nothing is left running. The guard restarts a service
that dies; if the guard itself is killed the kernel stops the service with it, and the next look of a holder
(`Hold.ensure`) starts a new guard.
"""

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import IO, Protocol

from mdm.project.supervisor import postgres, redis
from mdm.project.supervisor.children import DidNotComeUp, open_log
from mdm.project.supervisor.places import ROOT, Places

POLL_SECONDS = 0.2
START_SECONDS = 90.0
STOP_SECONDS = 40.0
BACKOFF_SECONDS = (0.1, 1.0, 3.0)


class Kind(StrEnum):
    """The services that can be embedded."""

    POSTGRES = "postgres"
    REDIS = "redis"


class Service(Protocol):
    """What the guard needs of a service. `start` returns only when the service answers."""

    def start(self) -> None: ...
    def is_running(self) -> bool: ...
    def stop(self) -> None: ...


class ServiceUnavailable(Exception):
    """The service did not come up. The message ends with what its guard said last."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One holder's share in a service. Alive until `release`, or until its process ends."""

    kind: Kind
    places: Places
    share: IO[bytes]

    def ensure(self) -> None:
        """Return once the service answers, starting a guard if there is none. Raises ServiceUnavailable."""
        guard: subprocess.Popen[bytes] | None = None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.answers():
                return
            if guard is not None and guard.poll():
                break
            if (guard is None or guard.poll() is not None) and _is_free(_guard_lock(self.kind, self.places)):
                guard = _spawn_guard(self.kind, self.places)
            time.sleep(0.05)
        raise ServiceUnavailable(f"{self.kind} did not come up. {_last_words(self.kind, self.places)}")

    def answers(self) -> bool:
        if self.kind is Kind.POSTGRES:
            return postgres.answers(self.places.postgres_sockets)
        return redis.answers(self.places.redis_socket)

    def release(self) -> None:
        """Give up the share; when it was the last one, return after the guard has stopped the service."""
        self.share.close()
        deadline = time.monotonic() + STOP_SECONDS
        time.sleep(2 * POLL_SECONDS)
        while time.monotonic() < deadline and not _is_free(_guard_lock(self.kind, self.places)):
            if not _is_stopping(self.kind, self.places):
                return
            time.sleep(0.05)


@contextmanager
def hold(kind: Kind, *, places: Places, wait: bool = True) -> Iterator[Hold]:
    """Keep `kind` up for the length of the block. Without `wait`, the caller calls `ensure` before using it."""
    share = _open(_share_lock(kind, places))
    # Waits while a guard is just stopping the service; the next one starts it again.
    fcntl.flock(share, fcntl.LOCK_SH)
    held = Hold(kind=kind, places=places, share=share)
    try:
        if wait:
            held.ensure()
        elif _is_free(_guard_lock(kind, places)):
            _spawn_guard(kind, places)
        yield held
    finally:
        held.release()


def forget(*, places: Places) -> None:
    """Remove the data of every service. Raises ServiceUnavailable when somebody still holds one."""
    homes = {Kind.POSTGRES: places.postgres, Kind.REDIS: places.redis}
    for kind, home in homes.items():
        with _open(_share_lock(kind, places)) as share:
            if not _locks(share, fcntl.LOCK_EX):
                raise ServiceUnavailable(f"{kind} is in use; stop the hub first.")
            shutil.rmtree(home, ignore_errors=True)


def guard(kind: Kind, *, places: Places, service: Service) -> None:
    """Run `service` until nobody holds it. Returns at once when another guard is at work."""
    with _open(_guard_lock(kind, places)) as mine, _open(_share_lock(kind, places)) as share:
        if not _locks(mine, fcntl.LOCK_EX):
            return
        signal.signal(signal.SIGTERM, _leave)
        try:
            _start(service)
            _watch(service, until=lambda: _locks(share, fcntl.LOCK_EX))
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            service.stop()


def _watch(service: Service, *, until: Callable[[], bool]) -> None:
    while not until():
        time.sleep(POLL_SECONDS)
        if not service.is_running():
            _note(f"{type(service).__name__} ended; starting it again")
            _start(service)


def _start(service: Service) -> None:
    """A server killed while it starts gets another try; one that cannot start at all ends the guard."""
    for wait_seconds in BACKOFF_SECONDS:
        try:
            return service.start()
        except DidNotComeUp as error:
            _note(f"{error}; trying again in {wait_seconds:g} s")
            service.stop()
            time.sleep(wait_seconds)
    return service.start()


def _note(message: str) -> None:
    print(f"{time.strftime('%FT%TZ', time.gmtime())} {message}", flush=True)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _share_lock(kind: Kind, places: Places) -> Path:
    return _lock_directory(places) / f"{kind}{'-tests' if places.for_tests else ''}.users"


def _guard_lock(kind: Kind, places: Places) -> Path:
    return _share_lock(kind, places).with_suffix(".guard")


def _guard_log(kind: Kind, places: Places) -> Path:
    return places.logs / f"{_share_lock(kind, places).stem}-guard.log"


def _lock_directory(places: Places) -> Path:
    return places.state / "locks"


def _open(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")


def _locks(file: IO[bytes], mode: int) -> bool:
    """Take the lock if it can be had now; it stays taken until the file is closed."""
    try:
        fcntl.flock(file, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(lock: Path) -> bool:
    with _open(lock) as file:
        return _locks(file, fcntl.LOCK_SH)


def _is_stopping(kind: Kind, places: Places) -> bool:
    """A guard that stops its service holds the holders' lock for itself alone."""
    with _open(_share_lock(kind, places)) as file:
        return not _locks(file, fcntl.LOCK_SH)


def _spawn_guard(kind: Kind, places: Places) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C at the terminal reaches the holders only."""
    command = [sys.executable, "-m", __name__, kind, str(places.state)]
    with open_log(_guard_log(kind, places)) as log:
        return subprocess.Popen(
            [*command, "--tests"] if places.for_tests else command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )


def _last_words(kind: Kind, places: Places) -> str:
    log = _guard_log(kind, places)
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"{lines[-1]} (more in {log})" if lines else f"See {log}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", type=Kind)
    parser.add_argument("state", type=Path)
    parser.add_argument("--tests", action="store_true")
    options = parser.parse_args()
    places = Places(state=options.state, for_tests=options.tests)
    makers: dict[Kind, Callable[[Places], Service]] = {
        Kind.POSTGRES: postgres.EmbeddedPostgres,
        Kind.REDIS: redis.EmbeddedRedis,
    }
    guard(options.kind, places=places, service=makers[options.kind](places))


if __name__ == "__main__":
    main()
