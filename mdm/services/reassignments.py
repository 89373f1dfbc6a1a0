"""Stewards' words that something a source record says is about another one: read for survivorship, made and ended."""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mdm.actors import Actor
from mdm.canonical import canonical_bytes
from mdm.entity_types import Attribute
from mdm.item_keys import item_key
from mdm.models import Reassignment, ReassignmentKind, SourceRecord
from mdm.references import Target, repoint_references
from mdm.selectors.told_records import ToldRecord
from mdm.services.audit import Act, record_audit_entries
from mdm.services.source_records import keep_references


@dataclass(frozen=True, slots=True)
class Reassigned:
    """The open words about what some source records say, and about what others say that is about these.

    `arriving` maps the receiving record to the records that say something about its thing, with attributes and keys.
    """

    repointed: Mapping[int, Mapping[str, Mapping[Target, Target]]] = field(default_factory=dict)
    leaving: Mapping[int, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    arriving: Mapping[int, Sequence[tuple[ToldRecord, str, str]]] = field(default_factory=dict)

    def accepted_of(self, record: ToldRecord, attributes: Mapping[str, Attribute]) -> dict[str, Any]:
        """What the record says of its own thing."""
        if record.pk not in self.leaving and record.pk not in self.repointed:  # nearly all
            return record.accepted
        values = dict(record.accepted)
        for name, keys in self.leaving.get(record.pk, {}).items():
            values[name] = _items(values, name, attributes, lambda key, gone=keys: key not in gone)
        for name, to in self.repointed.get(record.pk, {}).items():
            values[name] = repoint_references(values.get(name), to)
        return values

    def said_of(
        self, source_record_ids: Iterable[int], attributes: Mapping[str, Attribute]
    ) -> list[tuple[ToldRecord, dict[str, Any]]]:
        """What other records say of the thing that these source records are."""
        said: dict[int, tuple[ToldRecord, dict[str, Any]]] = {}
        for pk in source_record_ids:
            for record, name, key in self.arriving.get(pk, ()):
                found = _items(record.accepted, name, attributes, lambda each, wanted=key: each == wanted)
                values = said.setdefault(record.pk, (record, {}))[1]
                values[name] = [*values.get(name, ()), *found]
        return [said[pk] for pk in sorted(said)]


NONE = Reassigned()


def _items(values: Mapping[str, Any], name: str, attributes: Mapping[str, Attribute], wanted: Any) -> list[Any]:
    # Any: a predicate over keys, and JSON items
    known = attributes.get(name)
    return [] if known is None else [item for item in values.get(name) or () if wanted(item_key(known, item))]


def open_reassignments(source_record_ids: Sequence[int]) -> Reassigned:
    """The words that concern these source records, from either end."""
    rows = list(
        Reassignment.objects.filter(source_record__any=source_record_ids, closed_at=None)
        .select_related("to_record__source_system")
        .order_by("pk")
    )
    received = Reassignment.objects.filter(
        to_record__any=source_record_ids, kind=ReassignmentKind.ITEM, closed_at=None
    ).select_related("source_record__source_system")
    repointed: dict[int, dict[str, dict[Target, Target]]] = defaultdict(lambda: defaultdict(dict))
    leaving: dict[int, dict[str, frozenset[str]]] = defaultdict(lambda: defaultdict(frozenset))
    arriving: dict[int, list[tuple[ToldRecord, str, str]]] = defaultdict(list)
    for row in rows:
        if row.kind == ReassignmentKind.REFERENCE:
            repointed[row.source_record_id][row.attribute][target_in(row.key)] = target_of(row.to_record)
        else:
            leaving[row.source_record_id][row.attribute] |= {row.key}
    for row in received.order_by("source_record__source_system__name", "source_record__key", "pk"):
        if row.source_record.tombstoned_at is None:
            arriving[row.to_record_id].append((ToldRecord.of(row.source_record), row.attribute, row.key))
    return Reassigned(repointed, leaving, arriving)


def receivers_of(source_record_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Source records (id, entity type) about whose thing these say something, by the word of a steward."""
    rows = Reassignment.objects.filter(
        source_record__any=source_record_ids, kind=ReassignmentKind.ITEM, closed_at=None
    ).values_list("to_record_id", "to_record__entity_type")
    return sorted(set(rows))


def target_of(record: SourceRecord) -> Target:
    """How others refer to this source record."""
    return record.source_system.name, record.entity_type, record.key


def key_of_target(target: Target) -> str:
    """A reference as the key of a reassignment."""
    return canonical_bytes(list(target)).decode()


def target_in(key: str) -> Target:
    """The reference that the key of a reassignment names."""
    system, entity_type, name = json.loads(key)
    return system, entity_type, name


@dataclass(frozen=True, slots=True)
class Word:
    """A reassignment to be made; `to_record_id` None takes an earlier one back."""

    source_record_id: int
    attribute: str
    kind: ReassignmentKind
    key: str
    to_record_id: int | None


def reassign(words: Sequence[Word], *, unit: uuid.UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Make these words hold in place of earlier ones about the same; the caller rebuilds the golden records."""
    if not words:
        return
    about = {(word.source_record_id, word.attribute, word.kind.value, word.key) for word in words}
    standing = Reassignment.objects.select_for_update().filter(
        source_record__any={pk for pk, _, _, _ in about}, closed_at=None
    )
    earlier = [
        row for row in standing.order_by("pk") if (row.source_record_id, row.attribute, row.kind, row.key) in about
    ]
    _close(earlier, actor=actor, at=at)
    made = Reassignment.objects.bulk_create(
        [
            Reassignment(
                source_record_id=word.source_record_id,
                attribute=word.attribute,
                kind=word.kind,
                key=word.key,
                to_record_id=word.to_record_id,
                unit=unit,
                reason=reason,
                decided_by=actor.name,
                decided_at=at,
            )
            for word in words
            if word.to_record_id is not None
        ]
    )
    _audit("reassignment.made", made, reason=reason, actor=actor, at=at)
    _keep_references_of({pk for pk, _, _, _ in about})


def close_reassignments(unit: uuid.UUID, *, actor: Actor, at: datetime) -> list[int]:
    """Take back the words of one action.

    Returns the source records whose golden records must be rebuilt, those that said it and those it was about.
    """
    rows = list(Reassignment.objects.select_for_update().filter(unit=unit, closed_at=None).order_by("pk"))
    _close(rows, actor=actor, at=at)
    concerned = {pk for row in rows for pk in (row.source_record_id, row.to_record_id)}
    _keep_references_of({row.source_record_id for row in rows})
    return sorted(concerned)


def close_words_of(source_record_ids: Sequence[int], *, actor: Actor, at: datetime) -> list[tuple[int, str]]:
    """Nothing that these say is about another's thing any more; returns whose (source record id, entity type)."""
    receivers = receivers_of(source_record_ids)
    rows = Reassignment.objects.select_for_update().filter(source_record__any=source_record_ids, closed_at=None)
    _close(list(rows.order_by("pk")), actor=actor, at=at)
    return receivers


def _close(rows: Sequence[Reassignment], *, actor: Actor, at: datetime) -> None:
    for row in rows:
        row.closed_at, row.closed_by = at, actor.name
    Reassignment.objects.bulk_update(rows, ["closed_at", "closed_by"])
    _audit("reassignment.undone", rows, reason="", actor=actor, at=at)


def _keep_references_of(source_record_ids: set[int]) -> None:
    keep_references(list(SourceRecord.objects.filter(pk__any=source_record_ids).order_by("pk")))


def _audit(action: str, rows: Sequence[Reassignment], *, reason: str, actor: Actor, at: datetime) -> None:
    record_audit_entries(
        [Act(action, "source_record", row.source_record_id, reason=reason, values=_told(row)) for row in rows],
        actor=actor,
        at=at,
    )


def _told(row: Reassignment) -> dict[str, Any]:
    return {"attribute": row.attribute, "key": row.key, "to_record": row.to_record_id}
