"""`python -m benchmarks.audit`: how fast audit entries are verified, beside reading them at all.

Writes --count entries such as publishing a golden version leaves, and seals them, in a database of the test server that
is dropped at the end. Then, in turns: COPY of the same rows to /dev/null, which is the limit of whatever looks at every
row, and `doctor audit`. Each is the median of --repeats runs.

Ends with exit code 0 when at least --goal entries a second are verified, otherwise with 1.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic

import django

_WRITE = """
    INSERT INTO mdm_auditentry (action, subject_type, subject_id, subject_version, actor, at, reason, rule_set_id,
        correlation_id, commitment)
    SELECT 'golden_version.published', 'golden_record', number, 1 + number %% 9, 'system',
        timestamptz '2026-01-01' + number * interval '1 second',
        CASE WHEN number %% 10 = 0 THEN 'Same address' ELSE '' END, 3, gen_random_uuid(), sha256(int8send(number))
    FROM generate_series(%s::bigint, %s::bigint) AS number
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Entries a second."""

    entries: int
    seals: int
    sealed: float
    copied: float
    verified: float

    def __str__(self) -> str:
        return (
            f"{self.entries:>12,} entries under {self.seals:,} seals\n"
            f"{self.sealed:>12,.0f} a second sealed\n"
            f"{self.copied:>12,.0f} a second by COPY to /dev/null\n"
            f"{self.verified:>12,.0f} a second verified, {self.verified / self.copied:.0%} of that"
        )


def measure(count: int, *, repeats: int, settle: Callable[[], object] = lambda: None) -> Figures:
    """Write, seal, and read in turns. `settle` is called in between, for what a server does by itself in time."""
    # Django must be set up before its models are imported.
    from mdm.models import AuditSeal

    _write(count)
    sealed = _rate(count, _seal)
    settle()
    copied, verified = [], []
    for _ in range(repeats):
        copied.append(_rate(count, _copy))
        verified.append(_rate(count, _verify))
    return Figures(count, AuditSeal.objects.count(), sealed, median(copied), median(verified))


def _rate(count: int, work: Callable[[], object]) -> float:
    started = monotonic()
    work()
    return count / (monotonic() - started)


def _write(count: int, *, batch: int = 50_000) -> None:
    from django.db import connection

    for first in range(1, count + 1, batch):
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [first, min(first + batch - 1, count)])


def _seal() -> None:
    from django.utils import timezone

    from mdm.services.audit_sealing import seal_audit_entries

    while seal_audit_entries(at=timezone.now()):
        pass


def _copy() -> None:
    from django.db import connection

    with (
        Path(os.devnull).open("wb") as nowhere,
        connection.cursor() as cursor,
        cursor.copy("COPY mdm_auditentry TO STDOUT (FORMAT binary)") as rows,
    ):
        nowhere.writelines(rows)


def _verify() -> None:
    """As the command does. Raises CommandError when anything is broken."""
    from django.core.management import call_command

    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        call_command("doctor", "audit", stdout=nowhere)


def _vacuum() -> None:
    """What autovacuum does: sealing leaves a dead row for each entry."""
    from django.db import connections

    with connections["owner"].cursor() as owner:
        owner.execute("VACUUM ANALYZE mdm_auditentry")


def _in_own_database(count: int, *, repeats: int) -> Figures:
    from mdm.project.supervisor.guard import Kind, hold
    from mdm.project.supervisor.places import Places, default_state
    from tests.databases import TestDatabase

    places = Places(state=default_state(), for_tests=True)
    with hold(Kind.POSTGRES, places=places):
        database = TestDatabase(places=places, worker="benchmark")
        database.create()
        try:
            return measure(count, repeats=repeats, settle=_vacuum)
        finally:
            database.drop()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="how many entries (1000000)")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each, of which the median counts (5)")
    parser.add_argument("--goal", type=float, default=250_000, help="entries a second to verify (250000)")
    given = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.project.settings")
    os.environ.setdefault("ASSAY_LOG_LEVEL", "WARNING")
    django.setup()
    figures = _in_own_database(given.count, repeats=given.repeats)
    print(figures)
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>12,.0f} MB at most in this process")
    if figures.verified < given.goal:
        print(f"make bench-audit: FAILED, {figures.verified:,.0f} entries a second are fewer than {given.goal:,.0f}")
        return 1
    print(f"make bench-audit: passed, at least {given.goal:,.0f} entries a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
