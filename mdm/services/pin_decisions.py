"""What a steward decides about a pin: it goes, or it stays although its sources say something else by now."""

from datetime import datetime

from mdm.actors import Actor
from mdm.errors import NotFound
from mdm.models import AttributePin, GoldenRecord
from mdm.services.pins import end_pin, keep_pin
from mdm.services.rebuild import Cause, rebuild_golden_records, values_without_pins
from mdm.services.retries import atomically


@atomically
def release_pin(pin_id: int, *, actor: Actor, at: datetime) -> GoldenRecord:
    """End the pin: the value that the sources imply holds again. Raises NotFound, StateConflict when it is over."""
    golden_record = _golden_record_of(pin_id)
    end_pin(pin_id, actor=actor, at=at)
    rebuild_golden_records([golden_record], cause=Cause("A pin was released", {}), actor=actor, at=at)
    return golden_record


@atomically
def confirm_pin(pin_id: int, *, actor: Actor, at: datetime) -> GoldenRecord:
    """Keep the pin over what its sources say now; an owner is asked once more. Raises NotFound, StateConflict."""
    golden_record = _golden_record_of(pin_id)
    beneath = values_without_pins([golden_record], at=at)[golden_record.pk]
    attribute = AttributePin.objects.values_list("attribute", flat=True).get(pk=pin_id)
    keep_pin(pin_id, beneath=beneath.get(attribute), actor=actor, at=at)
    rebuild_golden_records([golden_record], cause=Cause("A pin was kept", {}), actor=actor, at=at)
    return golden_record


def _golden_record_of(pin_id: int) -> GoldenRecord:
    holding = GoldenRecord.objects.select_for_update(of=("self",)).filter(
        crosswalk_entries__source_record__pins=pin_id, crosswalk_entries__unlinked_at=None
    )
    golden_record = holding.first()
    if golden_record is None:
        raise NotFound("There is no such pin.")
    return golden_record
