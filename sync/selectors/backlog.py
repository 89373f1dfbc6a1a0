"""How much waits for each target, and whether it is fit to be sent to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from sync.models import Breaker, BreakerState, Stream, StreamState
from sync.outbound.targets import open_targets


@dataclass(frozen=True, slots=True)
class Backlog:
    """One target. `waiting` streams are due, of them `retrying` failed before; `oldest_due_at` None: nothing waits."""

    target: str
    target_label: str
    mode: str
    up_to_date: int
    waiting: int
    retrying: int
    parked: int
    oldest_due_at: datetime | None
    breaker: BreakerState
    breaker_error: str
    probe_at: datetime | None


def backlogs() -> list[Backlog]:
    """Every open target, by name. Three queries."""
    due = Q(state=StreamState.DUE)
    rows = (
        Stream.objects.filter(ended_at=None)
        .values("target")
        .annotate(
            up_to_date=Count("pk", filter=Q(state=StreamState.IDLE)),
            waiting=Count("pk", filter=due),
            retrying=Count("pk", filter=due & Q(failures__gt=0)),
            parked=Count("pk", filter=Q(state=StreamState.PARKED)),
            oldest=Min("due_at", filter=due),
        )
    )
    figures: dict[int, Mapping[str, Any]] = {row["target"]: row for row in rows}  # Any: counts and a time
    breakers = Breaker.objects.in_bulk()
    return [
        Backlog(
            target=target.name,
            target_label=target.label,
            mode=target.mode,
            up_to_date=row.get("up_to_date", 0),
            waiting=row.get("waiting", 0),
            retrying=row.get("retrying", 0),
            parked=row.get("parked", 0),
            oldest_due_at=row.get("oldest"),
            breaker=BreakerState(breaker.state) if breaker else BreakerState.CLOSED,
            breaker_error=breaker.last_error if breaker else "",
            probe_at=breaker.probe_at if breaker else None,
        )
        for target in open_targets()
        for row, breaker in [(figures.get(target.pk, {}), breakers.get(target.pk))]
    ]
