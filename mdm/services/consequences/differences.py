"""What an action moves from one golden record to another, from what stands before and after it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mdm.entity_types import Attribute, AttributeType
from mdm.item_keys import item_key
from mdm.models import ChangeEffect, ChangeRequestState, GoldenRecord, RemoteRecord
from mdm.services.consequences.standing import Standing


class Effect(StrEnum):
    """What happens to it."""

    REDIRECT = "redirect"  # the id leads elsewhere
    VALUE = "value"  # a golden record says something else
    CHILD = "child"  # what refers to one golden record refers to the other
    ITEM = "item"  # an item of a list, such as a certificate, goes over; new is null where it does not survive
    REMOTE = "remote"  # a record in a target is another golden record's
    PIN = "pin"  # a pin holds on another golden record
    PIN_QUESTIONED = "pin_questioned"  # what a pin stands over changes, so a steward is asked
    PIN_ENDED = "pin_ended"
    WAITS = "waits"  # a protected value that would become another once others consent; until then the old one stands
    REQUEST = "request"  # a change request that waits is about another golden record; new is null where it ends
    PRICE = "price"  # two prices for one thing, of equal rank, at one time
    MESSAGE = "message"  # a target is told another value


@dataclass(frozen=True, slots=True)
class Consequence:
    """One of them. `golden_id` is whose it is, `about` names it for a person. Any: canonical JSON; personal data."""

    effect: Effect
    golden_id: str
    entity_type: str
    about: str
    attribute: str = ""
    old: Any = None
    new: Any = None


def redirects(before: Standing, after: Standing) -> Iterator[Consequence]:
    """Ids that lead elsewhere."""
    for pk, record in sorted(before.golden.items()):
        now = after.golden[pk]
        if now.merged_into_id != record.merged_into_id and now.merged_into is not None:
            yield _of(record, Effect.REDIRECT, record.title, new=now.merged_into.public_id)


def moved_items(before: Standing, after: Standing, attributes: Iterable[Attribute]) -> Iterator[Consequence]:
    """Items of lists that stood under a golden record that goes: certificates, contacts, companies, roles."""
    lists = [each for each in attributes if each.type is AttributeType.COLLECTION and each.item]
    for pk, record in sorted(before.golden.items()):
        into = after.golden[pk].merged_into
        if into is None or record.merged_into_id is not None:
            continue
        for attribute in lists:
            there = _keys(attribute, before.golden[into.pk]) if into.pk in before.golden else set()
            kept = _keys(attribute, after.golden.get(into.pk, into))
            for item in record.document["attributes"].get(attribute.name) or ():
                key = item_key(attribute, item)
                if key not in there:
                    new = into.public_id if key in kept else None
                    yield _of(record, Effect.ITEM, attribute.label, attribute.name, old=item, new=new)


def moved_remotes(before: Standing, after: Standing) -> Iterator[Consequence]:
    """Records in targets that belong to another golden record, or are no longer the primary one."""
    for pk, remote in sorted(before.remotes.items(), key=lambda each: (each[1].target.name, each[1].key)):
        now = after.remotes[pk]
        if (now.golden_record_id, now.is_primary) != (remote.golden_record_id, remote.is_primary):
            record = before.golden[remote.golden_record_id]
            about = f"{remote.target.label} {remote.key}"
            yield _of(record, Effect.REMOTE, about, old=_place(remote, before), new=_place(now, after))


def moved_pins(before: Standing, after: Standing) -> Iterator[Consequence]:
    """Pins that hold elsewhere, that stewards are asked about, or that end."""
    for pk, (pin, home) in sorted(before.pins.items()):
        record = before.golden[home]
        if pk not in after.pins:
            yield _of(record, Effect.PIN_ENDED, pin.attribute, pin.attribute, old=pin.value)
            continue
        now, there = after.pins[pk]
        if there != home:
            to = after.golden[there]
            rival = next(
                (each.value for each, at in before.pins.values() if at == there and each.attribute == pin.attribute),
                None,
            )
            old = {"golden_id": record.public_id, "value": pin.value}
            new = {"golden_id": to.public_id, "value": to.document["attributes"].get(pin.attribute), "rival": rival}
            yield _of(record, Effect.PIN, pin.attribute, pin.attribute, old=old, new=new)
        if now.questioned_at is not None and pin.questioned_at is None:
            yield _of(after.golden[there], Effect.PIN_QUESTIONED, pin.attribute, pin.attribute, old=pin.value)


def moved_requests(before: Standing, after: Standing) -> Iterator[Consequence]:
    """Change requests that wait on a golden record that goes, and those that end."""
    for pk, request in sorted(before.requests.items()):
        record = before.golden[request.golden_record_id]
        into = after.golden[record.pk].merged_into
        if pk not in after.requests:
            yield _of(record, Effect.REQUEST, f"#{pk}", old=sorted(request.payload), new=None)
        elif into is not None:
            yield _of(record, Effect.REQUEST, f"#{pk}", old=sorted(request.payload), new=into.public_id)


def held_values(before: Standing, after: Standing) -> Iterator[Consequence]:
    """Values that would wait for consent behind those that stand."""
    for pk, request in sorted(after.requests.items()):
        record = after.golden[request.golden_record_id]
        asked = before.requests[pk].payload if pk in before.requests else {}
        for part in request.sorted_parts:
            is_new = part.attribute not in asked or asked[part.attribute] != part.value
            if part.effect == ChangeEffect.SURVIVE and part.state == ChangeRequestState.OPEN and is_new:
                old = record.document["attributes"].get(part.attribute)
                yield _of(record, Effect.WAITS, part.attribute, part.attribute, old=old, new=part.value)


def changed_documents(
    changed: Mapping[int, tuple[Mapping[str, Any], GoldenRecord]], renamed: Mapping[str, str]
) -> Iterator[Consequence]:
    """What golden records say otherwise. `changed` has the attributes before and the record after, by id.

    Where only an id became its survivor's (`renamed`), the record is a child that goes over.
    """
    for _, (old, record) in sorted(changed.items()):
        new: Mapping[str, Any] = record.document["attributes"]
        for name in sorted(old.keys() | new.keys()):
            one, other = old.get(name), new.get(name)
            if one == other:
                continue
            ids = sorted(_ids_in(one) & renamed.keys())
            if ids and _same(_renamed(one, renamed), other):
                for each in ids:
                    yield _of(record, Effect.CHILD, record.title, name, old=each, new=renamed[each])
            else:
                yield _of(record, Effect.VALUE, record.title, name, old=one, new=other)


def _of(
    record: GoldenRecord, effect: Effect, about: str, attribute: str = "", *, old: Any = None, new: Any = None
) -> Consequence:
    return Consequence(effect, record.public_id, record.entity_type, about, attribute, old, new)


def _place(remote: RemoteRecord, standing: Standing) -> dict[str, Any]:
    return {"golden_id": standing.golden[remote.golden_record_id].public_id, "primary": remote.is_primary}


def _keys(attribute: Attribute, record: GoldenRecord) -> set[str]:
    return {item_key(attribute, item) for item in record.document["attributes"].get(attribute.name) or ()}


def _ids_in(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        return (
            {str(value["id"])}
            if "id" in value and "entity_type" in value
            else set().union(*map(_ids_in, value.values()))
        )
    return set().union(*map(_ids_in, value)) if isinstance(value, list) else set()


def _renamed(value: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        if "id" in value and "entity_type" in value:
            return {**value, "id": renamed.get(str(value["id"]), value["id"])}
        return {name: _renamed(each, renamed) for name, each in value.items()}
    return [_renamed(each, renamed) for each in value] if isinstance(value, list) else value


def _same(one: Any, other: Any) -> bool:
    """Equal, whatever the order of a list's items, which references decide."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(each in other for each in one)
    return bool(one == other)
