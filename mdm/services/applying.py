"""Proposed values that hold now: the hub's own word, a pin, a correction at the owner, or a system's own value."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from mdm.actors import Actor
from mdm.errors import StateConflict
from mdm.models import ChangeEffect, ChangePart, ChangeRequest, GoldenRecord, GoldenStatus, SourceRecord
from mdm.rules.ownership import ownership_of
from mdm.selectors.golden import survivor_of
from mdm.services.authoring import keep_authored
from mdm.services.change_parts import MOVED
from mdm.services.pins import end_pins_on, set_pins
from mdm.services.rebuild import Cause, rebuild_golden_records, values_without_pins
from mdm.services.rule_sets import published_rules
from mdm.services.settlement import settle_source_records

# Consent was to what would hold. Of an edit or a pin it was to its own value, not to what others would bring along.
_AS_IT_COMES = (ChangeEffect.SURVIVE, ChangeEffect.RELEASE)


def apply_parts(request: ChangeRequest, parts: Sequence[ChangePart], *, actor: Actor, at: datetime) -> None:
    """Make these values hold, in the golden record that the request's has become meanwhile, as one version.

    Raises StateConflict where none is active any more.
    """
    of_system = {part.attribute: part.value for part in parts if part.effect == ChangeEffect.ACCEPT}
    if of_system and request.source_record_id is not None:
        _accept(request.source_record_id, of_system, actor=actor, at=at)
    rest = [part for part in parts if part.effect != ChangeEffect.ACCEPT]
    if not rest:
        return
    golden_record = GoldenRecord.objects.select_for_update().get(pk=survivor_of(request.golden_record).pk)
    if golden_record.status != GoldenStatus.ACTIVE:
        raise StateConflict(f"{golden_record.public_id} is {golden_record.status}; its values cannot be changed.")
    authored = {part.attribute: part.value for part in rest if part.effect == ChangeEffect.VALUE}
    correlation_id = keep_authored(golden_record, authored, at=at) if authored else uuid.uuid4()
    pinned = {part.attribute: part.value for part in rest if part.effect in (ChangeEffect.PIN, ChangeEffect.CORRECTION)}
    if pinned:
        set_pins(
            golden_record,
            pinned,
            ownership=ownership_of(
                published_rules(golden_record.entity_type).document.ownership, golden_record.document["attributes"]
            ),
            beneath=values_without_pins(golden_record, at=at),
            request=request,
            at=at,
        )
    released = {part.attribute: part.value for part in rest if part.effect == ChangeEffect.RELEASE}
    if released:
        beneath = values_without_pins(golden_record, at=at)
        if any(beneath.get(name) != value for name, value in released.items()):
            raise StateConflict(MOVED)
        end_pins_on(golden_record, released, actor=Actor(request.proposed_by), at=at)
    cause = Cause(
        request.reason or "Values authored in the hub",
        {golden_record.pk: correlation_id},
        agreed={golden_record.pk: [part.attribute for part in rest if part.effect in _AS_IT_COMES]},
    )
    rebuild_golden_records([golden_record], cause=cause, actor=actor, at=at)
    _refuse_others(golden_record, [part for part in rest if part.effect == ChangeEffect.SURVIVE])


def _refuse_others(golden_record: GoldenRecord, parts: Sequence[ChangePart]) -> None:
    """Consent is to one value: what survives by now must be that one."""
    golden_record.refresh_from_db(fields=["document"])
    if any(golden_record.document["attributes"].get(part.attribute) != part.value for part in parts):
        raise StateConflict(MOVED)


def _accept(source_record_id: int, values: dict[str, object], *, actor: Actor, at: datetime) -> None:
    """The system's own values count from now on; they may say that the record is another thing, so it settles anew."""
    record = SourceRecord.objects.select_for_update().get(pk=source_record_id)
    record.accepted = {**record.accepted, **values}
    record.pending_since = at
    record.save(update_fields=["accepted", "pending_since"])
    settle_source_records(record.entity_type, [record.pk], actor=actor, at=at)
