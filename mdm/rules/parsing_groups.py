"""Reading groups of attributes that survive together, and what they must have in common."""

from collections.abc import Mapping

from mdm.entity_types.base import Attribute
from mdm.rules.reading import Reader


def parse_groups(read: Reader, attributes: Mapping[str, Attribute]) -> dict[str, tuple[str, ...]]:
    """The groups by name, each with two attributes at least; an attribute is in one group at most.

    What is none of the attributes is left out, after noting the mistake.
    """
    groups: dict[str, tuple[str, ...]] = {}
    for group in read:
        members = read.names(group, among=attributes)
        read.unique(group, members)
        if len(members) < 2:
            read.mistake(group, "must name two attributes at least")
        for index, name in enumerate(members):
            other = next((earlier for earlier, inside in groups.items() if name in inside), None)
            if other is not None:
                read.mistake(f"{group}[{index}]", f"survives in the group {other} already")
        groups[group] = tuple(name for name in dict.fromkeys(members) if name in attributes)
    return groups


def check_alike(read: Reader, groups: Mapping[str, tuple[str, ...]], rules: Mapping[str, object], *, what: str) -> None:
    """Note a mistake for each group whose attributes do not have one rule: its record is chosen once for all."""
    for group, members in groups.items():
        differing = [name for name in members[1:] if rules[name] != rules[members[0]]]
        if differing:
            read.mistake(group, f"needs one {what} for all: {', '.join(differing)} differs from {members[0]}")
