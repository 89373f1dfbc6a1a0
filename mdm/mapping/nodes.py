"""The tree of a mapping: each node reads one canonical value out of a payload and writes it into a wire body."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mdm.entity_types.base import JsonValue
from mdm.mapping.paths import MISSING, Missing, Path
from mdm.mapping.transforms.base import Transform, Unreadable
from mdm.validation import Problem

Body = dict[str, JsonValue]
RemoteKeys = Callable[[Mapping[str, JsonValue]], str | None]


class Direction(StrEnum):
    """Which way a field is used."""

    BOTH = "both"
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class ReadScope:
    """The payload, or the part of one, that a node reads from, and where problems are collected.

    `pointer` leads to this part. `empty_is_null` makes an empty text or null say that there is no value; otherwise it
    says nothing. `document` holds what was read before, for conditions.
    """

    payload: JsonValue
    pointer: str
    empty_is_null: bool
    problems: list[Problem]
    document: Mapping[str, JsonValue]

    def inside(self, payload: JsonValue, pointer: str) -> "ReadScope":
        return ReadScope(payload, self.pointer + pointer, self.empty_is_null, self.problems, self.document)

    def refuse(self, pointer: str, code: str, detail: str) -> Missing:
        """Collect a problem; the value counts as not told."""
        self.problems.append(Problem(self.pointer + pointer, code, detail))
        return MISSING


@dataclass(frozen=True, slots=True)
class WriteScope:
    """What writing needs beside the value: the remote keys, the wire's null, the whole document for conditions."""

    keys: RemoteKeys
    null: JsonValue
    document: Mapping[str, JsonValue]


class Node(ABC):
    """Reads and writes one value."""

    __slots__ = ()

    @abstractmethod
    def read(self, scope: ReadScope) -> JsonValue | Missing:
        """The value; None when the source says there is none, MISSING when it says nothing or nothing readable."""

    @abstractmethod
    def write(self, body: Body, value: JsonValue, scope: WriteScope) -> None:
        """Write the value, None for the wire's null."""


@dataclass(frozen=True, slots=True)
class ConstantNode(Node):
    """A value that no payload tells. Nothing is written."""

    value: JsonValue

    def read(self, scope: ReadScope) -> JsonValue | Missing:
        return self.value

    def write(self, body: Body, value: JsonValue, scope: WriteScope) -> None:
        return None


@dataclass(frozen=True, slots=True)
class ValueNode(Node):
    """One value at one path, or several that transforms make one of. `default` stands in for an empty value."""

    paths: tuple[Path, ...]
    transforms: tuple[Transform, ...] = ()
    default: JsonValue = None

    def read(self, scope: ReadScope) -> JsonValue | Missing:
        raws = [path.read(scope.payload) for path in self.paths]
        reads_empty = bool(self.transforms) and self.transforms[0].reads_empty
        if all(_is_empty(raw) for raw in raws) and not (reads_empty and (len(raws) > 1 or raws != [MISSING])):
            return self._empty(raws, scope)
        told = [None if raw is MISSING else raw for raw in raws]
        value: JsonValue = told[0] if len(told) == 1 else told
        try:
            for transform in self.transforms:
                value = transform.read(value) if value is not None or transform.reads_empty else None
        except Unreadable as unreadable:
            return scope.refuse(self._pointer_of(raws), unreadable.code, unreadable.detail)
        return self._empty(raws, scope) if value is None else value

    def write(self, body: Body, value: JsonValue, scope: WriteScope) -> None:
        raws = [self._null(scope)] * len(self.paths) if value is None else self._written(value)
        for path, raw in zip(self.paths, raws, strict=True):
            path.write(body, scope.null if raw is None else raw)

    def _written(self, value: JsonValue) -> list[JsonValue]:
        for transform in reversed(self.transforms):
            value = transform.write(value)
        return [value] if len(self.paths) == 1 else value

    def _null(self, scope: WriteScope) -> JsonValue:
        written = self.transforms[0].written_for_none if self.transforms else None
        return scope.null if written is None else written

    def _empty(self, raws: list[JsonValue], scope: ReadScope) -> JsonValue | Missing:
        if self.default is not None:
            return self.default
        if all(raw is MISSING for raw in raws):
            return MISSING
        return None if scope.empty_is_null else MISSING

    def _pointer_of(self, raws: list[JsonValue]) -> str:
        filled = (path for path, raw in zip(self.paths, raws, strict=True) if not _is_empty(raw))
        return next(filled, self.paths[0]).pointer()


def _is_empty(raw: JsonValue | Missing) -> bool:
    return raw is MISSING or raw is None or (isinstance(raw, str) and not raw.strip())


@dataclass(frozen=True, slots=True)
class ReferenceNode(Node):
    """A reference to another record by the key that its system knows it by."""

    system: str
    entity_type: str
    key: ValueNode

    def read(self, scope: ReadScope) -> JsonValue | Missing:
        key = self.key.read(scope)
        if key is MISSING or key is None:
            return key
        return {"system": self.system, "entity_type": self.entity_type, "key": str(key)}

    def write(self, body: Body, value: JsonValue, scope: WriteScope) -> None:
        if value is None:
            self.key.write(body, None, scope)
        elif key := scope.keys(value):
            self.key.write(body, key, scope)


@dataclass(frozen=True, slots=True)
class Field:
    """Attributes, or components, and the node that tells them: usually one, several where one wire text holds several.

    `only_if` names attributes of the document and the values they must have for the field to be used. `required`
    refuses a payload that tells none of the names: what a system must always say, whatever the entity type asks.
    """

    names: tuple[str, ...]
    node: Node
    direction: Direction = Direction.BOTH
    only_if: tuple[tuple[str, tuple[JsonValue, ...]], ...] = ()
    required: bool = False

    def applies(self, document: Mapping[str, JsonValue]) -> bool:
        """Whether the document meets `only_if`; an attribute that it does not tell stands in nobody's way."""
        return all(name not in document or document[name] in values for name, values in self.only_if)

    def read(self, scope: ReadScope) -> dict[str, JsonValue]:
        """The values told, by name."""
        seen = len(scope.problems)
        value = self.node.read(scope)
        if self.required and (value is MISSING or value is None) and len(scope.problems) == seen:
            pointer = self.node.paths[0].pointer() if isinstance(self.node, ValueNode) else ""
            value = scope.refuse(pointer, "required", "must be given")
        if value is MISSING:
            return {}
        if len(self.names) == 1:
            return {self.names[0]: value}
        told = value if isinstance(value, Mapping) else {}
        return {name: told.get(name) for name in self.names}

    def write(self, body: Body, values: Mapping[str, JsonValue], scope: WriteScope) -> None:
        if len(self.names) == 1:
            self.node.write(body, values.get(self.names[0]), scope)
            return
        group = {name: values.get(name) for name in self.names}
        self.node.write(body, group if any(each is not None for each in group.values()) else None, scope)
