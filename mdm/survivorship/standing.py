"""Values that would come from others than before, and what stands while others must consent to that. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mdm.entity_types.base import Attribute, AttributeType, Document, JsonValue
from mdm.item_keys import country_of, telling_key
from mdm.rules.documents import HUB_ORIGIN

# Any: the JSON that a golden version keeps.
Lineage = Mapping[str, Any]
CONSENT = "consent"  # in the place of a strategy


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives a value: a source record, or a steward's pin. `origin` is its system, the hub for a pin."""

    origin: str
    source_record_id: int | None = None
    pin_id: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a golden record says of one attribute, and its lineage."""

    value: JsonValue
    lineage: Lineage = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shift:
    """A value that others give than before: the whole one, or the item with that `key`.

    `by` gives it now and `was` gave it before, None for nobody; `old` and `new` are None where there is none. `former`
    are all who gave something of the whole value before.
    """

    attribute: Attribute
    key: str | None
    old: JsonValue
    new: JsonValue
    by: Giver | None
    was: Giver | None
    former: frozenset[Giver]

    @property
    def origin(self) -> str:
        """Whose word changes the value; of one that goes, whose word it was."""
        giver = self.by or self.was
        return giver.origin if giver is not None else HUB_ORIGIN


@dataclass(frozen=True, slots=True)
class Standing:
    """A value that stands although something else would survive; `items` has the lineage of a list's items."""

    value: JsonValue
    winner: JsonValue
    items: Sequence[JsonValue] | None = None


def shifts_between(attribute: Attribute, before: Said, after: Said) -> list[Shift]:
    """What is given now and was not before. What the hub or a pin gave and gives is changed by requests alone, and a
    record's reference follows what it speaks of: neither is told."""
    if _is_list(attribute, before.value, after.value):
        return list(_item_shifts(attribute, before, after))
    by, was = giver_of(after.lineage), giver_of(before.lineage)
    former = frozenset() if was is None else frozenset({was})
    shift = Shift(attribute, None, before.value, after.value, by, was, former)
    return [] if before.value == after.value or _is_its_own(shift) else [shift]


def standing_beside(attribute: Attribute, before: Said, after: Said, held: Collection[str | None]) -> Standing:
    """What stands while shifts with these keys wait: of a list the items nobody is asked about are as they would be."""
    winner = before.lineage.get("winner")
    if not _is_list(attribute, before.value, after.value):
        return Standing(before.value, winner)
    old, new = _items(attribute, before), _items(attribute, after)
    chosen = [old.get(key) if key in held else item for key, item in new.items()]
    chosen += [old[key] for key in old if key in held and key not in new]
    items = [each for each in chosen if each is not None]
    return Standing([each.item for each in items] or None, None, [each.lineage for each in items])


def standing_lineage(standing: Standing, beneath: Lineage | None, value: JsonValue) -> dict[str, JsonValue]:
    """Lineage of a value that stands; `value` is what waits behind it and `beneath` why, None for nothing."""
    told: dict[str, JsonValue] = {
        "winner": standing.winner,
        "strategy": CONSENT,
        "reason": "stands until others consent to another value",
        "losers": [],
        "beneath": beneath,
        "beneath_value": value,
    }
    return told if standing.items is None else {**told, "items": list(standing.items)}


def stands(lineage: Lineage | None) -> bool:
    """Whether a value of that lineage stands in place of another, which waits for consent."""
    return lineage is not None and lineage.get("strategy") == CONSENT


def giver_of(lineage: Lineage) -> Giver | None:
    """Who gave the value of that lineage; None for nobody, or several."""
    winner = lineage.get("winner")
    if not winner:
        return None
    if winner.get("pin"):
        return Giver(HUB_ORIGIN, pin_id=winner["pin_id"])
    return Giver(winner["system"], source_record_id=winner["source_record_id"])


def keys_told(attribute: Attribute, values: Document) -> set[str]:
    """The keys of the items that a record with these attribute values tells."""
    country = country_of(values)
    return {telling_key(attribute, item, country=country) for item in values.get(attribute.name) or ()}


@dataclass(frozen=True, slots=True)
class _Item:
    item: JsonValue
    giver: Giver | None
    lineage: JsonValue


def _is_list(attribute: Attribute, *values: JsonValue) -> bool:
    return attribute.type is AttributeType.COLLECTION and all(isinstance(each, list | None) for each in values)


def _item_shifts(attribute: Attribute, before: Said, after: Said) -> Iterator[Shift]:
    old, new = _items(attribute, before), _items(attribute, after)
    givers = frozenset(each.giver for each in old.values() if each.giver is not None)
    shifts = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        one, other = (each.item if each else None for each in (was, now))
        by, former = (each.giver if each else None for each in (now, was))
        shift = Shift(attribute, key, one, other, by, former, givers)
        if one != other and not _is_its_own(shift):
            shifts.append(shift)
    # What an item refers to is part of its key: under another id it comes as one that goes and one that is added.
    gone = [(shift.was, _without_ids(shift.old)) for shift in shifts if shift.new is None]
    come = [(shift.by, _without_ids(shift.new)) for shift in shifts if shift.old is None]
    for shift in shifts:
        if shift.new is None and (shift.was, _without_ids(shift.old)) in come:
            continue
        if shift.old is None and (shift.by, _without_ids(shift.new)) in gone:
            continue
        yield shift


def _is_its_own(shift: Shift) -> bool:
    if shift.by is None or shift.by != shift.was:
        return False
    return shift.by.origin == HUB_ORIGIN or _without_ids(shift.old) == _without_ids(shift.new)


def _without_ids(value: JsonValue) -> JsonValue:
    """The value, with what references resolve to left out."""
    if isinstance(value, Mapping):
        if "id" in value and "entity_type" in value:
            return {"entity_type": value["entity_type"]}
        return {name: _without_ids(each) for name, each in value.items()}
    return [_without_ids(each) for each in value] if isinstance(value, list) else value


def _items(attribute: Attribute, said: Said) -> dict[str, _Item]:
    """By key. A list that one record or pin gave as a whole has no lineage for each item: it gave them all."""
    items = said.value or []
    lineages = said.lineage.get("items") or []
    if len(lineages) == len(items):
        return {each["item_key"]: _Item(item, giver_of(each), each) for item, each in zip(items, lineages, strict=True)}
    giver, winner = giver_of(said.lineage), said.lineage.get("winner")
    keyed = ((telling_key(attribute, item), item) for item in items)
    return {key: _Item(item, giver, {"item_key": key, "winner": winner, "losers": []}) for key, item in keyed}
