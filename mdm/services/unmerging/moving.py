"""Pins and edits that go to another side than the source record they stand on."""

from datetime import datetime

from mdm.actors import Actor
from mdm.canonical import value_hash
from mdm.models import HUB, AttributePin, SourceRecord
from mdm.services.authoring import new_hub_record, rewrite_hub_record
from mdm.services.pins import move_pin, pin_again, stand_over
from mdm.services.unmerging.plan import BOTH, END, LineKind, Plan


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
    hub_of: dict[str, SourceRecord] = {}
    for line in plan.of_kind(LineKind.EDIT):
        home = plan.target[line.subject_id]
        record = SourceRecord.objects.select_related("source_system").get(pk=line.subject_id)
        edited_at = record.source_modified_at
        if line.choice not in (BOTH, home):
            accepted = {name: value for name, value in record.accepted.items() if name not in line.value}
            rewrite_hub_record(record, {**accepted, **(line.former or {})}, edited_at=edited_at, at=at)
        wanted = [side.key for side in plan.sides] if line.choice == BOTH else [line.choice]
        for key in wanted:
            anchor = plan.side(key).anchor if key not in (END, home) else None
            if anchor is not None:
                there = hub_of.get(key) or _hub_record_of(plan, key, anchor=anchor, at=at)
                hub_of[key] = there
                rewrite_hub_record(there, {**there.accepted, **line.value}, edited_at=edited_at, at=at)


def _hub_record_of(plan: Plan, key: str, *, anchor: int, at: datetime) -> SourceRecord:
    """What the hub says of that side: its record edited last, else a new one."""
    hub = SourceRecord.objects.select_related("source_system").filter(
        pk__in=[pk for pk, side in plan.target.items() if side == key], source_system__name=HUB
    )
    name = plan.survivor if plan.side(key).golden_record_id is None else key
    return hub.order_by("-source_modified_at", "key").first() or new_hub_record(
        plan.entity_type, name, anchor=anchor, at=at
    )
