"""Reading conditions, and what holds where they are met."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from mdm.entity_types.base import Attribute, AttributeType
from mdm.entity_types.flattening import ADDRESS_COMPONENTS
from mdm.rules.conditions import Case, Condition
from mdm.rules.reading import Reader

Part = TypeVar("Part")

_WHOLE = frozenset(AttributeType) - {
    AttributeType.ADDRESS,
    AttributeType.MONEY,
    AttributeType.REFERENCE,
    AttributeType.COLLECTION,
}


def parse_cases(
    read: Reader, attributes: Mapping[str, Attribute], *, then: Callable[[Reader], Part]
) -> tuple[Case[Part], ...]:
    """The cases under `when`; `then` reads what a case says besides its condition."""
    cases = read.items("when", required=False)
    return tuple(Case(parse_condition(each.section("if"), attributes), then(each)) for each in cases)


def parse_condition(read: Reader, attributes: Mapping[str, Attribute]) -> Condition:
    """One condition on these attributes."""
    read.known_keys(("attribute", "one_of"))
    name, dot, component = read.text("attribute").partition(".")
    attribute = attributes.get(name)
    looked_at = _looked_at(attribute, component) if attribute and (dot or not _components(attribute)) else None
    if attribute is None:
        read.mistake("attribute", f"must begin with one of {', '.join(sorted(attributes))}")
    elif looked_at is None:
        read.mistake("attribute", _possible(attribute))
    one_of = read.names("one_of", among=looked_at.choices if looked_at and looked_at.choices else None)
    if "one_of" in read and not one_of:
        read.mistake("one_of", "must name one text at least")
    return Condition(attribute=name, component=component or None, one_of=one_of)


def _looked_at(attribute: Attribute, component: str) -> Attribute | None:
    """The value that is compared, as an attribute; None for one that cannot be compared with a text."""
    parts = _components(attribute)
    if parts:
        return parts.get(component)
    single = attribute.item_type if attribute.type is AttributeType.COLLECTION else attribute.type
    return attribute if single in _WHOLE and not component else None


def _components(attribute: Attribute) -> dict[str, Attribute]:
    if attribute.type is AttributeType.ADDRESS:
        return {name: Attribute(name, name) for name in ADDRESS_COMPONENTS}
    if attribute.type is AttributeType.MONEY:
        return {"currency": Attribute("currency", "Currency")}
    return {part.name: part for part in attribute.item if part.type in _WHOLE}


def _possible(attribute: Attribute) -> str:
    parts = [f"{attribute.name}.{name}" for name in _components(attribute)]
    if parts:
        return f"must be one of {', '.join(parts)}"
    if attribute.type is AttributeType.REFERENCE:
        return "cannot be compared with texts: it is a reference"
    return f"must be {attribute.name}, which has no components"
