"""Pins of stewards in the database: set, kept, released, and settled against what the sources say."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class PinsToSet:
    """Values to be pinned in one golden record. `beneath` is what survives without pins."""

    golden_record: GoldenRecord
    values: Mapping[str, Any]
    ownership: Mapping[str, AttributeOwnership]
    beneath: Mapping[str, Any]
    request: ChangeRequest


def set_pins(wanted: Sequence[PinsToSet], *, at: datetime) -> None:
    """Pin these values in place of earlier pins of the same attributes; the caller rebuilds the golden records.

    What a system owns is a correction: its owner is asked to take it over.
    """
    by_golden = {each.golden_record.pk: each for each in wanted}
    for golden_id, pins in _standing(by_golden).items():
        _close(pins, PinState.RELEASED, actor=Actor(by_golden[golden_id].request.proposed_by), at=at)
    anchors = anchors_of(sorted(by_golden))
    pins = AttributePin.objects.bulk_create(
        [
            AttributePin(
                source_record_id=anchors[each.golden_record.pk],
                attribute=name,
                value=value,
                state=_first_state(owned),
                owner=str(owned.owner) if owned.is_of_another_system else "",
                reason=each.request.reason,
                change_request=each.request,
                beneath_hash=value_hash(each.beneath.get(name)),
                pinned_by=each.request.proposed_by,
                pinned_at=at,
                expires_at=each.request.pin_until,
                answer_due_at=at + OWNER_ANSWERS_WITHIN if owned.is_of_another_system else None,
            )
            for each in wanted
            for name, value in sorted(each.values.items())
            for owned in [each.ownership[name]]
        ]
    )
    by_actor: dict[str, list[AttributePin]] = defaultdict(list)
    for pin in pins:
        by_actor[pin.pinned_by].append(pin)
    for name, its in sorted(by_actor.items()):
        _audit("attribute_pin.set", its, actor=Actor(name), at=at)


def release_pins_of(change_request_ids: Sequence[int], *, actor: Actor, at: datetime) -> set[int]:
    """End the open pins that these change requests set; the caller rebuilds the golden records that it returns.

    A pin that was replaced by one of them is set again, unless it has ended meanwhile.
    """
    ours = AttributePin.objects.select_for_update().filter(change_request__in=change_request_ids, closed_at=None)
    pins = list(ours.order_by("pk"))
    replaced = AttributePin.objects.filter(
        source_record__in=[pin.source_record_id for pin in pins],
        closed_at__in={pin.pinned_at for pin in pins},
        state=PinState.RELEASED,
    )
    _close(pins, PinState.RELEASED, actor=actor, at=at)
    places = {(pin.source_record_id, pin.attribute, pin.pinned_at) for pin in pins}
    for earlier in replaced.order_by("pk"):
        ended = earlier.expires_at is not None and earlier.expires_at <= at
        if (earlier.source_record_id, earlier.attribute, earlier.closed_at) in places and not ended:
            pin_again(earlier, actor=actor, at=at)
    homes = CrosswalkEntry.objects.filter(
        source_record__in=[pin.source_record_id for pin in pins], unlinked_at=None
    ).values_list("golden_record_id", flat=True)
    return set(homes)


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


def _standing(wanted: Mapping[int, PinsToSet]) -> dict[int, list[AttributePin]]:
    """The open pins that are to be replaced, by golden record."""
    linked = CrosswalkEntry.objects.filter(golden_record__in=wanted, unlinked_at=None)
    homes = dict(linked.values_list("source_record_id", "golden_record_id"))
    rows = AttributePin.objects.select_for_update().filter(source_record__in=homes, closed_at=None)
    found: dict[int, list[AttributePin]] = defaultdict(list)
    for pin in rows.order_by("pk"):
        home = homes[pin.source_record_id]
        if pin.attribute in wanted[home].values:
            found[home].append(pin)
    return found


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
