"""Scores of a day: golden records by rule and attribute in SQL, source records by system in portions."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Avg, Count, Max, Min
from django.db.models.functions import Coalesce

from mdm.entity_types import Document, entity_types
from mdm.models import (
    FailedRule,
    GoldenRecord,
    GoldenStatus,
    QualityScore,
    ScoreScope,
    SourceRecord,
    SourceSystem,
    UniqueValue,
)
from mdm.rules.documents import QualityCheck
from mdm.rules.quality import quality_of
from mdm.services.rule_sets import PublishedRules, published_rules

_AT_ONCE = 2_000
_PLACES = 4


class Interrupted(Exception):
    """Somebody wants the work to end; what was measured is left as it is."""


def measure_quality(
    entity_type: str, *, at: datetime, stopping: Callable[[], bool] = lambda: False
) -> list[QualityScore]:
    """Measure an entity type and keep it as the scores of that day, over those measured earlier on it.

    Memory does not grow with the number of records. Raises Interrupted between portions once `stopping` says so.
    """
    rules = published_rules(entity_type)
    _forget_former_rules(rules)
    scores = [*_of_golden_records(rules, at=at), *_of_source_records(rules, at=at, stopping=stopping)]
    with transaction.atomic():
        # A rule or system that is no more keeps its past, but has no score of today.
        QualityScore.objects.filter(entity_type=entity_type, day=at.date()).delete()
        QualityScore.objects.bulk_create(scores, ignore_conflicts=True, batch_size=_AT_ONCE)
    return scores


def measure_what_is_due(*, at: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Measure every entity type that has golden records and no scores of the day; returns how many."""
    told = set(QualityScore.objects.filter(day=at.date(), scope=ScoreScope.ALL).values_list("entity_type", flat=True))
    due = [
        name
        for name in sorted(entity_types)
        if name not in told and GoldenRecord.objects.filter(entity_type=name).exists()
    ]
    for name in due:
        try:
            measure_quality(name, at=at, stopping=stopping)
        except Interrupted:
            return 0
    return len(due)


def _forget_former_rules(rules: PublishedRules) -> None:
    unique = [rule.code for rule in rules.document.quality if rule.check is QualityCheck.UNIQUE]
    UniqueValue.objects.filter(entity_type=rules.entity_type).exclude(rule__in=unique).delete()


def _of_golden_records(rules: PublishedRules, *, at: datetime) -> Iterator[QualityScore]:
    """The whole type's score is the mean of its records'; a rule's or an attribute's the share of those that pass."""
    active = GoldenRecord.objects.filter(entity_type=rules.entity_type, status=GoldenStatus.ACTIVE)
    whole = active.aggregate(records=Count("pk"), score=Avg("quality"))
    records: int = whole["records"]
    failed = FailedRule.objects.filter(entity_type=rules.entity_type)

    def counted(by: str) -> dict[str, int]:
        rows = failed.values_list(by).annotate(Count("golden_record", distinct=True)).order_by()
        return {str(name): count for name, count in rows}

    any_failing = failed.aggregate(count=Count("golden_record", distinct=True))["count"]
    score = 1.0 if whole["score"] is None else whole["score"]
    yield _score(rules, at, ScoreScope.ALL, "", records=records, failing=any_failing, score=score)
    by_rule, by_attribute = counted("rule"), counted("attribute")
    names = {
        ScoreScope.RULE: [(rule.code, by_rule.get(rule.code, 0)) for rule in rules.document.quality],
        ScoreScope.ATTRIBUTE: [
            (name, by_attribute.get(name, 0)) for name in sorted({rule.attribute for rule in rules.document.quality})
        ],
    }
    for scope, counts in names.items():
        for name, count in counts:
            passing = 1 - count / records if records else 1.0
            yield _score(rules, at, scope, name, records=records, failing=count, score=passing)


@dataclass(slots=True)
class _Sums:
    records: Counter[str]
    failing: Counter[str]
    score: defaultdict[str, float]


def _of_source_records(rules: PublishedRules, *, at: datetime, stopping: Callable[[], bool]) -> Iterator[QualityScore]:
    """Each system's own records, judged as if each were a golden record; `unique` is not asked of them."""
    sums = _Sums(Counter(), Counter(), defaultdict(float))
    systems = dict(SourceSystem.objects.values_list("pk", "name"))
    for rows in _portions(rules.entity_type):
        if stopping():
            raise Interrupted
        for source_system, accepted, observed_at in rows:
            system = systems[source_system]
            observed = dict.fromkeys(accepted, observed_at)
            quality = quality_of(accepted, rules.document.quality, on=at.date(), at=at, observed=observed)
            sums.records[system] += 1
            sums.failing[system] += bool(quality.failures)
            sums.score[system] += quality.score
    for system, records in sorted(sums.records.items()):
        mean = sums.score[system] / records
        yield _score(rules, at, ScoreScope.SYSTEM, system, records=records, failing=sums.failing[system], score=mean)


def _portions(entity_type: str) -> Iterator[list[tuple[int, Document, datetime]]]:
    """System, accepted values and when they were observed, by ranges of ids: no sorting, however many there are."""
    # Records that the hub had made say nothing of their own until their system tells of them.
    records = SourceRecord.objects.filter(entity_type=entity_type, tombstoned_at=None).exclude(accepted={})
    ends = records.aggregate(first=Min("pk"), last=Max("pk"))
    observed_at = Coalesce("source_modified_at", "received_at")
    if ends["first"] is None:
        return
    for start in range(ends["first"], ends["last"] + 1, _AT_ONCE):
        rows = records.filter(pk__gte=start, pk__lt=start + _AT_ONCE)
        yield list(rows.values_list("source_system_id", "accepted", observed_at))


def _score(
    rules: PublishedRules, at: datetime, scope: ScoreScope, name: str, *, records: int, failing: int, score: float
) -> QualityScore:
    return QualityScore(
        day=at.date(),
        entity_type=rules.entity_type,
        scope=scope,
        name=name,
        records=records,
        failing=failing,
        score=round(score, _PLACES),
    )
