"""Nodes made of nodes: objects of components, and collections as lists or as fixed places."""

from collections.abc import Mapping
from dataclasses import dataclass

from mdm.entity_types.base import JsonValue
from mdm.mapping.conditions import Condition, all_hold
from mdm.mapping.nodes import Body, ConstantNode, Direction, Field, Node, ReadScope, ValueNode, WriteScope
from mdm.mapping.paths import MISSING, Missing, Path
from mdm.mapping.transforms.base import Transform
from mdm.validation import pointer_to


@dataclass(frozen=True, slots=True)
class ObjectNode(Node):
    """An address, an amount of money, an item: an object of components.

    It is empty when all components are, or any of `needs`; emptying it writes null to `needs` only, if there are any,
    so that a currency shared with other amounts stays.
    """

    fields: tuple[Field, ...]
    needs: tuple[str, ...] = ()

    def read(self, scope: ReadScope) -> JsonValue | Missing:
        told: dict[str, JsonValue] = {}
        explicit = False
        for field in self.fields:
            if field.direction is Direction.WRITE:
                continue
            found = field.read(scope)
            explicit = explicit or (bool(found) and not isinstance(field.node, ConstantNode))
            told |= {name: value for name, value in found.items() if value is not None and name not in told}
        if self._is_nothing(told):
            return None if explicit and scope.empty_is_null else MISSING
        return told

    def write(self, body: Body, value: JsonValue, scope: WriteScope) -> None:
        for field in self.fields:
            if field.direction is Direction.READ:
                continue
            if value is not None:
                field.write(body, value, scope)
            elif not self.needs or set(field.names) & set(self.needs):
                field.write(body, {}, scope)

    def fits(self, item: JsonValue) -> bool:
        """Whether an item has the constants of this object."""
        constants = (
            (field.names[0], field.node.value) for field in self.fields if isinstance(field.node, ConstantNode)
        )
        return all(item.get(name) == value for name, value in constants)

    def _is_nothing(self, told: Mapping[str, JsonValue]) -> bool:
        constant = {field.names[0] for field in self.fields if isinstance(field.node, ConstantNode)}
        return not (told.keys() - constant) or any(name not in told for name in self.needs)


@dataclass(frozen=True, slots=True)
class ListNode(Node):
    """A collection that the wire holds as a list. `item` is None for a list of plain values."""

    path: Path
    item: ObjectNode | None
    transforms: tuple[Transform, ...] = ()
    when: tuple[Condition, ...] = ()

    def read(self, scope: ReadScope) -> JsonValue | Missing:
        found = self.path.read(scope.payload)
        if found is MISSING or found is None or found == "":
            return MISSING if found is MISSING or not scope.empty_is_null else None
        if not isinstance(found, list):
            return scope.refuse(self.path.pointer(), "wrong_type", "must be a list")
        items = [self._item(each, position, scope) for position, each in enumerate(found)]
        return [item for item in items if item is not MISSING and item is not None] or None

    def write(self, body: Body, value: JsonValue, scope: WriteScope) -> None:
        self.path.write(body, [self._wire_item(item, scope) for item in value or ()])

    def _item(self, raw: JsonValue, position: int, scope: ReadScope) -> JsonValue | Missing:
        here = scope.inside(raw, self.path.pointer() + pointer_to(position))
        if self.item is None:
            return ValueNode((Path(()),), self.transforms).read(here)
        if not isinstance(raw, Mapping):
            return here.refuse("", "wrong_type", "must be an object")
        return self.item.read(here) if all_hold(self.when, raw) else MISSING

    def _wire_item(self, item: JsonValue, scope: WriteScope) -> JsonValue:
        if self.item is not None:
            wire: Body = {}
            self.item.write(wire, item, scope)
            return wire
        for transform in reversed(self.transforms):
            item = transform.write(item)
        return item


@dataclass(frozen=True, slots=True)
class SlotsNode(Node):
    """A collection that the wire holds in fixed places: `Email` and `Email2`, or one tax number per kind.

    An item goes to the first free slot whose constants it has; what finds none has no place in that system.
    """

    slots: tuple[Field, ...]

    def read(self, scope: ReadScope) -> JsonValue | Missing:
        told = [slot.node.read(scope) for slot in self.slots if slot.direction is not Direction.WRITE]
        items = [value for value in told if value is not MISSING and value is not None]
        if items:
            return items
        return None if None in told else MISSING

    def write(self, body: Body, value: JsonValue, scope: WriteScope) -> None:
        waiting = list(value or ())
        for slot in self.slots:
            if slot.direction is Direction.READ or not slot.applies(scope.document):
                continue
            item = next((each for each in waiting if _fits(slot.node, each)), None)
            if item is not None:
                waiting.remove(item)
            slot.node.write(body, item, scope)


def _fits(node: Node, item: JsonValue) -> bool:
    return not isinstance(node, ObjectNode) or node.fits(item)
