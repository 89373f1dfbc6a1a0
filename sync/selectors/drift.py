"""What a system has now, beside what its mapping speaks of."""

from collections.abc import Iterable
from dataclasses import dataclass

from mdm.mapping.composites import ListNode, ObjectNode, SlotsNode
from mdm.mapping.documents import SystemMapping
from mdm.mapping.nodes import Node, ReferenceNode, ValueNode
from sync.connectors import RemoteAttribute, RemoteEntity


@dataclass(frozen=True, slots=True)
class SchemaDrift:
    """`missing` are names that the mapping speaks of and the system does not have, `unmapped` those the other way."""

    missing: tuple[str, ...]
    unmapped: tuple[RemoteAttribute, ...]


def schema_drift(told: RemoteEntity, mapping: SystemMapping) -> SchemaDrift:
    """By the names of a record's own members; what stands inside them is not compared."""
    mapped = {*_names(mapping.key), *(name for field in mapping.fields for name in _names(field.node))}
    held = {attribute.name for attribute in told.attributes}
    return SchemaDrift(
        missing=tuple(sorted(mapped - held)),
        unmapped=tuple(sorted((each for each in told.attributes if each.name not in mapped), key=lambda a: a.name)),
    )


def _names(node: Node) -> Iterable[str]:
    match node:
        case ValueNode(paths=paths):
            return {str(path.steps[0]) for path in paths if path.steps}
        case ReferenceNode(key=key):
            return _names(key)
        case ListNode(path=path):
            return {str(path.steps[0])} if path.steps else ()
        case ObjectNode(fields=fields) | SlotsNode(slots=fields):
            return {name for field in fields for name in _names(field.node)}
    return ()
