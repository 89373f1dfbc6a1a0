"""Reading a mapping document: checked whole, refused with the path of every mistake."""

from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from matching.errors import RuleMistake
from mdm.entity_types.base import Attribute, JsonValue
from mdm.entity_types.flattening import ADDRESS_COMPONENTS
from mdm.mapping.composites import ListNode, ObjectNode, SlotsNode
from mdm.mapping.conditions import Condition
from mdm.mapping.documents import SourceTime, SystemMapping
from mdm.mapping.nodes import (
    ConstantNode,
    Direction,
    Field,
    Node,
    ReferenceNode,
    ValueNode,
)
from mdm.mapping.paths import Path, parse_path
from mdm.mapping.transforms import transforms
from mdm.mapping.transforms.base import Transform
from mdm.rules.errors import InvalidMapping
from mdm.rules.reading import Reader

_KEYS = ("system", "entity_type", "key", "source_time", "deleted", "when", "empty", "null", "attributes")
_VALUE_KEYS = ("path", "paths", "transform", "default")
_FIELD_KEYS = ("direction", "only_if", "required")


def load_mapping(file: FilePath, *, attributes: Sequence[Attribute] | None = None) -> SystemMapping:
    """Parse a YAML file. Raises InvalidMapping, OSError."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise InvalidMapping([RuleMistake("$", f"is not YAML: {error}")]) from error
    return parse_mapping(document, attributes=attributes)


def parse_mapping(document: JsonValue, *, attributes: Sequence[Attribute] | None = None) -> SystemMapping:
    """The mapping in a document. Raises InvalidMapping with every mistake.

    `attributes` are those of the entity type; with them, names that it does not have are mistakes too.
    """
    mistakes: list[RuleMistake] = []
    read = Reader(document, mistakes=mistakes)
    read.known_keys(_KEYS)
    mapping = SystemMapping(
        system=read.text("system"),
        entity_type=read.text("entity_type"),
        key=_parse_value(_reader(read.value("key"), "key", mistakes)),
        source_time=_parse_time(read.section("source_time")) if "source_time" in read else None,
        deleted=_parse_conditions(read, "deleted"),
        when=_parse_conditions(read, "when"),
        empty_is_null="empty" in read and read.one_of("empty", ("silent", "says_none")) == "says_none",
        null=read.value("null"),
        fields=_parse_fields(read.section("attributes"), attributes),
        document=document if isinstance(document, Mapping) else {},
    )
    if mistakes:
        raise InvalidMapping(mistakes)
    return mapping


def _reader(raw: JsonValue, path: str, mistakes: list[RuleMistake]) -> Reader:
    """A view of a node; a bare text is short for its path."""
    return Reader({"path": raw} if isinstance(raw, str) else raw, path=path, mistakes=mistakes)


def _parse_fields(read: Reader, attributes: Sequence[Attribute] | None) -> tuple[Field, ...]:
    known = None if attributes is None else {attribute.name: attribute for attribute in attributes}
    fields: list[Field] = []
    for key in read:
        names = tuple(key.split("+"))
        for name in names:
            if known is not None and name not in known:
                read.mistake(key, f"there is no attribute {name}")
        raw = read.value(key)
        attribute = known.get(names[0]) if known is not None and len(names) == 1 else None
        several = isinstance(raw, list)
        for position, each in enumerate(raw if isinstance(raw, list) else [raw]):
            path = f"{read.at(key)}[{position}]" if several else read.at(key)
            fields.append(_parse_field(names, _reader(each, path, read.mistakes), attribute))
    return tuple(fields)


def _parse_field(names: tuple[str, ...], read: Reader, attribute: Attribute | None) -> Field:
    direction = read.enum("direction", Direction, default=Direction.BOTH)
    conditions = read.section("only_if", required=False)
    only_if = tuple(
        (name, tuple(value) if isinstance(value := conditions.value(name), list) else (value,)) for name in conditions
    )
    node = _parse_node(read, attribute)
    one_way = isinstance(node, ConstantNode) or (
        isinstance(node, ValueNode) and not all(transform.two_way for transform in node.transforms)
    )
    if one_way and direction is Direction.WRITE:
        read.mistake("direction", "must be read: this cannot be written")
    required = read.flag("required", default=False)
    return Field(names, node, Direction.READ if one_way else direction, only_if, required)


def _parse_node(read: Reader, attribute: Attribute | None) -> Node:
    if "constant" in read:
        read.known_keys(("constant", *_FIELD_KEYS))
        return ConstantNode(read.value("constant"))
    if "reference" in read:
        return _parse_reference(read, attribute)
    if "each" in read:
        return _parse_slots(read, attribute)
    if "items" in read:
        return _parse_list(read, attribute)
    if "components" in read:
        read.known_keys(("components", "needs", *_FIELD_KEYS))
        return _parse_object(read, attribute)
    return _parse_value(read)


def _parse_object(read: Reader, attribute: Attribute | None) -> ObjectNode:
    fields = _parse_fields(read.section("components"), None if attribute is None else _components(attribute))
    needs = read.names("needs", among={name for field in fields for name in field.names}, required=False)
    return ObjectNode(fields, needs)


def _components(attribute: Attribute) -> tuple[Attribute, ...]:
    if attribute.item:
        return attribute.item
    names = {"address": ADDRESS_COMPONENTS, "money": ("amount", "currency")}.get(attribute.type.value, ())
    return tuple(Attribute(name, name) for name in names)


def _parse_reference(read: Reader, attribute: Attribute | None) -> ReferenceNode:
    read.known_keys(("reference", *_VALUE_KEYS, *_FIELD_KEYS))
    target = read.section("reference")
    target.known_keys(("system", "entity_type"))
    entity_type = target.text("entity_type")
    if attribute is not None and attribute.target and entity_type != attribute.target:
        target.mistake("entity_type", f"must be {attribute.target}")
    return ReferenceNode(target.text("system"), entity_type, _parse_value(read))


def _parse_slots(read: Reader, attribute: Attribute | None) -> SlotsNode:
    read.known_keys(("each", *_FIELD_KEYS))
    value = read.value("each")
    if not isinstance(value, list) or not value:
        read.mistake("each", "must be a list of places")
        return SlotsNode(())
    return SlotsNode(
        tuple(
            _parse_field(("item",), _reader(each, f"{read.at('each')}[{position}]", read.mistakes), attribute)
            for position, each in enumerate(value)
        )
    )


def _parse_list(read: Reader, attribute: Attribute | None) -> ListNode:
    read.known_keys(("items", "components", "needs", "transform", "when", *_FIELD_KEYS))
    return ListNode(
        path=_parse_path(read, "items", read.value("items")),
        item=_parse_object(read, attribute) if "components" in read else None,
        transforms=_parse_transforms(read),
        when=_parse_conditions(read, "when"),
    )


def _parse_value(read: Reader) -> ValueNode:
    read.known_keys((*_VALUE_KEYS, *_FIELD_KEYS, "reference"))
    if ("path" in read) == ("paths" in read):
        read.mistake("path", "give either path or paths")
        return ValueNode(())
    raws = read.value("paths") if "paths" in read else [read.value("path")]
    if not isinstance(raws, list) or not raws:
        read.mistake("paths", "must be a list of paths")
        return ValueNode(())
    key = "paths" if "paths" in read else "path"
    paths = tuple(_parse_path(read, key, raw) for raw in raws)
    chain = _parse_transforms(read)
    if len(paths) > 1 and not chain:
        read.mistake("transform", "is needed to make one value of several paths")
    return ValueNode(paths, chain, read.value("default"))


def _parse_path(read: Reader, key: str, raw: JsonValue) -> Path:
    # A list of names is a path too, for names that hold dots or brackets.
    if isinstance(raw, list) and raw and all(isinstance(name, str) for name in raw):
        return Path(tuple(raw))
    try:
        return parse_path(raw if isinstance(raw, str) else "")
    except ValueError as error:
        read.mistake(key, str(error))
        return Path(())


def _parse_transforms(read: Reader) -> tuple[Transform, ...]:
    raw = read.value("transform")
    if raw is None:
        return ()
    several = isinstance(raw, list)
    chain = []
    for position, each in enumerate(raw if isinstance(raw, list) else [raw]):
        path = f"{read.at('transform')}[{position}]" if several else read.at("transform")
        if transform := _parse_transform(each, path, read.mistakes):
            chain.append(transform)
    return tuple(chain)


def _parse_transform(raw: JsonValue, path: str, mistakes: list[RuleMistake]) -> Transform | None:
    named = {raw: {}} if isinstance(raw, str) else raw
    if not isinstance(named, Mapping) or len(named) != 1:
        mistakes.append(RuleMistake(path, "must be the name of a transform, or that name with its parameters"))
        return None
    [(name, parameters)] = named.items()
    if name not in transforms:
        mistakes.append(RuleMistake(path, f"must be one of {', '.join(transforms.names())}"))
        return None
    return transforms.get(name).parse(Reader(parameters or {}, path=f"{path}.{name}", mistakes=mistakes))


def _parse_time(read: Reader) -> SourceTime:
    read.known_keys(("path", "paths", "format", "zone"))
    zone = read.text("zone") if "zone" in read else "UTC"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        read.mistake("zone", "must be a time zone such as Europe/Berlin")
    raws = read.value("paths") if "paths" in read else [read.value("path")]
    paths = tuple(_parse_path(read, "path", raw) for raw in raws) if isinstance(raws, list) else ()
    return SourceTime(paths, read.text("format"), zone)


def _parse_conditions(read: Reader, key: str) -> tuple[Condition, ...]:
    if key not in read:
        return ()
    raw = read.value(key)
    several = isinstance(raw, list)
    return tuple(
        _parse_condition(
            Reader(each, path=f"{read.at(key)}[{position}]" if several else read.at(key), mistakes=read.mistakes)
        )
        for position, each in enumerate(raw if isinstance(raw, list) else [raw])
    )


def _parse_condition(read: Reader) -> Condition:
    read.known_keys(("path", "one_of", "none_of", "filled"))
    if not any(key in read for key in ("one_of", "none_of", "filled")):
        read.mistake("one_of", "give one_of, none_of or filled")
    return Condition(
        path=_parse_path(read, "path", read.value("path")),
        one_of=_words(read, "one_of"),
        none_of=_words(read, "none_of"),
        filled=read.flag("filled", default=True) if "filled" in read else None,
    )


def _words(read: Reader, key: str) -> tuple[JsonValue, ...]:
    value = read.value(key)
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(value)
    read.mistake(key, "must be a list")
    return ()
