"""The section `survivorship` of a rule set, as frozen dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mdm.entity_types.base import Document, JsonValue
from mdm.rules.conditions import Conditional


class Items(StrEnum):
    """Whose items there are while the owner of a collection tells any: `OWNER` only its own, `ALL` everybody's."""

    OWNER = "owner"
    ALL = "all"


class DecayShape(StrEnum):
    """How trust fades with the age of a value."""

    HALF_LIFE = "half_life"
    LINEAR = "linear"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class Decay:
    """How trust in a value fades: by half every `days`, evenly over `days`, or at once when `days` old.

    It never falls below `to` percent of what it was.
    """

    shape: DecayShape
    days: int
    to: int = 0

    @property
    def is_plain_half_life(self) -> bool:
        """Whether `half_life_days` says it whole."""
        return self.shape is DecayShape.HALF_LIFE and self.to == 0

    def to_document(self) -> dict[str, JsonValue]:
        return {"shape": self.shape.value, "days": self.days, "to": self.to}


@dataclass(frozen=True, slots=True)
class AttributePolicy:
    """How one attribute survives. `trust` and `decay` override the section's, by system.

    With `items` each item of a collection survives by itself, else the owner's collection as a whole. `united` are
    collections inside the items of which everybody's items survive.
    """

    strategy: str
    item_strategy: str | None
    trust: Mapping[str, int]
    decay: Mapping[str, Decay]
    items: Items | None = None
    united: tuple[str, ...] = ()

    def to_document(self) -> dict[str, JsonValue]:
        document: dict[str, JsonValue] = {"strategy": self.strategy}
        if self.item_strategy is not None:
            document["item_strategy"] = self.item_strategy
        if self.items is not None:
            document["items"] = self.items.value
        if self.united:
            document["united"] = list(self.united)
        if self.trust:
            document["trust"] = dict(self.trust)
        return document | {name: part for name, part in _decay_document(self.decay).items() if part}


@dataclass(frozen=True, slots=True)
class SurvivorshipRules:
    """The survivorship policy: trust per system (0 to 100, `*` for systems not named) and a strategy per attribute.

    The attributes of a group survive together, from one source record; they have one policy.
    """

    trust: Mapping[str, int]
    decay: Mapping[str, Decay]
    attributes: Mapping[str, Conditional[AttributePolicy]]
    groups: Mapping[str, tuple[str, ...]]

    def whole_groups(self, values: Document, *, beside: Document) -> dict[str, JsonValue]:
        """These values, and of each group that they touch the rest as it is in `beside`, null where it is not."""
        touched = [members for members in self.groups.values() if not values.keys().isdisjoint(members)]
        return {name: beside.get(name) for members in touched for name in members} | dict(values)

    def to_document(self) -> dict[str, JsonValue]:
        decay = _decay_document(self.decay)
        return {
            "trust": dict(self.trust),
            "half_life_days": decay["half_life_days"],
            **({"decay": decay["decay"]} if decay["decay"] else {}),
            **({"groups": {name: list(each) for name, each in self.groups.items()}} if self.groups else {}),
            "attributes": {name: _policy_document(each) for name, each in self.attributes.items()},
        }


def _policy_document(policy: Conditional[AttributePolicy]) -> dict[str, JsonValue]:
    plain = policy.otherwise.to_document()
    if not policy.cases:
        return plain
    when = [{"if": case.condition.to_document(), **case.then.to_document()} for case in policy.cases]
    return {"when": when, "otherwise": plain}


def _decay_document(decay: Mapping[str, Decay]) -> dict[str, dict[str, JsonValue]]:
    """Plain half-lives in the short form, which rule sets of the past are written in; the rest in the long one."""
    return {
        "half_life_days": {system: each.days for system, each in decay.items() if each.is_plain_half_life},
        "decay": {system: each.to_document() for system, each in decay.items() if not each.is_plain_half_life},
    }
