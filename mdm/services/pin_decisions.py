"""What a steward decides about a pin: it goes, or it stays although its sources say something else by now."""

from dataclasses import dataclass
from datetime import datetime

from mdm.actors import Actor
from mdm.errors import NotFound, StateConflict
from mdm.events import ApprovalRequested, PinSettled, emit
from mdm.models import (
    HUB,
    AttributePin,
    ChangeEffect,
    ChangePart,
    ChangeRequest,
    ChangeRequestState,
    GoldenRecord,
)
from mdm.services.change_parts import consents_for, propose_parts
from mdm.services.pins import end_pin, keep_pin, open_pin, parsed
from mdm.services.rebuild import Cause, rebuild_golden_records, values_without_pins
from mdm.services.retries import atomically
from mdm.services.rule_sets import published_rules


@dataclass(frozen=True, slots=True)
class Released:
    """What became of a pin's release: `request` waits for the consent of others, None where none is needed."""

    golden_record: GoldenRecord
    request: ChangeRequest | None


@atomically
def release_pin(pin_id: int, *, actor: Actor, at: datetime, reason: str = "") -> Released:
    """End the pin: the value that the sources imply holds again.

    Where the pin is what the golden record shows, that takes the consents which setting it took: the pin holds until
    they are given. Raises NotFound, StateConflict when it is over or its release waits already.
    """
    golden_record = _golden_record_of(pin_id)
    pin = open_pin(pin_id)
    beneath = values_without_pins([golden_record], at=at)[golden_record.pk].get(pin.attribute)
    if parsed(pin).holds(beneath, at=at):
        values, effects = {pin.attribute: beneath}, {pin.attribute: ChangeEffect.RELEASE}
        rules = published_rules(golden_record.entity_type)
        consents = consents_for(golden_record, values, rules, origin=HUB, effects=effects)[pin.attribute]
        if consents:
            part = ChangePart(
                attribute=pin.attribute, value=beneath, effect=ChangeEffect.RELEASE, consents=list(consents)
            )
            return Released(golden_record, _ask(golden_record, pin_id, part, reason=reason, actor=actor, at=at))
    end_pin(pin_id, actor=actor, at=at)
    rebuild_golden_records([golden_record], cause=Cause("A pin was released", {}), actor=actor, at=at)
    return Released(golden_record, None)


@atomically
def confirm_pin(pin_id: int, *, actor: Actor, at: datetime) -> GoldenRecord:
    """Keep the pin over what its sources say now; an owner is asked once more. Raises NotFound, StateConflict."""
    golden_record = _golden_record_of(pin_id)
    beneath = values_without_pins([golden_record], at=at)[golden_record.pk]
    attribute = AttributePin.objects.values_list("attribute", flat=True).get(pk=pin_id)
    keep_pin(pin_id, beneath=beneath.get(attribute), actor=actor, at=at)
    rebuild_golden_records([golden_record], cause=Cause("A pin was kept", {}), actor=actor, at=at)
    return golden_record


def _ask(
    golden_record: GoldenRecord, pin_id: int, part: ChangePart, *, reason: str, actor: Actor, at: datetime
) -> ChangeRequest:
    waiting = ChangePart.objects.filter(
        change_request__golden_record=golden_record,
        attribute=part.attribute,
        effect=ChangeEffect.RELEASE,
        state=ChangeRequestState.OPEN,
    )
    if waiting.exists():
        raise StateConflict("The release of this pin waits for consent already.")
    request = ChangeRequest(
        golden_record=golden_record, base_version=golden_record.version, reason=reason or "The pin shall be released"
    )
    propose_parts(request, [part], actor=actor, at=at)
    emit(ApprovalRequested(request.pk))
    emit(PinSettled(pin_id, actor.name))  # whoever was asked about the pin has said so
    return request


def _golden_record_of(pin_id: int) -> GoldenRecord:
    holding = GoldenRecord.objects.select_for_update(of=("self",)).filter(
        crosswalk_entries__source_record__pins=pin_id, crosswalk_entries__unlinked_at=None
    )
    golden_record = holding.first()
    if golden_record is None:
        raise NotFound("There is no such pin.")
    return golden_record
