"""Attribute values as short lines of text that a person reads, in an order that never depends on dict order."""

from collections.abc import Iterator, Mapping, Sequence

from mdm.entity_types import Attribute, AttributeType, JsonValue
from mdm.masking import hidden

Titles = Mapping[str, str]  # public id → title of the golden record
_ADDRESS_LINES = (("street", "house_number"), ("unit",), ("postcode", "city"), ("region", "country"))


def value_lines(attribute: Attribute, value: JsonValue, *, titles: Titles) -> tuple[str, ...]:
    """One line for a plain value, one per item of a collection, one per line of an address; none for an empty value."""
    if value is None or value in ("", [], {}):
        return ()
    if attribute.type is AttributeType.COLLECTION and isinstance(value, list):
        return tuple(_item_line(attribute, item, titles=titles) for item in value)
    if attribute.type is AttributeType.ADDRESS and isinstance(value, Mapping):
        return tuple(_address_lines(value))
    return (plain_text(attribute, value, titles=titles),)


def plain_text(attribute: Attribute, value: JsonValue, *, titles: Titles) -> str:
    """Any single value in one line."""
    if isinstance(value, Mapping):
        return _object_text(attribute, value, titles=titles)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if attribute.type is AttributeType.CHOICE:
        return str(value).replace("_", " ")
    return str(value)


def _object_text(attribute: Attribute, value: Mapping[str, JsonValue], *, titles: Titles) -> str:
    if attribute.type is AttributeType.MONEY:
        return f"{value.get('amount', '')} {value.get('currency', '')}".strip()
    if attribute.type is AttributeType.REFERENCE or "id" in value or "key" in value:
        return reference_text(value, titles=titles)
    if attribute.type is AttributeType.ADDRESS:
        return ", ".join(_address_lines(value))
    return " · ".join(f"{name.replace('_', ' ')} {text}" for name, text in sorted(value.items()) if text is not None)


def reference_text(value: Mapping[str, JsonValue], *, titles: Titles) -> str:
    """A resolved reference by title and id, one that waits by its system's own key."""
    if public_id := value.get("id"):
        title = titles.get(str(public_id), "")
        return f"{title} ({public_id})" if title else str(public_id)
    return f"{value.get('system')} {value.get('key')} (not in the hub yet)"


def public_ids_in(value: JsonValue) -> set[str]:
    """Public ids of everything that resolved references in the value point to."""
    if isinstance(value, Mapping):
        if "id" in value and "entity_type" in value:
            return {str(value["id"])}
        return {found for component in value.values() for found in public_ids_in(component)}
    if isinstance(value, list):
        return {found for item in value for found in public_ids_in(item)}
    return set()


def _address_lines(value: Mapping[str, JsonValue]) -> Iterator[str]:
    for parts in _ADDRESS_LINES:
        if line := " ".join(str(value[part]) for part in parts if value.get(part)):
            yield line


def _item_line(attribute: Attribute, item: JsonValue, *, titles: Titles) -> str:
    if not attribute.item or not isinstance(item, Mapping):
        return plain_text(attribute, item, titles=titles)
    return " · ".join(_component_texts(attribute.item, hidden(item), titles=titles))


def _component_texts(
    components: Sequence[Attribute], item: Mapping[str, JsonValue], *, titles: Titles
) -> Iterator[str]:
    """Texts speak for themselves; numbers, dates and flags need their label."""
    for component in components:
        value = item.get(component.name)
        if value is None or value in ("", [], {}):
            continue
        if isinstance(value, list):
            yield f"{component.label}: " + ", ".join(_nested_text(component, each, titles=titles) for each in value)
        elif component.type in _SELF_EXPLAINING:
            yield plain_text(component, value, titles=titles)
        else:
            yield f"{component.label} {plain_text(component, value, titles=titles)}"


def _nested_text(component: Attribute, item: JsonValue, *, titles: Titles) -> str:
    if not component.item or not isinstance(item, Mapping):
        return plain_text(component, item, titles=titles)
    texts = [plain_text(each, item[each.name], titles=titles) for each in component.item if item.get(each.name)]
    return " → ".join(texts)


_SELF_EXPLAINING = (AttributeType.TEXT, AttributeType.CHOICE, AttributeType.MONEY, AttributeType.REFERENCE)


def price_text(said: Mapping[str, str]) -> str:
    """A price of a line for a person, such as "net 12.5 per 100"; empty for none."""
    per = said.get("per", "1")
    parts = [said.get("method", "").replace("_", " "), said.get("value", ""), *([f"per {per}"] if per != "1" else [])]
    return " ".join(part for part in parts if part)
