"""Pins and edits that go to another side than the source record they stand on."""

from datetime import datetime
from typing import Any

from mdm.actors import Actor
from mdm.canonical import value_hash
from mdm.models import HUB, AttributePin, SourceRecord
from mdm.services.authoring import new_hub_record, rewrite_hub_record
from mdm.services.pins import move_pin, pin_again, stand_over
from mdm.services.unmerging.plan import BOTH, END, Line, LineKind, Plan, Side


def move_pins(plan: Plan, *, actor: Actor, at: datetime) -> None:
    """End, move, copy and set again what the plan says; pins that follow their source record need nothing."""
    for line in plan.of_kind(LineKind.PIN):
        pin = AttributePin.objects.select_for_update().get(pk=line.subject_id)
        home = plan.target[pin.source_record_id]
        wanted = {BOTH: [side.key for side in plan.sides], END: []}.get(line.choice, [line.choice])
        if line.deviates and home in wanted:
            stand_over(pin, _beneath(plan, home, pin.attribute))
        if wanted == [home]:
            continue
        to = {plan.side(key).anchor: _beneath(plan, key, pin.attribute) for key in wanted if key != home}
        anchored = {anchor: said for anchor, said in to.items() if anchor is not None}
        move_pin(pin, to=anchored, stays=home in wanted, actor=actor, at=at)
    for line in plan.of_kind(LineKind.ENDED_PIN):
        if line.choice != END:
            pin_again(AttributePin.objects.get(pk=line.subject_id), actor=actor, at=at)


def _beneath(plan: Plan, side: str, attribute: str) -> bytes:
    """What the side's sources say, so that a pin that goes there knowingly is not questioned for it at once."""
    return plan.beneath.get(side, {}).get(attribute, value_hash(None))


def move_edits(plan: Plan, *, at: datetime) -> None:
    """Take back here and say there what was edited since the merge."""
    for line in plan.of_kind(LineKind.EDIT):
        home = plan.target[line.subject_id]
        record = SourceRecord.objects.select_related("source_system").get(pk=line.subject_id)
        edited_at = record.source_modified_at
        if line.choice not in (BOTH, home):
            accepted = {name: value for name, value in record.accepted.items() if name not in line.value}
            accepted |= line.former or {}
            rewrite_hub_record(record, accepted, edited_at=edited_at, at=at)
        wanted = [side.key for side in plan.sides] if line.choice == BOTH else [line.choice]
        for side in (plan.side(key) for key in wanted if key not in (END, home)):
            if side.anchor is not None:
                _say_there(plan, side, line, edited_at=edited_at, at=at)


def _say_there(plan: Plan, side: Side, line: Line, *, edited_at: Any, at: datetime) -> None:
    # Any: a time, or None for a record that was never edited
    hub = SourceRecord.objects.select_related("source_system").filter(
        pk__in=[pk for pk, key in plan.target.items() if key == side.key], source_system__name=HUB
    )
    record = hub.order_by("-source_modified_at", "key").first()
    if record is None:
        name = plan.survivor if side.golden_record_id is None else side.key
        record = new_hub_record(plan.entity_type, name, anchor=_required(side), at=at)
    rewrite_hub_record(record, {**record.accepted, **line.value}, edited_at=edited_at, at=at)


def _required(side: Side) -> int:
    assert side.anchor is not None  # noqa: S101  # the caller has asked
    return side.anchor
