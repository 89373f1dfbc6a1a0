"""Conditions under which a steward is asked about a decision again. None of them lifts a decision by itself."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from mdm.actors import Actor
from mdm.canonical import canonical_bytes, value_hash
from mdm.entity_types import Attribute, AttributeType, JsonValue
from mdm.errors import MdmError, NotFound, StateConflict
from mdm.events import DecisionQuestioned, DecisionSettled, emit
from mdm.item_keys import telling_key
from mdm.models import (
    CrosswalkEntry,
    DecisionOrigin,
    MatchDecision,
    ReopeningCondition,
    ReopeningKind,
    SourceRecord,
)
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.former_homes import former_homes
from mdm.services.audit import Act, record_audit_entries
from mdm.services.retries import atomically


class InvalidCondition(MdmError):
    """The condition names no attribute of the entity type, or no day to come."""

    code = "invalid_condition"


@dataclass(frozen=True, slots=True)
class Reopening:
    """When to ask again: `attribute` names what is watched, `due_at` the day of a `DATE`."""

    kind: ReopeningKind
    attribute: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """What both sides of a decision say in one attribute, in a form in which equal things are equal."""

    left: frozenset[str]
    right: frozenset[str]

    @property
    def hash(self) -> bytes:
        """Another one when either side says something else."""
        return value_hash([sorted(self.left), sorted(self.right)])

    def meets(self, kind: ReopeningKind) -> bool:
        """Whether the condition holds of them. A side that says nothing neither agrees nor differs."""
        if kind is ReopeningKind.CHANGE:
            return True
        if kind is ReopeningKind.AGREE:
            return bool(self.left & self.right)
        return bool(self.left and self.right) and not self.left & self.right


NOTHING = Sides(frozenset(), frozenset())


@transaction.atomic
def declare_reopening(unit: uuid.UUID, condition: Reopening, *, actor: Actor, at: datetime) -> ReopeningCondition:
    """Ask a steward about the decision when the condition is met, however often it has been asked before.

    Raises NotFound, InvalidCondition, and StateConflict for a condition that is met already.
    """
    decisions = _standing(unit)
    if not decisions:
        raise NotFound("There is no such decision, or it was undone.")
    sides = NOTHING
    if condition.kind is ReopeningKind.DATE:
        if condition.due_at is None or condition.due_at <= at:
            raise InvalidCondition("Name a day to come.")
    else:
        if condition.attribute not in attributes_ever(decisions[0].left.entity_type):
            raise InvalidCondition("The entity type has no attribute of this name.")
        sides = sides_of(decisions, condition.attribute)
        if condition.kind is not ReopeningKind.CHANGE and sides.meets(condition.kind):
            raise StateConflict("This is so already; the condition would ask at once.")
    row = ReopeningCondition.objects.create(
        unit=unit,
        kind=condition.kind,
        attribute=condition.attribute if condition.kind is not ReopeningKind.DATE else "",
        due_at=condition.due_at if condition.kind is ReopeningKind.DATE else None,
        seen_hash=sides.hash,
        declared_by=actor.name,
        declared_at=at,
    )
    _audit("reopening.declared", [row], actor=actor, at=at)
    return row


def ask_where_met(golden_record_ids: Iterable[int], *, at: datetime) -> int:
    """Look at the conditions that watch what these golden records hold; returns how many stewards are asked about."""
    waiting = ReopeningCondition.objects.filter(closed_at=None, met_at=None).exclude(kind=ReopeningKind.DATE)
    if not waiting.exists():
        return 0
    entries = CrosswalkEntry.objects.filter(golden_record__any=list(golden_record_ids), unlinked_at=None)
    records = list(entries.values_list("source_record_id", flat=True))
    touched = MatchDecision.objects.filter(Q(left__any=records) | Q(right__any=records), closed_at=None)
    return _ask(waiting.filter(unit__in=touched.values("unit")).order_by("pk"), at=at)


@atomically
def ask_what_is_due(*, at: datetime) -> int:
    """Ask about decisions whose day has come, and about what an arrival may have missed. Repeating it asks nothing."""
    waiting = ReopeningCondition.objects.filter(closed_at=None, met_at=None).order_by("pk")
    return _ask(waiting.filter(Q(due_at=None) | Q(due_at__lte=at)), at=at)


@atomically
def keep_decision(condition_id: int, *, actor: Actor, at: datetime) -> ReopeningCondition:
    """The decision still holds. The condition asks again only when what it watches is another; a day is over.

    Raises NotFound, and StateConflict when nothing is asked.
    """
    row = ReopeningCondition.objects.select_for_update().filter(pk=condition_id).first()
    if row is None:
        raise NotFound("There is no such condition.")
    if row.closed_at is not None or row.met_at is None:
        raise StateConflict("Nothing is asked about this decision.")
    row.met_at = None
    if row.kind == ReopeningKind.DATE:
        row.closed_at, row.closed_by = at, actor.name
    else:
        row.seen_hash = sides_of(_standing(row.unit), row.attribute).hash
    row.save(update_fields=["met_at", "seen_hash", "closed_at", "closed_by"])
    _audit("reopening.kept", [row], actor=actor, at=at)
    emit(DecisionSettled((row.pk,), actor.name))
    return row


def settle_conditions(unit: uuid.UUID, *, actor: Actor, at: datetime) -> None:
    """The decision was taken back: nothing watches it any more."""
    rows = list(ReopeningCondition.objects.select_for_update().filter(unit=unit, closed_at=None).order_by("pk"))
    if not rows:
        return
    for row in rows:
        row.closed_at, row.closed_by = at, actor.name
    ReopeningCondition.objects.bulk_update(rows, ["closed_at", "closed_by"])
    _audit("reopening.closed", rows, actor=actor, at=at)
    emit(DecisionSettled(tuple(row.pk for row in rows), actor.name))


def sides_of(decisions: Sequence[MatchDecision], attribute: str) -> Sides:
    """What the golden records of both sides say now; of records that stand together, those that each side brought."""
    left, right = parties(decisions)
    records = SourceRecord.objects.in_bulk(left | right)
    known = attributes_ever(records[min(records)].entity_type)[attribute]

    def said(ids: set[int]) -> frozenset[str]:
        return frozenset(
            token for pk in ids if records[pk].tombstoned_at is None for token in _tokens(known, records[pk].accepted)
        )

    return Sides(said(left), said(right))


def parties(decisions: Sequence[MatchDecision]) -> tuple[set[int], set[int]]:
    """The source records on both sides of a decision, with those that stand beside them."""
    first = decisions[0]
    decided = {pk for each in decisions for pk in (each.left_id, each.right_id)}
    entries = CrosswalkEntry.objects.filter(unlinked_at=None)
    homes = dict(entries.filter(source_record__in=decided).values_list("source_record_id", "golden_record_id"))
    if homes.get(first.left_id) == homes.get(first.right_id):
        homes = former_homes(first.decided_at, decided=decided, everyone=decided)
        if homes.get(first.left_id) == homes.get(first.right_id):
            return {first.left_id}, {first.right_id}
        left, right = ({pk for pk, home in homes.items() if home == homes.get(one)} | {one} for one in _ends(first))
        return left, right
    standing: dict[int, set[int]] = {}
    for golden, pk in entries.filter(golden_record__in=set(homes.values())).values_list(
        "golden_record_id", "source_record_id"
    ):
        standing.setdefault(golden, set()).add(pk)
    left, right = (standing.get(homes.get(one, 0), {one}) for one in _ends(first))
    return left, right


def _ends(decision: MatchDecision) -> tuple[int, int]:
    return decision.left_id, decision.right_id


def _tokens(attribute: Attribute, accepted: dict[str, JsonValue]) -> list[str]:
    value = accepted.get(attribute.name)
    if value is None:
        return []
    if attribute.type is AttributeType.COLLECTION:
        return [telling_key(attribute, item) for item in value]
    return [telling_key(attribute, value)] if isinstance(value, str) else [canonical_bytes(value).decode()]


def _ask(waiting: Iterable[ReopeningCondition], *, at: datetime) -> int:
    met = []
    for row in waiting:
        decisions = _standing(row.unit)
        if decisions and (row.kind == ReopeningKind.DATE or _is_news(row, decisions)):
            row.met_at = at
            row.save(update_fields=["met_at"])
            met.append(row.pk)
    if met:
        emit(DecisionQuestioned(tuple(met)))
    return len(met)


def _is_news(row: ReopeningCondition, decisions: Sequence[MatchDecision]) -> bool:
    sides = sides_of(decisions, row.attribute)
    return sides.meets(ReopeningKind(row.kind)) and sides.hash != bytes(row.seen_hash)


def _standing(unit: uuid.UUID) -> list[MatchDecision]:
    rows = MatchDecision.objects.filter(unit=unit, closed_at=None, origin=DecisionOrigin.STEWARD)
    return list(rows.select_related("left").order_by("pk"))


def _audit(action: str, rows: Sequence[ReopeningCondition], *, actor: Actor, at: datetime) -> None:
    record_audit_entries([Act(action, "reopening_condition", row.pk) for row in rows], actor=actor, at=at)
