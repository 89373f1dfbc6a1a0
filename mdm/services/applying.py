"""Proposed values that hold now: the hub's own word, a pin, a correction at the owner, or a system's own value."""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any

from mdm.actors import Actor
from mdm.errors import StateConflict
from mdm.models import ChangeEffect, ChangePart, ChangeRequest, GoldenRecord, GoldenStatus, SourceRecord
from mdm.rules.documents import Override
from mdm.rules.ownership import ownership_of
from mdm.selectors.golden import survivor_of
from mdm.services.authoring import keep_authored
from mdm.services.change_parts import MOVED
from mdm.services.circles import refusing_circles
from mdm.services.pins import PinsToSet, end_pins_on, set_pins
from mdm.services.price_conflicts import AGREEMENT, refusing_conflicts_of
from mdm.services.rebuild import Cause, rebuild_golden_records, values_without_pins
from mdm.services.rule_sets import published_rules
from mdm.services.settlement import settle_source_records

_PINNED = (ChangeEffect.PIN, ChangeEffect.CORRECTION)
# Consent was to what would hold. Of an edit or a pin it was to its own value, not to what others would bring along.
_AS_IT_COMES = (ChangeEffect.SURVIVE, ChangeEffect.RELEASE)


def apply_parts(
    request: ChangeRequest,
    parts: Sequence[ChangePart],
    *,
    actor: Actor,
    at: datetime,
    accept_price_conflicts: bool = False,
    reason: str = "",
) -> None:
    """Make these values hold, in the golden record that the request's has become meanwhile, as one version.

    Raises StateConflict where none is active any more, and PriceConflictsArise where a person's values for a pricing
    agreement bring some about, unless these are accepted for a reason. What a system says of its own is as it is.
    CircleArises where a parent would stand below its child.
    """
    golden_id = survivor_of(request.golden_record).pk
    with ExitStack() as guards:
        guards.enter_context(refusing_circles([golden_id]))
        _accept_own(request, parts, actor=actor, at=at)
        rest = [part for part in parts if part.effect != ChangeEffect.ACCEPT]
        if not rest:
            return
        if request.golden_record.entity_type == AGREEMENT:
            guards.enter_context(refusing_conflicts_of(golden_id, accepted=accept_price_conflicts, reason=reason))
        why = request.reason or "Values authored in the hub"
        apply_together({golden_id: (request, rest)}, reason=why, actor=actor, at=at)


def _accept_own(request: ChangeRequest, parts: Sequence[ChangePart], *, actor: Actor, at: datetime) -> None:
    of_system = {part.attribute: part.value for part in parts if part.effect == ChangeEffect.ACCEPT}
    if of_system and request.source_record_id is not None:
        _accept(request.source_record_id, of_system, actor=actor, at=at)


def apply_together(
    changes: Mapping[int, tuple[ChangeRequest, Sequence[ChangePart]]],
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    correlation_id: uuid.UUID | None = None,
    as_taken_over: bool = False,
) -> list[GoldenRecord]:
    """Make values hold in golden records of one entity type (by primary key), one version each; returns those.

    None of the parts is a system's own value. `correlation_id` is of all the versions; each has its own where it is
    None. `as_taken_over`, to look at it: as if every owner had taken over what it is asked for.
    Raises StateConflict where a golden record is not active, or where another value would hold than was consented to.
    """
    rows = GoldenRecord.objects.select_for_update().filter(pk__in=changes).order_by("pk")
    records = list(rows)
    own_ids: dict[int, uuid.UUID] = {}
    pinned: dict[int, dict[str, Any]] = {}
    for record in records:
        if record.status != GoldenStatus.ACTIVE:
            raise StateConflict(f"{record.public_id} is {record.status}; its values cannot be changed.")
        parts = changes[record.pk][1]
        authored = {part.attribute: part.value for part in parts if part.effect == ChangeEffect.VALUE}
        if authored:
            own_ids[record.pk] = keep_authored(record, authored, at=at)
        if others := {part.attribute: part.value for part in parts if part.effect in _PINNED}:
            pinned[record.pk] = others
        _release(record, changes[record.pk][0], parts, at=at)
    if pinned:
        holding = [record for record in records if record.pk in pinned]
        _pin(holding, pinned, changes, shown=as_taken_over, at=at)
    agreed = {
        pk: [part.attribute for part in parts if as_taken_over or part.effect in _AS_IT_COMES]
        for pk, (_, parts) in changes.items()
    }
    cause = Cause(reason, {} if correlation_id else own_ids, correlation_id, agreed=agreed)
    rebuilt = rebuild_golden_records(records, cause=cause, actor=actor, at=at)
    for record in records:
        _refuse_others(record, [part for part in changes[record.pk][1] if part.effect == ChangeEffect.SURVIVE])
    return rebuilt


def _release(record: GoldenRecord, request: ChangeRequest, parts: Sequence[ChangePart], *, at: datetime) -> None:
    """Pins end whose end was consented to, unless the sources would bring another value by now."""
    released = {part.attribute: part.value for part in parts if part.effect == ChangeEffect.RELEASE}
    if not released:
        return
    beneath = values_without_pins([record], at=at)[record.pk]
    if any(beneath.get(name) != value for name, value in released.items()):
        raise StateConflict(MOVED)
    end_pins_on(record, released, actor=Actor(request.proposed_by), at=at)


def _refuse_others(golden_record: GoldenRecord, parts: Sequence[ChangePart]) -> None:
    """Consent is to one value: what survives by now must be that one."""
    if not parts:
        return
    golden_record.refresh_from_db(fields=["document"])
    if any(golden_record.document["attributes"].get(part.attribute) != part.value for part in parts):
        raise StateConflict(MOVED)


def _pin(
    records: Sequence[GoldenRecord],
    values: Mapping[int, Mapping[str, Any]],
    changes: Mapping[int, tuple[ChangeRequest, Sequence[ChangePart]]],
    *,
    shown: bool,
    at: datetime,
) -> None:
    ownership = published_rules(records[0].entity_type).document.ownership
    beneath = values_without_pins(records, at=at)
    set_pins(
        [
            PinsToSet(
                golden_record=record,
                values=values[record.pk],
                ownership={
                    name: replace(owned, override=Override.SHOW) if shown else owned
                    for name, owned in ownership_of(ownership, record.document["attributes"]).items()
                },
                beneath=beneath[record.pk],
                request=changes[record.pk][0],
            )
            for record in records
        ],
        at=at,
    )


def _accept(source_record_id: int, values: dict[str, object], *, actor: Actor, at: datetime) -> None:
    """The system's own values count from now on; they may say that the record is another thing, so it settles anew."""
    record = SourceRecord.objects.select_for_update().get(pk=source_record_id)
    record.accepted = {**record.accepted, **values}
    record.pending_since = at
    record.save(update_fields=["accepted", "pending_since"])
    settle_source_records(record.entity_type, [record.pk], actor=actor, at=at)
