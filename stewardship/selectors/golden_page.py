"""What the page of a golden record shows: values with lineage, source records, versions, decisions, audit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Q

from mdm.entity_types import Attribute, ReviewKind
from mdm.masking import hidden, national_ids_in
from mdm.models import AttributePin, AuditEntry, CandidatePair, CrosswalkEntry, GoldenRecord, SourceRecord
from mdm.rules.ownership import ownership_of
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.golden import changes_between, linked_source_records, titles_of, versions_of
from mdm.services.rule_sets import published_rules
from mdm.value_texts import Titles, public_ids_in, value_lines
from stewardship.differences import Line, differing_lines
from stewardship.models import Task, TaskKind, TaskState
from stewardship.selectors.pins import pins_on
from stewardship.selectors.titles import system_labels
from stewardship.selectors.winning import Winning, winning

VERSIONS_SHOWN = 30
AUDIT_SHOWN = 40
ITEMS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class LostValue:
    """A value that did not survive, with who said it and by what it lost."""

    source: str
    lines: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of a collection that survives by itself: who tells it, who its parts, and what lost against it."""

    line: str
    winning: Winning
    parts: tuple[tuple[str, str], ...]
    losers: tuple[LostValue, ...]


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One attribute of a golden record, where its value came from, and what lost against it."""

    attribute: Attribute
    lines: tuple[str, ...]
    owner: str
    winning: Winning
    pin: AttributePin | None
    losers: tuple[LostValue, ...]
    items: tuple[ItemRow, ...]


@dataclass(frozen=True, slots=True)
class ValueGroup:
    """The rows a person reads together."""

    kind: ReviewKind
    rows: tuple[ValueRow, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute that two versions say differently."""

    label: str
    before: tuple[Line, ...]
    after: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version with what it changed against the one before."""

    number: int
    at: datetime
    actor: str
    reason: str
    status: str
    changes: tuple[Change, ...]
    is_first: bool


def value_groups(record: GoldenRecord) -> tuple[ValueGroup, ...]:
    """Every attribute that has a value or that somebody says something about, in the groups a person reads."""
    values = record.document["attributes"]
    titles = titles_of(public_ids_in([values, record.lineage]))
    labels = system_labels()
    rules = published_rules(record.entity_type)
    ownership = ownership_of(rules.document.ownership, values)
    pins = pins_on(record)
    rows = []
    for attribute in rules.attributes:
        if attribute.name not in {*values, *record.lineage, *pins}:
            continue
        why = winning(record.lineage.get(attribute.name), labels)
        owner = ownership[attribute.name].owner
        lines = value_lines(attribute, values.get(attribute.name), titles=titles)
        rows.append(
            ValueRow(
                attribute=attribute,
                lines=lines,
                owner=labels.get(owner, owner) if owner else "",
                winning=why,
                pin=pins.get(attribute.name),
                losers=_losers(attribute, lines, why, titles),
                items=_item_rows(attribute, values.get(attribute.name), record.lineage, labels, titles),
            )
        )
    order = {kind: index for index, kind in enumerate(dict.fromkeys(each.group for each in rules.attributes))}
    rows.sort(key=lambda row: order[row.attribute.group])
    return tuple(ValueGroup(kind, tuple(group)) for kind, group in groupby(rows, key=lambda row: row.attribute.group))


def _losers(attribute: Attribute, golden: tuple[str, ...], why: Winning, titles: Titles) -> tuple[LostValue, ...]:
    """Values that say something the golden record does not; a collection told in part says nothing else."""
    lost = (
        LostValue(loser.source, value_lines(attribute, loser.value, titles=titles), loser.reason)
        for loser in why.losers
    )
    return tuple(each for each in lost if not set(each.lines) <= set(golden))


def _item_rows(
    attribute: Attribute, items: Any, lineage: Mapping[str, Any], labels: Mapping[str, str], titles: Titles
) -> tuple[ItemRow, ...]:
    """Items of which somebody says something else, or tells a part, as far as they are shown. Any: a JSON value."""
    told = (lineage.get(attribute.name) or {}).get("items") or ()
    if not attribute.item or not isinstance(items, list) or len(items) != len(told):
        return ()
    rows: list[ItemRow] = []
    for item, each in zip(items, told, strict=True):
        why = winning({**each, "items": ()}, labels)
        parts = tuple(_part_words(attribute, each.get("parts") or {}, labels))
        (line,) = value_lines(attribute, [item], titles=titles)
        losers = tuple(
            LostValue(loser.source, value_lines(attribute, [loser.value], titles=titles), loser.reason)
            for loser in why.losers
        )
        if (parts or losers) and len(rows) < ITEMS_SHOWN:
            rows.append(ItemRow(line, why, parts, losers))
    return tuple(rows)


def _part_words(attribute: Attribute, parts: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Label of each part, and who tells it; of a collection inside the item everybody who tells any of it."""
    known = {part.name: part.label for part in attribute.item}
    for name, lineage in parts.items():
        tellers = [inner["winner"] for inner in lineage.get("items") or (lineage,)]
        sources = dict.fromkeys(f"{labels.get(each['system'], each['system'])} {each['key']}" for each in tellers)
        yield known.get(name, name), ", ".join(sources)


@dataclass(frozen=True, slots=True)
class SourceTable:
    """The linked source records side by side: one column a record, one row an attribute anybody tells.

    `payloads` are what the records came as, national ids masked for who may not read them. Any: other systems' JSON.
    """

    records: Sequence[SourceRecord]
    rows: Sequence[tuple[Attribute, Sequence[tuple[str, ...]]]]
    payloads: Sequence[Any]


def source_table(record: GoldenRecord) -> SourceTable:
    """What each linked source record says, as accepted."""
    records = list(linked_source_records(record))
    titles = titles_of(public_ids_in([source.accepted for source in records]))
    rows = []
    for attribute in attributes_ever(record.entity_type).values():
        cells = [value_lines(attribute, source.accepted.get(attribute.name), titles=titles) for source in records]
        if any(cells):
            rows.append((attribute, cells))
    told = national_ids_in([[source.canonical, source.accepted] for source in records])
    return SourceTable(records, rows, [hidden(source.payload, told) for source in records])


def version_rows(record: GoldenRecord) -> list[VersionRow]:
    """The latest versions, newest first, each against the one before it."""
    versions = list(versions_of(record)[: VERSIONS_SHOWN + 1])
    titles = titles_of(public_ids_in([version.document["attributes"] for version in versions]))
    rows = []
    for index, version in enumerate(versions[:VERSIONS_SHOWN]):
        older = versions[index + 1] if index + 1 < len(versions) else None
        rows.append(
            VersionRow(
                number=version.version,
                at=version.history_date,
                actor=version.actor,
                reason=version.history_change_reason or "",
                status=version.status,
                changes=_changes(older, version, titles) if older is not None else (),
                is_first=older is None,
            )
        )
    return rows


def difference(record: GoldenRecord, older: int, newer: int) -> tuple[Change, ...] | None:
    """What differs between two versions by number; None when one of them is not there."""
    found = {version.version: version for version in versions_of(record).filter(version__in=[older, newer])}
    if older not in found or newer not in found:
        return None
    titles = titles_of(public_ids_in([version.document["attributes"] for version in found.values()]))
    return _changes(found[older], found[newer], titles)


def source_record_ids_ever(record: GoldenRecord) -> list[int]:
    """Source records that stand or once stood under the golden record."""
    entries = CrosswalkEntry.objects.filter(golden_record=record)
    return sorted(set(entries.values_list("source_record_id", flat=True)))


def open_reviews(source_record_ids: Sequence[int]) -> list[Task]:
    """Open match reviews about any of these source records."""
    pairs = CandidatePair.objects.filter(Q(left__in=source_record_ids) | Q(right__in=source_record_ids))
    return list(
        Task.objects.filter(
            kind=TaskKind.MATCH_REVIEW, state=TaskState.OPEN, subject_id__in=pairs.values("pk")
        ).order_by("-order_bits", "pk")
    )


def audit_entries(record: GoldenRecord) -> list[AuditEntry]:
    """The latest entries about the golden record itself."""
    entries = AuditEntry.objects.filter(subject_type="golden_record", subject_id=record.pk)
    return list(entries.select_related("detail").order_by("-pk")[:AUDIT_SHOWN])


def proposal_changes(record: GoldenRecord, payload: Mapping[str, Any]) -> tuple[Change, ...]:
    """What a change request would change in the record as it stands now."""
    values = record.document["attributes"]
    titles = titles_of(public_ids_in([values, dict(payload)]))
    known = attributes_ever(record.entity_type)
    return tuple(_change(known[name], values.get(name), value, titles) for name, value in sorted(payload.items()))


def _changes(older: Any, newer: Any, titles: Titles) -> tuple[Change, ...]:  # Any: rows of the history table
    known = attributes_ever(newer.entity_type)
    return tuple(
        _change(known[change.attribute], change.before, change.after, titles)
        for change in changes_between(older, newer)
    )


def _change(attribute: Attribute, before: Any, after: Any, titles: Titles) -> Change:  # Any: JSON values
    old, new = value_lines(attribute, before, titles=titles), value_lines(attribute, after, titles=titles)
    return Change(attribute.label, *differing_lines(old, new))
