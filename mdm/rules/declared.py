"""Attributes declared at run time: the section `attributes` of a rule set. They need no code and no migration."""

import re
from collections.abc import Collection, Mapping, Sequence

from matching.errors import RuleMistake
from mdm.entity_types import entity_types
from mdm.entity_types.base import Attribute, AttributeType, JsonValue, ReviewKind
from mdm.rules.errors import InvalidRuleSet
from mdm.rules.reading import Reader

# What a document can say by itself. An address and items with parts of their own have code that knows their parts.
DECLARABLE = (
    AttributeType.TEXT,
    AttributeType.INTEGER,
    AttributeType.DECIMAL,
    AttributeType.MONEY,
    AttributeType.DATE,
    AttributeType.BOOLEAN,
    AttributeType.CHOICE,
    AttributeType.REFERENCE,
    AttributeType.COLLECTION,
)
# Members of a golden document and fields beside the attributes in the form that proposes values.
RESERVED = frozenset(
    {"attributes", "corrections", "entity_type", "id", "item", "lineage", "merged_into", "pin", "pin_until", "position"}
    | {"quality", "reason", "status", "updated_at", "version"}
)
_PARTS = ("label", "type", "group", "required", "personal", "choices", "target")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


def parse_declared(read: Reader, coded: Collection[str]) -> tuple[Attribute, ...]:
    """The declared attributes in the order of the document; one with a name that cannot be is left out, and noted."""
    found = []
    for name in read:
        attribute = _parse_one(name, read.section(name))
        problem = _name_problem(name, coded)
        if problem:
            read.mistake(name, problem)
        else:
            found.append(attribute)
    return tuple(found)


def declared_attributes(section: JsonValue) -> tuple[Attribute, ...]:
    """Those of a section that was checked when it was drafted. Raises InvalidRuleSet for another."""
    mistakes: list[RuleMistake] = []
    found = parse_declared(Reader(section, path="attributes", mistakes=mistakes), ())
    if mistakes:
        raise InvalidRuleSet(mistakes)
    return found


def declared_document(attributes: Sequence[Attribute]) -> dict[str, JsonValue]:
    """The section that parses to these attributes. What says nothing is left out."""
    return {each.name: _one_document(each) for each in attributes}


def same_form(one: Attribute, other: Attribute) -> bool:
    """Whether a value that is right for one is right for the other."""
    return _form(one) == _form(other)


def _form(attribute: Attribute) -> tuple[object, ...]:
    return attribute.type, attribute.target, frozenset(attribute.choices)


def _name_problem(name: str, coded: Collection[str]) -> str:
    if name in coded:
        return "is the name of a built-in attribute; choose another"
    if name in RESERVED:
        return "has a meaning of its own in documents and forms; choose another name"
    if not _NAME.fullmatch(name):
        return "must begin with a small letter and have small letters, digits and _ only, 60 at most"
    return ""


def _parse_one(name: str, read: Reader) -> Attribute:
    read.known_keys(_PARTS)
    kind = AttributeType(read.one_of("type", [str(each) for each in DECLARABLE]) or AttributeType.TEXT)
    return Attribute(
        name=name,
        label=read.text("label"),
        type=kind,
        group=read.enum("group", ReviewKind, default=ReviewKind.DESCRIPTION),
        required=read.flag("required", default=False),
        personal=read.flag("personal", default=False),
        choices=_parse_choices(read, kind),
        target=_parse_target(read, kind),
    )


def _parse_choices(read: Reader, kind: AttributeType) -> tuple[str, ...]:
    if kind is not AttributeType.CHOICE:
        if "choices" in read:
            read.mistake("choices", "are only for the type choice")
        return ()
    choices = read.names("choices")
    read.unique("choices", choices)
    if not choices or not all(each == each.strip() != "" for each in choices):
        read.mistake("choices", "must be texts, one at least, without blanks around them")
    return choices


def _parse_target(read: Reader, kind: AttributeType) -> str:
    if kind is AttributeType.REFERENCE:
        return read.one_of("target", list(entity_types))
    if "target" in read:
        read.mistake("target", "is only for the type reference")
    return ""


def _one_document(attribute: Attribute) -> dict[str, JsonValue]:
    said: Mapping[str, JsonValue] = {
        "required": attribute.required,
        "personal": attribute.personal,
        "choices": list(attribute.choices),
        "target": attribute.target,
    }
    always = {"label": attribute.label, "type": attribute.type.value, "group": attribute.group.value}
    return always | {name: value for name, value in said.items() if value}
