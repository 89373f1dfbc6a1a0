"""What an erasure takes from golden records that held records of the erased for a time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from mdm.actors import Actor
from mdm.models import CrosswalkEntry, GoldenRecord, GoldenStatus
from mdm.selectors.erasure import ErasureScope
from mdm.services.protection import given_by
from mdm.services.rebuild import Cause, rebuild_golden_records

GONE = "A source record was erased"


def let_go(scope: ErasureScope, *, actor: Actor, at: datetime) -> list[int]:
    """What these records gave to others and stands there still, though they have left, goes; returns the others."""
    entries = CrosswalkEntry.objects.filter(source_record__in=scope.source_record_ids)
    others = GoldenRecord.objects.filter(
        pk__in=entries.values("golden_record"), status__in=(GoldenStatus.ACTIVE, GoldenStatus.RETIRED)
    ).exclude(pk__in=scope.golden_record_ids)
    neighbors = sorted(others.values_list("pk", flat=True))
    make_again(neighbors, agreed=given_to(others, scope), actor=actor, at=at)
    return neighbors


def given_to(records: QuerySet[GoldenRecord], scope: ErasureScope) -> dict[int, set[str]]:
    """By golden record the attributes of which records to be erased gave something, whose end needs no consent."""
    return {record.pk: given_by(record.lineage, scope.source_record_ids) for record in records}


def make_again(
    golden_record_ids: Sequence[int], *, agreed: Mapping[int, Collection[str]], actor: Actor, at: datetime
) -> None:
    """Rebuild these golden records."""
    records = list(GoldenRecord.objects.select_for_update().filter(pk__in=golden_record_ids).order_by("pk"))
    rebuild_golden_records(records, cause=Cause(GONE, {}, agreed=agreed), actor=actor, at=at)
