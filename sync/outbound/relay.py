"""The relay: numbers versions, plans them and keeps a few workers per target busy; seals audit entries meanwhile.

Needs nothing but PostgreSQL.
"""

import os
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from logging import getLogger
from random import Random

import psycopg
from django.db import DatabaseError, IntegrityError, connection, connections

from mdm.models import SourceSystem, SystemMode
from mdm.services.audit_sealing import SEAL_SIZE, seal_audit_entries
from mdm.services.price_radar import look_if_due
from mdm.services.quality_scores import measure_what_is_due
from mdm.services.sequencer import assign_feed_positions
from mdm.services.uniqueness import check_unique_values
from mdm.services.upkeep import keep_up
from sync.channel import CHANNEL
from sync.clock import Clock
from sync.connectors import connector_for
from sync.outbound.delivering import Worker
from sync.outbound.planning import plan_deliveries
from sync.outbound.targets import open_targets
from sync.outbound.upkeep import tend_streams

logger = getLogger(__name__)

CONNECTIONS = 4
POLL_SECONDS = 1.0
TEND_EVERY = timedelta(seconds=10)
SEAL_EVERY = timedelta(seconds=5)  # what was committed since could still be rewritten unseen

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Burst:
    """What one stretch of work came to."""

    planned: int
    outcomes: Counter[str]

    @property
    def is_quiet(self) -> bool:
        return not self.planned and not +self.outcomes

    def __str__(self) -> str:
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted((+self.outcomes).items())) or "none sent"
        return f"planned {self.planned}; {told}"


class _Tally:
    """Counts of several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, counts: Counter[str]) -> None:
        with self._lock:
            self._counts.update(counts)

    def take(self) -> Counter[str]:
        """What came since the last time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts


def plan_everything(*, at: datetime) -> int:
    """Number and plan whatever is committed; returns how many messages were planned."""
    while assign_feed_positions():
        pass
    check_unique_values(at=at)
    planned = 0
    while count := plan_deliveries(at=at):
        planned += count
    return planned


def run_once(*, clock: Clock, random: Random, workers: int = CONNECTIONS) -> Burst:
    """Plan and deliver until nothing more is due now. With `workers=1` all of it happens on the calling thread."""
    planned = plan_everything(at=clock())
    keep_up(at=clock())
    while seal_audit_entries(at=clock()):
        pass
    tend_streams(at=clock())
    done = _Tally()

    def drain(target: SourceSystem, number: int) -> None:
        with _worker(target, number, clock=clock, random=random, stopping=lambda: False, tally=done.add) as worker:
            worker.drain()

    targets = open_targets()
    if workers == 1:
        for target in targets:
            drain(target, 0)
        return Burst(planned, done.take())
    threads = [
        threading.Thread(target=_alone(partial(drain, target, number)))
        for target in targets
        for number in range(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Burst(planned, done.take())


class Relay:
    """Runs until it is told to stop. A sick target keeps only its own workers waiting."""

    def __init__(self, *, clock: Clock, random: Random, tell: Tell) -> None:
        self._clock = clock
        self._random = random
        self._tell = tell
        self._stop = threading.Event()
        self._wake = threading.Condition()
        self._threads: dict[int, list[threading.Thread]] = {}
        self._done = _Tally()
        self._sealed_at: datetime | None = None
        self._measured_on: date | None = None
        self._measuring: threading.Thread | None = None

    def stop(self) -> None:
        """Finish the request under way, acknowledge it, give back the rest. Safe inside a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Plan, wake the workers, wait for news or a second. A database that is away is waited for."""
        tended_at: datetime | None = None
        while not self._stop.is_set():
            try:
                at = self._clock()
                planned = plan_everything(at=at)
                if tended_at is None or at - tended_at >= TEND_EVERY:
                    keep_up(at=at)
                    tend_streams(at=at)
                    self._staff()
                    self._measure(at=at)
                    tended_at = at
                self._wake_workers()
                self._seal(at=at)
                self._tell_of(planned)
                _wait_for_news(POLL_SECONDS, self._stop)
            except (DatabaseError, psycopg.Error) as error:
                logger.warning("The database is away (%s); trying again", type(error).__name__)
                connection.close()
                self._stop.wait(POLL_SECONDS)
        self._wake_workers()
        measuring = [self._measuring] if self._measuring is not None else []
        for thread in (*measuring, *(each for threads in self._threads.values() for each in threads)):
            thread.join()
        self._tell_of(0)

    def _seal(self, *, at: datetime) -> None:
        """One seal now and then; one at every turn while many entries wait, so that deliveries need not."""
        if self._sealed_at is not None and at - self._sealed_at < SEAL_EVERY:
            return
        try:
            more = seal_audit_entries(at=at) == SEAL_SIZE
        except IntegrityError:  # somebody rewrote the counter or the seals; deliveries go on
            logger.exception("Audit entries could not be sealed; ask `manage.py doctor audit`")
            more = False
        self._sealed_at = None if more else at

    def _measure(self, *, at: datetime) -> None:
        """Once a day, on a thread of its own: it reads all records and prices, and deliveries need not wait."""
        if self._measured_on == at.date() or (self._measuring is not None and self._measuring.is_alive()):
            return
        self._measured_on = at.date()

        def work() -> None:
            measure_what_is_due(at=at, stopping=self._stop.is_set)
            look_if_due(at=at, stopping=self._stop.is_set)

        self._measuring = threading.Thread(target=_alone(work), name="measuring")
        self._measuring.start()

    def _staff(self) -> None:
        """Workers for every target that is open; those of one that is closed find out themselves and go."""
        for target in open_targets():
            alive = [thread for thread in self._threads.get(target.pk, []) if thread.is_alive()]
            for number in range(len(alive), int(target.settings.get("connections", CONNECTIONS))):
                thread = threading.Thread(
                    target=_alone(partial(self._work, target.pk, number)), name=f"{target.name}-{number}"
                )
                thread.start()
                alive.append(thread)
            self._threads[target.pk] = alive

    def _work(self, target_id: int, number: int) -> None:
        while not self._stop.is_set():
            target = SourceSystem.objects.get(pk=target_id)
            if target.mode == SystemMode.OFF:
                return
            with _worker(
                target, number, clock=self._clock, random=self._random, stopping=self._stop.is_set, tally=self._done.add
            ) as worker:
                while not self._stop.is_set() and _configuration(target_id) == _configured(target):
                    worker.drain()
                    with self._wake:
                        self._wake.wait(timeout=POLL_SECONDS)

    def _wake_workers(self) -> None:
        with self._wake:
            self._wake.notify_all()

    def _tell_of(self, planned: int) -> None:
        burst = Burst(planned, self._done.take())
        if not burst.is_quiet:
            self._tell(f"{self._clock():%H:%M:%S} {burst}")


@contextmanager
def _worker(
    target: SourceSystem,
    number: int,
    *,
    clock: Clock,
    random: Random,
    stopping: Callable[[], bool],
    tally: Callable[[Counter[str]], None],
) -> Iterator[Worker]:
    connector = connector_for(target)
    name = f"{socket.gethostname()}:{os.getpid()}:{target.name}:{number}"[:80]
    try:
        yield Worker(target, connector, name, clock, random, stopping, tally)
    finally:
        connector.close()


def _configured(target: SourceSystem) -> tuple[object, ...]:
    return target.mode, target.connector, target.base_url, target.credentials_reference, target.settings


def _configuration(target_id: int) -> tuple[object, ...]:
    return _configured(SourceSystem.objects.get(pk=target_id))


def _alone(work: Callable[[], object]) -> Callable[[], None]:
    """The work for a thread of its own: database connections are a thread's, and a thread that fails says so."""

    def run() -> None:
        try:
            work()
        except (DatabaseError, psycopg.Error) as error:
            logger.warning("A worker lost the database (%s)", type(error).__name__)
        finally:
            connections.close_all()

    return run


def _wait_for_news(seconds: float, stop: threading.Event) -> None:
    """Until a golden version is announced, or that long: what a notification tells, the next poll finds as well."""
    connection.ensure_connection()
    raw: psycopg.Connection | None = connection.connection
    if raw is None or stop.is_set():
        return
    raw.execute(f"LISTEN {CHANNEL}")
    with suppress(StopIteration):
        next(raw.notifies(timeout=seconds, stop_after=1))
