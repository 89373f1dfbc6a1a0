"""What golden records fail, who else says what only one may, and scores as they were measured."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db.models import Max

from mdm.models import FailedRule, GoldenRecord, QualityScore, ScoreScope, UniqueValue

PEERS_SHOWN = 5


def failures_of(golden_record: GoldenRecord) -> list[FailedRule]:
    """The rules that it fails, those first that block and that are errors."""
    return list(FailedRule.objects.filter(golden_record=golden_record).order_by("-blocks", "severity", "rule"))


def holders_of_the_same(golden_record: GoldenRecord, rule: str) -> list[GoldenRecord]:
    """Other golden records that say what only one of them may, the first few by id."""
    said = UniqueValue.objects.filter(golden_record=golden_record, rule=rule, is_gone=False)
    others = UniqueValue.objects.filter(
        entity_type=golden_record.entity_type, rule=rule, value_hash__in=said.values("value_hash"), is_gone=False
    ).exclude(golden_record=golden_record)
    records = GoldenRecord.objects.filter(pk__in=others.values("golden_record"))
    return list(records.defer("document", "lineage").order_by("pk")[:PEERS_SHOWN])


def latest_scores(entity_type: str) -> list[QualityScore]:
    """The scores of the last day that was measured, the worst first within a scope."""
    scores = QualityScore.objects.filter(entity_type=entity_type)
    day = scores.aggregate(day=Max("day"))["day"]
    return list(scores.filter(day=day).order_by("scope", "score", "name"))


def score_days(entity_type: str, *, until: date, days: int) -> Sequence[QualityScore]:
    """The scores of the whole entity type, a day each, oldest first."""
    return list(
        QualityScore.objects.filter(
            entity_type=entity_type, scope=ScoreScope.ALL, name="", day__gt=until - timedelta(days=days), day__lte=until
        ).order_by("day")
    )


def score_texts(scores: Sequence[QualityScore]) -> Mapping[str, object]:
    """Scores as JSON, by scope."""
    told: dict[str, list[dict[str, object]]] = {}
    for each in scores:
        row = {"name": each.name, "records": each.records, "failing": each.failing, "score": each.score}
        told.setdefault(each.scope, []).append(row)
    return told
