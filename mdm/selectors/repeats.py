"""Records that look repeated inside source systems that the rules take to be free of duplicates."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, F, Q

from mdm.models import CandidatePair, SourceRecord


@dataclass(frozen=True, slots=True)
class SourceRepeats:
    """One source system: its records, pairs of them that a steward joined, and pairs that wait for an answer."""

    system: str
    source_records: int
    joined: int
    doubtful: int

    @property
    def share(self) -> float:
        """Pairs that are or may be repeats among all its records, 0 to 1."""
        return (self.joined + self.doubtful) / self.source_records if self.source_records else 0.0


def source_repeats(entity_type: str, systems: Collection[str], *, link_bits: float) -> list[SourceRepeats]:
    """By name of the system. What its system deleted counts neither as a record nor in a pair."""
    named = SourceRecord.objects.filter(entity_type=entity_type, tombstoned_at=None, source_system__name__in=systems)
    records = dict(named.values_list("source_system__name").annotate(Count("pk")))
    inside = CandidatePair.objects.filter(
        entity_type=entity_type,
        left__source_system=F("right__source_system"),
        left__source_system__name__in=systems,
        left__tombstoned_at=None,
        right__tombstoned_at=None,
    )
    pairs = {
        name: (joined, doubtful)
        for name, joined, doubtful in inside.values_list("left__source_system__name").annotate(
            joined=Count("pk", filter=Q(decision="LINK")),
            doubtful=Count("pk", filter=Q(decision="REVIEW", vetoed=False, weight_bits__gte=link_bits)),
        )
    }
    return [SourceRepeats(name, records.get(name, 0), *pairs.get(name, (0, 0))) for name in sorted(systems)]
