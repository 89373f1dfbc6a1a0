"""What makes two items of a collection the same item, told by two systems."""

from collections.abc import Mapping

from mdm.canonical import canonical_bytes
from mdm.entity_types.base import Attribute, JsonValue
from mdm.entity_types.flattening import reference_text


def item_key(attribute: Attribute, item: JsonValue) -> str:
    """The identity of an item inside its collection, as text.

    A plain item is its own key. A part of `item_key` written `email|name` means the first of these that is not empty.
    An absent part counts as null, a reference by what it resolves to. Letter case and outer blanks do not count.
    """
    if not attribute.item or not isinstance(item, Mapping):
        return canonical_bytes(_part(item)).decode()
    if not attribute.item_key:
        return canonical_bytes(dict(item)).decode()
    return canonical_bytes([_first(item, part) for part in attribute.item_key]).decode()


def _first(item: Mapping[str, JsonValue], part: str) -> JsonValue:
    for name in part.split("|"):
        if item.get(name) not in (None, ""):
            return _part(item[name])
    return None


def _part(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return reference_text(value)
    if isinstance(value, str):
        return value.strip().casefold()
    return value
