"""What becomes of pins when the values beneath them change. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mdm.canonical import canonical_bytes
from mdm.entity_types.base import Attribute, JsonValue
from mdm.survivorship.candidates import Pin, PinState


class Question(StrEnum):
    """Why a steward is asked about a pin again."""

    SOURCE_CHANGED = "source_changed"
    OWNER_DIFFERS = "owner_differs"
    OWNER_SILENT = "owner_silent"


@dataclass(frozen=True, slots=True)
class PinChange:
    """A pin's next state, and the question to ask a steward; None for none."""

    pin: Pin
    state: PinState
    question: Question | None = None

    @property
    def is_over(self) -> bool:
        """Whether the pin ends here."""
        return self.state in (PinState.DISSOLVED, PinState.EXPIRED, PinState.RELEASED, PinState.MOVED)


def pin_changes(
    pins: Sequence[Pin],
    beneath: Mapping[str, JsonValue],
    *,
    attributes: Mapping[str, Attribute],
    at: datetime,
) -> list[PinChange]:
    """Pins that end, or that somebody must look at again. `beneath` is what survives without any pin.

    An expired pin ends, and one that waits for its owner dissolves when the owner says the value. A steward is asked,
    once, when the value beneath is no longer the one a pin was set against, and when the owner is silent too long.
    """
    changes: list[PinChange] = []
    for pin in pins:
        value = beneath.get(pin.attribute)
        if pin.expires_at is not None and at >= pin.expires_at:
            changes.append(PinChange(pin, PinState.EXPIRED))
        elif pin.waits and _asked(attributes.get(pin.attribute), value) == _asked(
            attributes.get(pin.attribute), pin.value
        ):
            changes.append(PinChange(pin, PinState.DISSOLVED))
        elif pin.questioned:
            continue
        elif pin.is_contested(value):
            question = Question.OWNER_DIFFERS if pin.waits else Question.SOURCE_CHANGED
            changes.append(PinChange(pin, pin.state, question))
        elif pin.waits and pin.answer_due_at is not None and at >= pin.answer_due_at:
            changes.append(PinChange(pin, pin.state, Question.OWNER_SILENT))
    return changes


def _asked(attribute: Attribute | None, value: JsonValue) -> JsonValue:
    """The value as far as an owner can be asked for it: of listed objects neither their order nor what it assigns."""
    if attribute is None or not attribute.item or not isinstance(value, list):
        return value
    assigned = {part.name for part in attribute.item if part.assigned}
    items = [{name: part for name, part in item.items() if name not in assigned} for item in value]
    return sorted(items, key=canonical_bytes)


def corrections(pins: Sequence[Pin], beneath: Mapping[str, JsonValue], *, at: datetime) -> dict[str, JsonValue]:
    """Values that owners are asked to take over, by attribute; none that an owner has answered otherwise."""
    return {
        pin.attribute: pin.value
        for pin in sorted(pins, key=lambda pin: pin.pin_id)
        if pin.waits
        and (pin.expires_at is None or at < pin.expires_at)
        and not pin.is_contested(beneath.get(pin.attribute))
    }
