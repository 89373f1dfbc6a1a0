"""The section `survivorship` of a rule set, as frozen dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass

from mdm.entity_types.base import JsonValue


@dataclass(frozen=True, slots=True)
class AttributePolicy:
    """How one attribute survives. `trust` and `half_life_days` override the section's, by system."""

    strategy: str
    item_strategy: str | None
    trust: Mapping[str, int]
    half_life_days: Mapping[str, int]

    def to_document(self) -> dict[str, JsonValue]:
        document: dict[str, JsonValue] = {"strategy": self.strategy}
        if self.item_strategy is not None:
            document["item_strategy"] = self.item_strategy
        if self.trust:
            document["trust"] = dict(self.trust)
        if self.half_life_days:
            document["half_life_days"] = dict(self.half_life_days)
        return document


@dataclass(frozen=True, slots=True)
class SurvivorshipRules:
    """The survivorship policy: trust per system (0 to 100, `*` for systems not named) and a strategy per attribute."""

    trust: Mapping[str, int]
    half_life_days: Mapping[str, int]
    attributes: Mapping[str, AttributePolicy]

    def to_document(self) -> dict[str, JsonValue]:
        return {
            "trust": dict(self.trust),
            "half_life_days": dict(self.half_life_days),
            "attributes": {name: each.to_document() for name, each in self.attributes.items()},
        }
