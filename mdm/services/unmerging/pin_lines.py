"""Lines for pins: which side each is about, and which come back because what replaced them goes elsewhere."""

from collections.abc import Mapping
from datetime import datetime

from mdm.canonical import value_hash
from mdm.models import AttributePin
from mdm.rules.documents import HUB_ORIGIN
from mdm.services.rule_sets import PublishedRules
from mdm.services.unmerging.parting import Parting
from mdm.services.unmerging.plan import BOTH, END, InvalidChoice, Line, LineKind, Why, short_hash
from mdm.survivorship.candidates import PinState

UNTOLD = value_hash(None)


def pin_lines(
    parting: Parting, target: Mapping[int, str], choices: Mapping[str, str], rules: PublishedRules
) -> list[Line]:
    """Open pins with the steward's choices, then those that a pin set since has replaced. Raises InvalidChoice.

    A pin that others consented to does not end here: its release takes their consent, too.
    """
    pins = AttributePin.objects.filter(source_record__in=parting.records).order_by("pk")
    sides = parting.choices
    lines: list[Line] = []
    chosen: dict[tuple[str, datetime | None], str] = {}
    for pin in pins.filter(closed_at=None):
        rule = rules.document.approval.get(pin.attribute)
        may = (*sides, BOTH) if rule is not None and rule.concerns(HUB_ORIGIN) else (*sides, BOTH, END)
        line = _line(pin, LineKind.PIN, _default(pin, parting, target), may, choices)
        lines.append(line)
        chosen[pin.attribute, pin.pinned_at] = line.choice
    replaced = pins.filter(state=PinState.RELEASED, closed_at__gt=parting.decided_at, pinned_at__lt=parting.decided_at)
    for pin in replaced:
        home = target[pin.source_record_id]
        successor = chosen.get((pin.attribute, pin.closed_at))
        if successor is None:
            continue
        elsewhere = successor not in (home, BOTH)
        proposed = (home, Why.REPLACED) if elsewhere else (END, Why.REPLACED_HERE)
        lines.append(_line(pin, LineKind.ENDED_PIN, proposed, (home, END), choices))
    return lines


def _default(pin: AttributePin, parting: Parting, target: Mapping[int, str]) -> tuple[str, Why]:
    its_record = target[pin.source_record_id]
    if pin.pinned_at < parting.decided_at:
        return its_record, Why.SET_BEFORE
    said = bytes(pin.beneath_hash)
    about = [side for side, values in parting.beneath.items() if values.get(pin.attribute, UNTOLD) == said]
    if len(about) == 1:
        return about[0], Why.STANDS_OVER
    return its_record, Why.SET_SINCE


def _line(
    pin: AttributePin, kind: LineKind, proposed: tuple[str, Why], may: tuple[str, ...], choices: Mapping[str, str]
) -> Line:
    key, (default, why) = f"pin:{pin.pk}", proposed
    choice = choices.get(key, "") or default
    if choice not in may:
        raise InvalidChoice(key, may)
    return Line(
        key=key,
        kind=kind,
        about=pin.attribute,
        default=default,
        choice=choice,
        choices=may,
        why=why,
        attribute=pin.attribute,
        value=pin.value,
        subject_id=pin.pk,
        said_by=pin.pinned_by,
        fingerprint=short_hash([pin.value, pin.state, pin.source_record_id]),
    )
