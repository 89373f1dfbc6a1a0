"""Where the time of the services goes: by phase, by the clock and by processors, our own and PostgreSQL's."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns, process_time_ns

from django.db import connection

from benchmarks.phases import OTHER, PhaseClock
from mdm.services import (
    candidates,
    crosswalk,
    intake,
    keeping,
    placing,
    prescoring,
    rebuild,
    settlement,
    submissions,
    surviving,
    versions,
)

# Patched while measuring: functions by the module that calls them, to the phase that they count to.
PHASES: tuple[tuple[object, Mapping[str, str]], ...] = (
    (intake, {"_read": "map", "validate_document": "validate", "keep": "keep source records"}),
    (intake, {"current_mapping": "keep source records"}),
    (keeping, {"record_audit_entries": "audit"}),
    (
        settlement,
        {
            "locked_rows": "lock",
            "rescore": "score pairs",
            "locked_component": "components",
        },
    ),
    (
        placing,
        {
            "choose_placement": "cluster",
            "apply_placement": "crosswalk",
            "rebuild_golden_records": "survive",
            "mark_pairs": "reviews",
            "rebuild_dependents": "dependents",
            "withdraw_corrections_of": "dependents",
        },
    ),
    (
        candidates,
        {
            "standardized_batch": "standardize, keys",
            "_keys_to_store": "standardize, keys",
            "_add_keys": "store keys",
            "pairs_to_score": "look pairs up",
        },
    ),
    (
        prescoring,
        {"locked_rows": "lock", "standardized_batch": "standardize, keys", "pairs_to_score": "look pairs up"},
    ),
    (candidates, {"_scored": "score pairs"}),
    (candidates, {"upsert_objects": "store pairs", "_explanations": "explain pairs"}),
    (crosswalk, {"record_audit_entries": "audit"}),
    (rebuild, {"write_versions": "versions"}),
    (surviving, {"survive": "survive, pure"}),
    (versions, {"record_audit_entries": "audit", "_project": "typed rows", "_write_outbox": "outbox"}),
    (submissions, {"_states": "receipts", "_with_golden_ids": "receipts", "_with_held_back": "receipts"}),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds by the clock and of processors; `phases` by name: clock, this process's processor.

    `postgres_seconds` is None where the system does not tell. Its helpers, which write and vacuum, are counted.
    """

    seconds: float
    own_seconds: float
    postgres_seconds: float | None
    phases: dict[str, tuple[float, float]]
    peak_mb: float


class Meter:
    """Measures blocks of one process."""

    def __init__(self) -> None:
        self._wall, self._own = PhaseClock(), PhaseClock(process_time_ns)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While in the block, the services' phases count."""
        with ExitStack() as stack:
            for owner, names in PHASES:
                stack.enter_context(self._own.watching(owner, names))
                stack.enter_context(self._wall.watching(owner, names))
            yield

    @contextmanager
    def spent(self, found: list[Spent]) -> Iterator[None]:
        """Append what the block took."""
        postgres, wall, own = postgres_seconds(), perf_counter_ns(), _own_ns()
        with self._wall.phase(OTHER), self._own.phase(OTHER):
            yield
        postgres_now = postgres_seconds()
        walls, owns = self._wall.take(), self._own.take()
        found.append(
            Spent(
                seconds=(perf_counter_ns() - wall) / 1e9,
                own_seconds=(_own_ns() - own) / 1e9,
                postgres_seconds=None if postgres is None or postgres_now is None else postgres_now - postgres,
                phases={name: (walls[name] / 1e9, owns.get(name, 0) / 1e9) for name in walls},
                peak_mb=peak_mb(),
            )
        )


def postgres_seconds() -> float | None:
    """Processor seconds of the server and all its processes so far, those that have ended included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    if sys.platform != "linux":
        return None
    server = _stat(backend)[1]
    ticks = sum(_stat(server)[11:15])
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                told = _stat(int(each.name))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile
            ticks += sum(told[11:13]) if told[1] == server else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_mb() -> float:
    """The most memory this process, or the greatest of those it started, held at once (resident set)."""
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)  # macOS says bytes, Linux kilobytes


def _own_ns() -> int:
    """Processor nanoseconds of this process and of those it started and waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time_ns() + int((children.ru_utime + children.ru_stime) * 1e9)


def _stat(pid: int) -> list[int]:
    """The numbers of /proc/PID/stat after the name: 1 is the parent, 11 to 14 are ticks, own and of ended children."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return [0, *map(int, told[1:20])]
