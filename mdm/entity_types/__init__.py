"""Every entity type, found by importing the modules of this package. Nothing outside it names one."""

from matching.registry import Registry
from mdm.entity_types.base import Attribute, AttributeType, Document, EntityType, JsonValue, ProjectionInput, ReviewKind

entity_types: Registry[EntityType] = Registry("entity type")


def attributes_of(entity_type: str, rule_set_number: int | None = None) -> tuple[Attribute, ...]:
    """Coded attributes of an entity type, and those declared at run time by that rule set version (none so far)."""
    del (
        rule_set_number
    )  # run-time attributes arrive with the rule set document; callers already say which one they mean
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
    "attributes_of",
    "entity_types",
    "in_settling_order",
]
