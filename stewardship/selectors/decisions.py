"""Stewards' decisions about source records, as actions: what was decided together is one unit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from mdm.models import DecisionKind, DecisionOrigin, MatchDecision


@dataclass(frozen=True, slots=True)
class DecisionUnit:
    """One action of a steward. `pairs` are source record ids; `undone_at` None while it stands."""

    unit: UUID
    kind: DecisionKind
    pairs: tuple[tuple[int, int], ...]
    reason: str
    decided_by: str
    decided_at: datetime
    undone_by: str
    undone_at: datetime | None


def last_decision_unit(username: str) -> UUID | None:
    """The latest standing action of this person."""
    return (
        MatchDecision.objects.filter(decided_by=username, origin=DecisionOrigin.STEWARD, closed_at=None)
        .order_by("-decided_at", "-pk")
        .values_list("unit", flat=True)
        .first()
    )


def decisions_about(source_record_ids: Sequence[int]) -> list[DecisionUnit]:
    """Stewards' actions that named any of these source records, latest first."""
    touched = MatchDecision.objects.filter(
        Q(left__in=source_record_ids) | Q(right__in=source_record_ids), origin=DecisionOrigin.STEWARD
    )
    return _units(MatchDecision.objects.filter(unit__in=touched.values("unit")).order_by("-decided_at", "pk"))


def latest_decisions(limit: int) -> list[DecisionUnit]:
    """The last actions of all stewards."""
    rows = MatchDecision.objects.filter(origin=DecisionOrigin.STEWARD).order_by("-decided_at", "-pk")
    return _units(rows[: limit * 5])[:limit]


def _units(decisions: Iterable[MatchDecision]) -> list[DecisionUnit]:
    by_unit: dict[UUID, list[MatchDecision]] = {}
    for decision in decisions:
        by_unit.setdefault(decision.unit, []).append(decision)
    return [
        DecisionUnit(
            unit=unit,
            kind=DecisionKind(rows[0].kind),
            pairs=tuple((row.left_id, row.right_id) for row in rows),
            reason=rows[0].reason,
            decided_by=rows[0].decided_by,
            decided_at=rows[0].decided_at,
            undone_by=rows[0].closed_by,
            undone_at=rows[0].closed_at,
        )
        for unit, rows in by_unit.items()
    ]
