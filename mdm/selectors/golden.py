"""Golden records, what is linked to them, and their versions."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from mdm.entity_types import entity_types
from mdm.errors import NotFound
from mdm.models import CrosswalkEntry, GoldenRecord, GoldenStatus, GoldenVersion, SourceRecord
from mdm.public_ids import parse_public_id
from mdm.selectors.attributes import attributes_ever


def golden_record_by_public_id(public_id: str, *, entity_type: str | None = None) -> GoldenRecord:
    """The golden record of that id, merged and retired ones included.

    Raises MistypedPublicId when the id cannot be one, NotFound when there is none, or one of another entity type.
    """
    prefix, pk = parse_public_id(public_id)
    record = GoldenRecord.objects.filter(pk=pk).first()
    if record is None or entity_types.get(record.entity_type).id_prefix != prefix:
        raise NotFound("There is no golden record with this id.")
    if entity_type is not None and record.entity_type != entity_type:
        raise NotFound(f"The id names a {record.entity_type}, not a {entity_type}.")
    return record


def entity_types_of(golden_record_ids: Collection[int]) -> dict[int, str]:
    """The entity type of each of these golden records; ids that nobody has, or whose record was erased, are missing."""
    records = GoldenRecord.objects.filter(pk__any=list(golden_record_ids)).exclude(status=GoldenStatus.ERASED)
    return dict(records.values_list("pk", "entity_type"))


def survivor_of(record: GoldenRecord) -> GoldenRecord:
    """Where a merged record leads in the end; the record itself when it is not merged."""
    while record.status == GoldenStatus.MERGED and record.merged_into is not None:
        record = record.merged_into
    return record


def golden_record_by_source_key(system: str, entity_type: str, key: str) -> GoldenRecord:
    """The golden record that holds a system's record. Raises NotFound."""
    entry = (
        CrosswalkEntry.objects.filter(
            unlinked_at=None,
            source_record__source_system__name=system,
            source_record__entity_type=entity_type,
            source_record__key=key,
        )
        .select_related("golden_record")
        .first()
    )
    if entry is None:
        raise NotFound("No golden record holds this source record.")
    return entry.golden_record


def titles_of(public_ids: Iterable[str], *, among: Collection[str] | None = None) -> dict[str, str]:
    """What people call the golden records with these public ids now; `among`: only those of these entity types."""
    wanted = sorted(set(public_ids))
    if not wanted:
        return {}
    found = GoldenRecord.objects.filter(public_id__in=wanted)
    if among is not None:
        found = found.filter(entity_type__in=among)
    return dict(found.values_list("public_id", "title"))


def linked_source_records(golden_record: GoldenRecord) -> QuerySet[SourceRecord]:
    """Source records with an open crosswalk entry under the golden record, by system and key."""
    return (
        SourceRecord.objects.filter(crosswalk_entries__golden_record=golden_record, crosswalk_entries__unlinked_at=None)
        .select_related("source_system")
        .order_by("source_system__name", "key")
    )


def holders_of(source_record_ids: Sequence[int]) -> QuerySet[GoldenRecord]:
    """The golden records that hold these source records now."""
    entries = CrosswalkEntry.objects.filter(source_record__in=source_record_ids, unlinked_at=None)
    return GoldenRecord.objects.filter(pk__in=entries.values("golden_record")).order_by("pk")


def versions_of(golden_record: GoldenRecord) -> QuerySet[Any]:
    """All versions, newest first. Ordered by version: dates of two versions may be equal."""
    versions: QuerySet[Any] = GoldenVersion.objects.filter(id=golden_record.pk)
    return versions.order_by("-version")


def versions_after(position: int, *, entity_types: Sequence[str] = (), limit: int = 500) -> QuerySet[Any]:
    """The feed: numbered versions after a position, in order. Without holes: see `mdm.services.sequencer`."""
    versions: QuerySet[Any] = GoldenVersion.objects.filter(feed_position__gt=position)
    if entity_types:
        versions = versions.filter(entity_type__in=entity_types)
    return versions.order_by("feed_position")[:limit]


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One attribute that two versions say differently; None is "had none"."""

    attribute: str
    label: str
    before: Any
    after: Any


def changes_between(older: Any | None, newer: Any) -> list[AttributeChange]:
    """What changed from one version to another, only that, in the entity type's order.

    `older` None: everything is new.
    """
    before = older.document["attributes"] if older is not None else {}
    after = newer.document["attributes"]
    return [
        AttributeChange(attribute.name, attribute.label, before.get(attribute.name), after.get(attribute.name))
        for attribute in attributes_ever(newer.entity_type).values()
        if before.get(attribute.name) != after.get(attribute.name)
    ]


@dataclass(frozen=True, slots=True)
class AttributeOrigin:
    """Why an attribute has its value. `lineage` is as survivorship wrote it: winner, strategy, reason, losers."""

    attribute: str
    label: str
    group: str
    personal: bool
    value: Any
    lineage: dict[str, Any]


def origins_of(golden_record: GoldenRecord) -> list[AttributeOrigin]:
    """Every attribute that has a value or a loser, with where it came from."""
    values = golden_record.document["attributes"]
    return [
        AttributeOrigin(
            attribute.name,
            attribute.label,
            attribute.group,
            attribute.personal,
            values.get(attribute.name),
            golden_record.lineage.get(attribute.name, {}),
        )
        for attribute in attributes_ever(golden_record.entity_type).values()
        if attribute.name in values or attribute.name in golden_record.lineage
    ]
