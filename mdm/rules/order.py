"""In which order attributes survive: each after those that its conditions look at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matching.errors import RuleMistake
from mdm.rules.conditions import Conditional


@dataclass(frozen=True, slots=True)
class Unit:
    """What survives as one: an attribute by itself, or the attributes of a group, whose values come from one record."""

    attributes: tuple[str, ...]
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A condition looks at `attribute`; `path` is where the document says so."""

    attribute: str
    path: str


# Any: whatever holds under the conditions.
def looks_of(rules: Mapping[str, Conditional[Any]], name: str, *, section: str) -> Iterator[Look]:
    """What the conditions of one attribute's rule look at."""
    for index, case in enumerate(rules[name].cases if name in rules else ()):
        yield Look(case.condition.attribute, f"{section}.{name}.when[{index}].if.attribute")


def survival_order(
    names: Sequence[str], groups: Mapping[str, Sequence[str]], looks: Mapping[str, Sequence[Look]]
) -> tuple[tuple[Unit, ...], list[RuleMistake]]:
    """The units in an order in which they can survive, as written where nothing else is asked, and every cycle."""
    units = {name: Unit((name,)) for name in names}
    for group, members in groups.items():
        inside = set(members)
        units |= dict.fromkeys(members, Unit(tuple(name for name in names if name in inside), group))
    walk = _Walk(units, looks)
    for name in names:
        walk.visit(units[name], way=())
    return tuple(walk.done), walk.mistakes


@dataclass(slots=True)
class _Walk:
    units: Mapping[str, Unit]
    looks: Mapping[str, Sequence[Look]]
    done: dict[Unit, None] = field(default_factory=dict)
    mistakes: list[RuleMistake] = field(default_factory=list)

    def visit(self, unit: Unit, *, way: tuple[tuple[Unit, str], ...]) -> None:
        """Settle what the unit looks at, then itself. `way` are the units that wait for it, and as which attribute."""
        for name in unit.attributes:
            for look in self.looks.get(name, ()):
                needed = self.units.get(look.attribute)
                passed = [*way, (unit, name)]
                before = next((place for place, (each, _) in enumerate(passed) if each == needed), None)
                if before is not None:
                    circle = " → ".join([*(each for _, each in passed[before:]), look.attribute])
                    self.mistakes.append(RuleMistake(look.path, f"goes round in a circle: {circle}"))
                elif needed is not None and needed not in self.done:
                    self.visit(needed, way=tuple(passed))
        self.done[unit] = None
