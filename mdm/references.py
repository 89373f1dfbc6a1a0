"""References inside attribute values: found and resolved without touching the database."""

from collections.abc import Mapping
from typing import Any

from mdm.entity_types import JsonValue

Target = tuple[str, str, str]  # system, entity type, key


def references_in(value: JsonValue) -> set[Target]:
    """Every (system, entity type, key) spoken of anywhere in the value."""
    found: set[Target] = set()
    if value is None or isinstance(value, str):
        return found
    if isinstance(value, Mapping):
        if _is_reference(value):
            found.add(_target(value))
        else:
            for component in value.values():
                found |= references_in(component)
    elif isinstance(value, list | tuple):
        for item in value:
            found |= references_in(item)
    return found


def resolve_references(value: JsonValue, resolved: Mapping[Target, str]) -> Any:
    """The value with each reference replaced by the public id it resolves to, or marked as unresolved."""
    if value is None or isinstance(value, str):  # nearly all are
        return value
    if isinstance(value, Mapping):
        if _is_reference(value):
            target = _target(value)
            if target in resolved:
                return {"entity_type": target[1], "id": resolved[target]}
            return {"system": target[0], "entity_type": target[1], "key": target[2], "unresolved": True}
        return {name: resolve_references(component, resolved) for name, component in value.items()}
    if isinstance(value, list | tuple):
        return [resolve_references(item, resolved) for item in value]
    return value


def repoint_references(value: JsonValue, to: Mapping[Target, Target]) -> Any:
    """The value with each reference that `to` names replaced by the one it gives."""
    if isinstance(value, Mapping):
        if _is_reference(value):
            system, entity_type, key = to.get(_target(value), _target(value))
            return {**value, "system": system, "entity_type": entity_type, "key": key}
        return {name: repoint_references(component, to) for name, component in value.items()}
    if isinstance(value, list | tuple):
        return [repoint_references(item, to) for item in value]
    return value


def golden_ids_in(value: JsonValue) -> set[tuple[str, str]]:
    """Entity type and public id of every golden record that is referred to by its id."""
    if isinstance(value, Mapping):
        if _is_by_golden_id(value):
            return {(str(value["entity_type"]), str(value["id"]))}
        return {found for component in value.values() for found in golden_ids_in(component)}
    if isinstance(value, list | tuple):
        return {found for item in value for found in golden_ids_in(item)}
    return set()


def by_source_records(value: JsonValue, to: Mapping[tuple[str, str], Target]) -> Any:
    """The value with references by public id replaced by references to the source records that `to` gives."""
    if isinstance(value, Mapping):
        if _is_by_golden_id(value):
            system, entity_type, key = to[str(value["entity_type"]), str(value["id"])]
            return {"system": system, "entity_type": entity_type, "key": key}
        return {name: by_source_records(component, to) for name, component in value.items()}
    if isinstance(value, list | tuple):
        return [by_source_records(item, to) for item in value]
    return value


def _is_by_golden_id(value: Mapping[str, Any]) -> bool:
    return value.keys() == {"id", "entity_type"}


def _is_reference(value: Mapping[str, Any]) -> bool:
    return "system" in value and "entity_type" in value and "key" in value


def _target(value: Mapping[str, Any]) -> Target:
    return str(value["system"]), str(value["entity_type"]), str(value["key"])
