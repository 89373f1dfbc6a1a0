"""Flat texts out of a canonical document, for match views and titles."""

from collections.abc import Iterable, Mapping

from mdm.entity_types.base import Document, JsonValue

ADDRESS_COMPONENTS = ("street", "house_number", "unit", "city", "region", "postcode", "country")


def texts(document: Document, name: str) -> tuple[str, ...]:
    """The attribute's texts: one for a single value, all of a plain collection, none where it is empty."""
    value = document.get(name)
    if value is None:
        return ()
    if isinstance(value, str):  # most are: a search flattens hundreds of documents
        text = value.strip()
        return (text,) if text else ()
    values = value if isinstance(value, list | tuple) else [value]
    return _unique(values)


def item_texts(document: Document, collection: str, name: str) -> tuple[str, ...]:
    """The named component of every item of a collection, each text once."""
    items = document.get(collection)
    if not items:
        return ()
    return _unique(item.get(name) for item in items if isinstance(item, Mapping))


def joined(document: Document, *names: str) -> tuple[str, ...]:
    """The named texts joined by a blank, as one text; none when all are empty."""
    line = " ".join(text for name in names for text in texts(document, name))
    return (line,) if line else ()


def address_view(document: Document, *, name: str = "address") -> dict[str, tuple[str, ...]]:
    """The components of an address under their own names."""
    address = document.get(name)
    if not isinstance(address, Mapping):
        return {}
    return {component: texts(address, component) for component in ADDRESS_COMPONENTS}


def reference_text(value: JsonValue) -> str:
    """A reference as one comparable text: the golden record's public id, else `system:key`; empty for no reference."""
    if not isinstance(value, Mapping):
        return ""
    if "id" in value:
        return str(value["id"])
    return f"{value.get('system', '')}:{value.get('key', '')}"


def flattened(view: Mapping[str, tuple[str, ...]]) -> dict[str, str | tuple[str, ...]]:
    """Leave out what is empty and unwrap what is single."""
    return {name: found[0] if len(found) == 1 else found for name, found in view.items() if found}


def _unique(values: Iterable[JsonValue]) -> tuple[str, ...]:
    found = (str(value).strip() for value in values if value is not None and not isinstance(value, Mapping | list))
    return tuple(dict.fromkeys(text for text in found if text))
