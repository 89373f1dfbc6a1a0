"""Reading the section `ownership` of a rule set."""

from collections.abc import Mapping

from mdm.entity_types.base import Attribute
from mdm.rules.conditions import Conditional
from mdm.rules.documents import ANY_OTHER_SYSTEM, AttributeOwnership, OnConflict, Override
from mdm.rules.parsing_conditions import parse_cases
from mdm.rules.reading import Reader

_PARTS = ("owner", "contributors", "proposers", "receivers", "on_conflict", "override", "parts")
_NOBODY = AttributeOwnership(owner=None, contributors=(), proposers=(), receivers=(), on_conflict=OnConflict.PROPOSE)


def parse_ownership(read: Reader, attributes: Mapping[str, Attribute]) -> dict[str, Conditional[AttributeOwnership]]:
    """Who owns each attribute, perhaps under conditions."""
    read.known_keys(attributes)
    return {name: _parse_entry(read.section(name), name, attributes) for name in attributes}


def _parse_entry(read: Reader, name: str, attributes: Mapping[str, Attribute]) -> Conditional[AttributeOwnership]:
    attribute = attributes[name]
    plain = _parse_parts(read, attribute, beside="when", default=_NOBODY)
    cases = parse_cases(read, attributes, then=lambda case: _parse_parts(case, attribute, beside="if", default=plain))
    return Conditional(plain, cases)


def _parse_parts(read: Reader, attribute: Attribute, *, beside: str, default: AttributeOwnership) -> AttributeOwnership:
    """What is left out is as in `default`."""
    read.known_keys((beside, *_PARTS))

    def names(part: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
        return read.names(part, required=False) if part in read else otherwise

    owner = read.text_or_none("owner") if "owner" in read else default.owner
    contributors = names("contributors", default.contributors)
    read.unique("contributors", contributors)
    if owner in contributors:
        read.mistake("contributors", "must not name the owner")
    if owner == ANY_OTHER_SYSTEM:
        read.mistake("owner", "must be one system")
    return AttributeOwnership(
        owner=owner,
        contributors=contributors,
        proposers=names("proposers", default.proposers),
        receivers=names("receivers", default.receivers),
        on_conflict=read.enum("on_conflict", OnConflict, default=default.on_conflict),
        override=read.enum("override", Override, default=default.override),
        parts=_parse_item_parts(read, attribute) if "parts" in read else default.parts,
    )


def _parse_item_parts(read: Reader, attribute: Attribute) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Who tells some parts of each item; what makes items the same is nobody's in particular."""
    section = read.section("parts")
    identity = {name for key in attribute.item_key for name in key.split("|")}
    section.known_keys([part.name for part in attribute.item if part.name not in identity])
    found = []
    for name in section:
        systems = section.names(name)
        section.unique(name, systems)
        found.append((name, systems))
    return tuple(found)
