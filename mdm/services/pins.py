"""Pins of stewards in the database: set, kept, released, and settled against what the sources say."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from mdm.actors import SYSTEM, Actor
from mdm.canonical import value_hash
from mdm.errors import NotFound, StateConflict
from mdm.events import PinQuestioned, PinSettled, emit
from mdm.models import AttributePin, ChangeRequest, CrosswalkEntry, GoldenRecord
from mdm.rules.documents import AttributeOwnership, Override
from mdm.services.audit import Act, record_audit_entries
from mdm.services.provenance import anchors_of
from mdm.survivorship.candidates import Pin, PinState
from mdm.survivorship.pins import PinChange

OWNER_ANSWERS_WITHIN = timedelta(days=7)


def open_pins(source_record_ids: Sequence[int]) -> dict[int, list[Pin]]:
    """The pins that hang on each of these source records."""
    pins: dict[int, list[Pin]] = defaultdict(list)
    rows = AttributePin.objects.filter(source_record__in=source_record_ids, closed_at=None).order_by("pk")
    for row in rows:
        pins[row.source_record_id].append(parsed(row))
    return pins


def set_pins(
    golden_record: GoldenRecord,
    values: Mapping[str, Any],
    *,
    ownership: Mapping[str, AttributeOwnership],
    beneath: Mapping[str, Any],
    request: ChangeRequest,
    at: datetime,
) -> None:
    """Pin these values in place of earlier pins of the same attributes; the caller rebuilds the golden record.

    What a system owns is a correction: its owner is asked to take it over. `beneath` is what survives without pins.
    """
    end_pins_on(golden_record, values, actor=Actor(request.proposed_by), at=at)
    anchor = anchors_of([golden_record.pk])[golden_record.pk]
    pins = AttributePin.objects.bulk_create(
        [
            AttributePin(
                source_record_id=anchor,
                attribute=name,
                value=value,
                state=_first_state(ownership[name]),
                owner=str(ownership[name].owner) if ownership[name].is_of_another_system else "",
                reason=request.reason,
                change_request=request,
                beneath_hash=value_hash(beneath.get(name)),
                pinned_by=request.proposed_by,
                pinned_at=at,
                expires_at=request.pin_until,
                answer_due_at=at + OWNER_ANSWERS_WITHIN if ownership[name].is_of_another_system else None,
            )
            for name, value in sorted(values.items())
        ]
    )
    _audit("attribute_pin.set", pins, actor=Actor(request.proposed_by), at=at)


@transaction.atomic
def settle_pins(changes: Sequence[PinChange], *, at: datetime) -> None:
    """Write down what became of pins, and ask stewards where something must be looked at again."""
    for change in changes:
        row = AttributePin.objects.select_for_update().get(pk=change.pin.pin_id)
        if change.question is not None:
            row.questioned_at = at
            row.save(update_fields=["questioned_at"])
            emit(PinQuestioned(row.pk, change.question.value))
        if change.is_over:
            _close([row], change.state, actor=SYSTEM, at=at)


@transaction.atomic
def keep_pin(pin_id: int, *, beneath: Any, actor: Actor, at: datetime) -> None:
    """The pin stays although a source has said something else since: `beneath`, which is no question any more."""
    pin = open_pin(pin_id)
    pin.beneath_hash, pin.questioned_at = value_hash(beneath), None
    if pin.owner:
        pin.answer_due_at = at + OWNER_ANSWERS_WITHIN
    pin.save(update_fields=["beneath_hash", "questioned_at", "answer_due_at"])
    _audit("attribute_pin.kept", [pin], actor=actor, at=at)
    emit(PinSettled(pin.pk, actor.name))


@transaction.atomic
def end_pin(pin_id: int, *, actor: Actor, at: datetime) -> None:
    """The pin holds no longer; the caller rebuilds the golden record. Raises NotFound and StateConflict."""
    _close([open_pin(pin_id)], PinState.RELEASED, actor=actor, at=at)


def end_pins_on(golden_record: GoldenRecord, attributes: Collection[str], *, actor: Actor, at: datetime) -> None:
    """No pin of these attributes holds there any longer; the caller rebuilds the golden record."""
    linked = CrosswalkEntry.objects.filter(golden_record=golden_record, unlinked_at=None)
    pins = AttributePin.objects.select_for_update().filter(
        source_record__in=linked.values("source_record"), attribute__in=attributes, closed_at=None
    )
    _close(list(pins.order_by("pk")), PinState.RELEASED, actor=actor, at=at)


def move_pin(pin: AttributePin, *, to: Mapping[int, bytes], stays: bool, actor: Actor, at: datetime) -> None:
    """The pin goes to these source records, in place of pins of the attribute there; without `stays` it ends here.

    A golden record is divided: the value and who set it stay, a question that was asked about it goes. `to` gives the
    hash of the value beneath it there.
    """
    targets = sorted(to)
    standing = AttributePin.objects.select_for_update().filter(
        source_record__in=targets, attribute=pin.attribute, closed_at=None
    )
    _close(list(standing.order_by("pk")), PinState.RELEASED, actor=actor, at=at)
    state = pin.state
    if not stays:
        _close([pin], PinState.MOVED if targets else PinState.RELEASED, actor=actor, at=at)
    copies = [_copy(pin, record, PinState(state), beneath_hash=to[record]) for record in targets]
    _audit("attribute_pin.set", AttributePin.objects.bulk_create(copies), actor=actor, at=at)


def stand_over(pin: AttributePin, beneath_hash: bytes) -> None:
    """The pin holds knowingly over the value with that hash, and nothing is asked about it."""
    pin.beneath_hash, pin.questioned_at = beneath_hash, None
    pin.save(update_fields=["beneath_hash", "questioned_at"])


def pin_again(pin: AttributePin, *, actor: Actor, at: datetime) -> None:
    """Set a pin that another one replaced again, where it hung; nothing happens where one stands there."""
    open_there = AttributePin.objects.filter(
        source_record=pin.source_record_id, attribute=pin.attribute, closed_at=None
    )
    if not open_there.exists():
        state = PinState.AWAITING_OWNER if pin.owner else PinState.ACTIVE
        copies = AttributePin.objects.bulk_create(
            [_copy(pin, pin.source_record_id, state, beneath_hash=bytes(pin.beneath_hash))]
        )
        _audit("attribute_pin.set", copies, actor=actor, at=at)


def _copy(pin: AttributePin, source_record_id: int, state: PinState, *, beneath_hash: bytes) -> AttributePin:
    return AttributePin(
        source_record_id=source_record_id,
        attribute=pin.attribute,
        value=pin.value,
        state=state,
        owner=pin.owner,
        reason=pin.reason,
        change_request_id=pin.change_request_id,
        beneath_hash=beneath_hash,
        pinned_by=pin.pinned_by,
        pinned_at=pin.pinned_at,
        expires_at=pin.expires_at,
        answer_due_at=pin.answer_due_at,
    )


def open_pin(pin_id: int) -> AttributePin:
    """The pin, locked. Raises NotFound, and StateConflict when it is over."""
    pin = AttributePin.objects.select_for_update().filter(pk=pin_id).first()
    if pin is None:
        raise NotFound("There is no such pin.")
    if pin.closed_at is not None:
        raise StateConflict(f"The pin is {pin.state.replace('_', ' ')} already.")
    return pin


def _close(pins: Sequence[AttributePin], state: PinState, *, actor: Actor, at: datetime) -> None:
    for pin in pins:
        pin.state, pin.closed_at, pin.closed_by = state, at, actor.name
        pin.save(update_fields=["state", "closed_at", "closed_by"])
        emit(PinSettled(pin.pk, actor.name))
    _audit(f"attribute_pin.{state}", pins, actor=actor, at=at)


def _first_state(ownership: AttributeOwnership) -> PinState:
    if not ownership.is_of_another_system:
        return PinState.ACTIVE
    return PinState.AWAITING_OWNER if ownership.override is Override.SHOW else PinState.PROPOSED_TO_OWNER


def parsed(row: AttributePin) -> Pin:
    """As survivorship knows it."""
    return Pin(
        attribute=row.attribute,
        value=row.value,
        actor=row.pinned_by,
        reason=row.reason,
        expires_at=row.expires_at,
        state=PinState(row.state),
        pin_id=row.pk,
        beneath_hash=bytes(row.beneath_hash),
        answer_due_at=row.answer_due_at,
        questioned=row.questioned_at is not None,
    )


def _audit(action: str, pins: Sequence[AttributePin], *, actor: Actor, at: datetime) -> None:
    record_audit_entries(
        [Act(action, "attribute_pin", pin.pk, reason=pin.reason, values={pin.attribute: pin.value}) for pin in pins],
        actor=actor,
        at=at,
    )
