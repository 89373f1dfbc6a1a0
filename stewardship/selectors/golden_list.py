"""Finding golden records by what a person has at hand: part of a name, an id of ours, a key of a system's."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from mdm.models import CrosswalkEntry, FailedRule, GoldenRecord, GoldenStatus
from mdm.public_ids import parse_public_id
from mdm.rules.errors import MistypedPublicId

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class GoldenPage:
    """Golden records by id; `following` is the id to continue after, None at the end."""

    records: Sequence[GoldenRecord]
    following: int | None


def golden_page(
    *, entity_type: str = "", text: str = "", system: str = "", failing: str = "", after: int = 0
) -> GoldenPage:
    """Active records, and merged ones when asked for by id. `failing`: the code of a rule they fail."""
    found = _wanted(entity_type, text.strip(), system)
    if failing:
        rows = FailedRule.objects.filter(rule=failing)
        rows = rows.filter(entity_type=entity_type) if entity_type else rows
        found = found.filter(pk__in=rows.values("golden_record"))
    records = list(found.filter(pk__gt=after).defer("document", "lineage").order_by("pk")[: PAGE_SIZE + 1])
    more = len(records) > PAGE_SIZE
    return GoldenPage(records[:PAGE_SIZE], records[PAGE_SIZE - 1].pk if more else None)


def _wanted(entity_type: str, text: str, system: str) -> QuerySet[GoldenRecord]:
    found = GoldenRecord.objects.all()
    if entity_type:
        found = found.filter(entity_type=entity_type)
    if system:
        entries = CrosswalkEntry.objects.filter(unlinked_at=None, source_record__source_system__name=system)
        found = found.filter(pk__in=entries.values("golden_record"))
    if not text:
        return found.filter(status=GoldenStatus.ACTIVE)
    if (pk := _pk_of(text)) is not None:
        return found.filter(pk=pk)
    by_key = CrosswalkEntry.objects.filter(unlinked_at=None, source_record__key=text).values("golden_record")
    return found.filter(Q(title__icontains=text) | Q(pk__in=by_key), status=GoldenStatus.ACTIVE)


def _pk_of(text: str) -> int | None:
    try:
        return parse_public_id(text)[1]
    except MistypedPublicId:
        return None
