"""Golden records as clients are served them: the document's text as stored, never taken apart on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from mdm.entity_types import entity_types
from mdm.errors import NotFound, RecordErased
from mdm.models import CrosswalkEntry, GoldenRecord, GoldenStatus, GoldenVersion
from mdm.public_ids import parse_public_id


@dataclass(frozen=True, slots=True)
class Served:
    """One version of a golden record; `document` is JSON text."""

    pk: int
    public_id: str
    entity_type: str
    status: str
    version: int
    document: str


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One version in the order of the feed; `document` is JSON text and names the survivor of a merged record."""

    position: int
    change: str
    changed_at: datetime
    document: str


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which golden records of one entity type are listed; empty means no such condition."""

    status: str = ""
    updated_since: datetime | None = None
    source_system: str = ""


def served_record(public_id: str, *, entity_type: str) -> Served:
    """The version in force, merged and retired records included. Raises MistypedPublicId, NotFound, RecordErased."""
    found = _served(_records(entity_type).filter(pk=_row_of(public_id, entity_type)))
    if not found:
        raise NotFound("There is no golden record with this id.")
    if found[0].status == GoldenStatus.ERASED:
        raise RecordErased(found[0].public_id)
    return found[0]


def served_by_source_key(system: str, entity_type: str, key: str) -> Served:
    """The golden record that holds a system's record. Raises NotFound."""
    entries = CrosswalkEntry.objects.filter(
        unlinked_at=None,
        source_record__source_system__name=system,
        source_record__entity_type=entity_type,
        source_record__key=key,
    )
    found = _served(_records(entity_type).filter(pk__in=entries.values("golden_record")))
    if not found:
        raise NotFound("No golden record holds this source record.")
    return found[0]


def served_page(entity_type: str, *, after: int, limit: int, only: ListFilter) -> list[Served]:
    """Up to `limit` golden records with a primary key beyond `after`, in its order."""
    records = _records(entity_type).filter(pk__gt=after)
    if only.status:
        records = records.filter(status=only.status)
    if only.updated_since is not None:
        records = records.filter(updated_at__gte=only.updated_since)
    if only.source_system:
        links = CrosswalkEntry.objects.filter(
            golden_record=OuterRef("pk"), unlinked_at=None, source_record__source_system__name=only.source_system
        )
        records = records.filter(Exists(links))
    return _served(records.order_by("pk")[:limit])


def served_version(public_id: str, version: int, *, entity_type: str) -> Served:
    """One version as it was published. Raises MistypedPublicId, NotFound and RecordErased."""
    _refuse_erased(public_id, entity_type)
    rows = GoldenVersion.objects.filter(
        id=_row_of(public_id, entity_type), entity_type=entity_type, version=version
    ).values_list("id", "public_id", "entity_type", "status", "version", Cast("document", TextField()))
    for row in rows:
        return Served(*row)
    raise NotFound("There is no such version of a golden record with this id.")


def served_as_of(golden_record_id: int, at: datetime) -> Served:
    """The version in force at that instant; of several published at one instant the highest. Raises NotFound."""
    rows = (
        GoldenVersion.objects.filter(id=golden_record_id, history_date__lte=at)
        .order_by("-version")
        .values_list("id", "public_id", "entity_type", "status", "version", Cast("document", TextField()))[:1]
    )
    for row in rows:
        return Served(*row)
    raise NotFound("The golden record did not exist at that time.")


def served_lineage(public_id: str, *, entity_type: str) -> tuple[int, str]:
    """Version in force and its lineage as JSON text. Raises MistypedPublicId, NotFound and RecordErased."""
    _refuse_erased(public_id, entity_type)
    rows = (
        _records(entity_type)
        .filter(pk=_row_of(public_id, entity_type))
        .values_list("version", Cast("lineage", TextField()))
    )
    for version, lineage in rows:
        return version, lineage
    raise NotFound("There is no golden record with this id.")


def feed_page(position: int, *, kinds: Sequence[str], limit: int) -> list[FeedEntry]:
    """Numbered versions beyond a position, in the order of the feed."""
    rows = (
        GoldenVersion.objects.filter(feed_position__gt=position, entity_type__in=kinds)
        .order_by("feed_position")
        .values_list("feed_position", "history_type", "status", "history_date", Cast("document", TextField()))[:limit]
    )
    return [
        FeedEntry(place, _change(history_type, status), changed_at, document)
        for place, history_type, status, changed_at, document in rows
    ]


def survivor_id(served: Served) -> str:
    """Public id of where a merged record leads in the end."""
    record = GoldenRecord.objects.only("status", "public_id", "merged_into").get(pk=served.pk)
    while record.merged_into is not None:
        record = record.merged_into
    return record.public_id


def _refuse_erased(public_id: str, entity_type: str) -> None:
    erased = _records(entity_type).filter(pk=_row_of(public_id, entity_type), status=GoldenStatus.ERASED)
    for found in erased.values_list("public_id", flat=True):
        raise RecordErased(found)


def _change(history_type: str, status: str) -> str:
    if status != GoldenStatus.ACTIVE:
        return status
    return "created" if history_type == "+" else "updated"


def _records(entity_type: str) -> QuerySet[GoldenRecord]:
    return GoldenRecord.objects.filter(entity_type=entity_type)


def _served(records: QuerySet[GoldenRecord]) -> list[Served]:
    return [
        Served(*row)
        for row in records.values_list(
            "pk", "public_id", "entity_type", "status", "version", Cast("document", TextField())
        )
    ]


def _row_of(public_id: str, entity_type: str) -> int:
    prefix, pk = parse_public_id(public_id)
    if prefix != entity_types.get(entity_type).id_prefix:
        raise NotFound(f"This is not the id of a {entity_type}.")
    return pk
