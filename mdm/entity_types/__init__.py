"""Every entity type, found by importing the modules of this package. Nothing outside it names one."""

from matching.registry import Registry
from mdm.entity_types.base import Attribute, AttributeType, Document, EntityType, JsonValue, ProjectionInput, ReviewKind

entity_types: Registry[EntityType] = Registry("entity type")


def coded_attributes(entity_type: str) -> tuple[Attribute, ...]:
    """The built-in attributes. What an entity type has in all, `mdm.selectors.attributes.attributes_of` says."""
    return entity_types.get(entity_type).attributes


def in_settling_order() -> list[EntityType]:
    """Entity types so that whatever refers to another comes after it."""
    return sorted((entity_types.get(name) for name in entity_types), key=lambda kind: (kind.settle_rank, kind.name))


__all__ = [
    "Attribute",
    "AttributeType",
    "Document",
    "EntityType",
    "JsonValue",
    "ProjectionInput",
    "ReviewKind",
    "coded_attributes",
    "entity_types",
    "in_settling_order",
]
