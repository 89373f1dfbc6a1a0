"""One circuit breaker per target, in the database: every worker sees it, and one of them probes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from mdm.models import SourceSystem
from sync.models import Breaker, BreakerState
from sync.outcomes import UNHEALTHY, Outcome

OPENS_AFTER = 5
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=2)
PROBE_LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one attempt says of the target's health."""

    outcome: Outcome
    message: str
    retry_after: timedelta | None = None


@transaction.atomic
def admitted(target: SourceSystem, *, wanted: int, at: datetime) -> int:
    """How many streams may be claimed now: all that were wanted, one as the probe, or none."""
    breaker = Breaker.objects.filter(target=target).exclude(state=BreakerState.CLOSED).select_for_update().first()
    if breaker is None:
        return wanted
    if breaker.probe_at is not None and breaker.probe_at > at:
        return 0
    # The lease on the probe: a worker that dies with it leaves the next turn to another.
    breaker.state = BreakerState.HALF_OPEN
    breaker.probe_at = at + PROBE_LEASE
    breaker.save(update_fields=["state", "probe_at"])
    return 1


def give_back_probe(target: SourceSystem, *, at: datetime) -> None:
    """There was nothing to probe with."""
    Breaker.objects.filter(target=target, state=BreakerState.HALF_OPEN).update(state=BreakerState.OPEN, probe_at=at)


def report(target: SourceSystem, findings: list[Finding], *, at: datetime) -> None:
    """Learn from attempts, in their order. Inside the transaction of their acknowledgement."""
    if not findings:
        return
    healthy = all(finding.outcome not in UNHEALTHY | {Outcome.THROTTLED} for finding in findings)
    breaker = Breaker.objects.select_for_update().filter(target=target).first()
    if breaker is None:
        if healthy:
            return
        Breaker.objects.bulk_create([Breaker(target=target)], ignore_conflicts=True)
        breaker = Breaker.objects.select_for_update().get(target=target)
    before = (breaker.state, breaker.failures, breaker.probe_at)
    for finding in findings:
        _learn(breaker, finding, at=at)
    if (breaker.state, breaker.failures, breaker.probe_at) != before:
        breaker.save()


def _learn(breaker: Breaker, finding: Finding, *, at: datetime) -> None:
    if finding.outcome is Outcome.THROTTLED:
        _open(breaker, pause=finding.retry_after or FIRST_PAUSE, message=finding.message, at=at)
    elif finding.outcome in UNHEALTHY:
        breaker.failures += 1
        if breaker.failures >= OPENS_AFTER or breaker.state != BreakerState.CLOSED or finding.outcome is Outcome.AUTH:
            pause = min(FIRST_PAUSE * 2 ** max(0, min(breaker.failures - OPENS_AFTER, 10)), LONGEST_PAUSE)
            _open(breaker, pause=max(pause, finding.retry_after or pause), message=finding.message, at=at)
    elif breaker.state != BreakerState.OPEN or breaker.probe_at is None or breaker.probe_at <= at:
        breaker.state, breaker.failures, breaker.last_error = BreakerState.CLOSED, 0, ""
        breaker.opened_at = breaker.probe_at = None


def _open(breaker: Breaker, *, pause: timedelta, message: str, at: datetime) -> None:
    if breaker.state == BreakerState.CLOSED:
        breaker.opened_at = at
    breaker.state = BreakerState.OPEN
    breaker.probe_at = at + pause
    breaker.last_error = message
