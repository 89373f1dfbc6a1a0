"""References inside source values: finding them, and putting golden records in their place."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from mdm.entity_types.base import Attribute, AttributeType, JsonValue

Reference = Mapping[str, JsonValue]


def references_in(attributes: Sequence[Attribute], values: Mapping[str, JsonValue]) -> Iterator[Reference]:
    """Every reference of a document, those inside items included, in document order."""
    for attribute in attributes:
        value = values.get(attribute.name)
        if attribute.type is AttributeType.REFERENCE and isinstance(value, Mapping):
            yield value
        elif attribute.item and isinstance(value, list | tuple):
            for item in value:
                yield from references_in(attribute.item, item)


def resolve_references(
    attributes: Sequence[Attribute],
    values: Mapping[str, JsonValue],
    *,
    resolve: Callable[[Reference], str | None],
) -> dict[str, JsonValue]:
    """The same values with each (system, key) replaced by the public id that `resolve` gives; None marks it unresolved.

    Run before survivorship: two systems tell of the same product under different keys, and only the golden id says so.
    """
    known = {attribute.name: attribute for attribute in attributes}
    return {name: _resolved(known.get(name), value, resolve) for name, value in values.items()}


def _resolved(attribute: Attribute | None, value: JsonValue, resolve: Callable[[Reference], str | None]) -> JsonValue:
    if attribute is None or value is None:
        return value
    if attribute.type is AttributeType.REFERENCE and "id" not in value:
        public_id = resolve(value)
        if public_id is None:
            return {**value, "unresolved": True}
        return {"id": public_id, "entity_type": value["entity_type"]}
    if attribute.item:
        return [resolve_references(attribute.item, item, resolve=resolve) for item in value]
    return value
