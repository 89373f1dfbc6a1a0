"""The numbers of the first page."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from mdm.models import (
    CrosswalkEntry,
    GoldenRecord,
    GoldenStatus,
    QualityScore,
    QuarantineEntry,
    QuarantineState,
    ScoreScope,
    SourceRecord,
)


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """How many golden records an entity type has, from how many source records, and how good.

    `quality` is the score last measured, None before the first time.
    """

    entity_type: str
    golden_records: int
    source_records: int
    quality: float | None

    @property
    def duplicates(self) -> int:
        """Source records that found another one."""
        return max(self.source_records - self.golden_records, 0)


@dataclass(frozen=True, slots=True)
class SystemFigures:
    """How many records a system has sent, per entity type, and how many wait in quarantine."""

    name: str
    label: str
    records: Sequence[tuple[str, int]]
    quarantined: int


def figures_by_type() -> list[TypeFigures]:
    """Entity types that have records, by name."""
    golden = dict(
        GoldenRecord.objects.filter(status=GoldenStatus.ACTIVE)
        .values_list("entity_type")
        .annotate(Count("pk"))
        .order_by()
    )
    linked = dict(
        CrosswalkEntry.objects.filter(unlinked_at=None)
        .values_list("golden_record__entity_type")
        .annotate(Count("pk"))
        .order_by()
    )
    scores = QualityScore.objects.filter(scope=ScoreScope.ALL).order_by("entity_type", "-day")
    quality = dict(scores.distinct("entity_type").values_list("entity_type", "score"))
    return [
        TypeFigures(name, golden.get(name, 0), linked.get(name, 0), quality.get(name))
        for name in sorted({*golden, *linked})
    ]


def figures_by_system() -> list[SystemFigures]:
    """Systems that have sent anything, by name."""
    rows = (
        SourceRecord.objects.values_list("source_system__name", "source_system__label", "entity_type")
        .annotate(Count("pk"))
        .order_by("source_system__name", "entity_type")
    )
    quarantined = dict(
        QuarantineEntry.objects.filter(state=QuarantineState.OPEN)
        .values_list("source_system__name")
        .annotate(Count("pk"))
        .order_by()
    )
    by_system: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for name, label, entity_type, count in rows:
        by_system.setdefault((name, label), []).append((entity_type, count))
    return [
        SystemFigures(name, label, tuple(records), quarantined.get(name, 0))
        for (name, label), records in by_system.items()
    ]
