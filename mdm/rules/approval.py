"""Whether a change of an attribute waits for consent."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from mdm.decimals import canonical_decimal
from mdm.entity_types.base import Attribute, AttributeType, JsonValue
from mdm.item_keys import item_key
from mdm.rules.documents import HUB_ORIGIN, ApprovalRule

_NUMBERS = (AttributeType.DECIMAL, AttributeType.MONEY, AttributeType.INTEGER)


def consents_needed(
    rule: ApprovalRule | None,
    attribute: Attribute,
    *,
    old: JsonValue,
    new: JsonValue,
    origin: str = HUB_ORIGIN,
    stands: bool = False,
) -> tuple[str, ...]:
    """The groups that must consent to changing `old` into `new`, one person each; empty for none.

    An empty name stands for any approver. With a threshold, only numbers may change freely, and by `over_percent` of
    the old number at most. A number that appears, disappears or leaves zero, a change of currency, and any other change
    always need consent. With `stands` the value stands over what sources say later, whatever that is: every consent.
    """
    if rule is None or not rule.concerns(origin) or (old == new and not stands):
        return ()
    if stands:
        return (rule.group or "",) if rule.second is None else (rule.group or "", rule.second.group)
    if not _exceeds(rule.over_percent, attribute, old, new):
        return ()
    first = rule.group or ""
    if rule.second is not None and _exceeds(rule.second.over_percent, attribute, old, new):
        return first, rule.second.group
    return (first,)


def _exceeds(limit: Decimal | None, attribute: Attribute, old: JsonValue, new: JsonValue) -> bool:
    if limit is None:
        return True
    return any(percent is None or percent > limit for percent in _changes(attribute, old, new))


def _changes(attribute: Attribute, old: JsonValue, new: JsonValue) -> Iterator[Decimal | None]:
    """The size of every change inside the value, in percent of the old number; None for one without a size."""
    if old == new:
        return
    if attribute.type is AttributeType.COLLECTION and attribute.item and _lists(old, new):
        yield from _item_changes(attribute, old, new)
    elif attribute.type in _NUMBERS:
        yield _percent(old, new)
    else:
        yield None


def _item_changes(attribute: Attribute, old: list[JsonValue], new: list[JsonValue]) -> Iterator[Decimal | None]:
    before = {item_key(attribute, item): item for item in old}
    after = {item_key(attribute, item): item for item in new}
    for key in sorted(before.keys() | after.keys()):
        was, becomes = before.get(key), after.get(key)
        if was is None or becomes is None:
            yield None
            continue
        for component in attribute.item:
            yield from _changes(component, was.get(component.name), becomes.get(component.name))


def _lists(old: JsonValue, new: JsonValue) -> bool:
    return isinstance(old, list) and isinstance(new, list)


def _percent(old: JsonValue, new: JsonValue) -> Decimal | None:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if old.get("currency") != new.get("currency"):
            return None
        old, new = old.get("amount"), new.get("amount")
    was, becomes = _number(old), _number(new)
    if was is None or becomes is None or was == 0:
        return None
    return abs(becomes - was) / abs(was) * 100


def _number(value: JsonValue) -> Decimal | None:
    text = canonical_decimal(str(value)) if isinstance(value, str | int) else None
    return None if text is None else Decimal(text)
