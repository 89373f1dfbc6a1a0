"""Reading the section `survivorship` of a rule set."""

from collections.abc import Mapping

from mdm.entity_types.base import Attribute, AttributeType
from mdm.rules.policies import AttributePolicy, SurvivorshipRules
from mdm.rules.reading import Reader
from mdm.survivorship.strategies import strategies

UNION = "union"
_MOST_DAYS = 36_500


def parse_survivorship(read: Reader, attributes: Mapping[str, Attribute]) -> SurvivorshipRules:
    """The policies of an entity type with these attributes."""
    read.known_keys(("trust", "half_life_days", "attributes"))
    policies = read.section("attributes")
    policies.known_keys(attributes)
    return SurvivorshipRules(
        trust=_numbers(read, "trust", high=100),
        half_life_days=_numbers(read, "half_life_days", high=_MOST_DAYS),
        attributes={name: _parse_policy(policies.section(name), attribute) for name, attribute in attributes.items()},
    )


def _parse_policy(read: Reader, attribute: Attribute) -> AttributePolicy:
    read.known_keys(["strategy", "item_strategy", "trust", "half_life_days"])
    whole = [name for name in strategies.names() if name != UNION]
    strategy = read.one_of("strategy", strategies.names())
    item_strategy = read.optional_text("item_strategy", among=whole)
    if strategy == UNION and attribute.type is not AttributeType.COLLECTION:
        read.mistake("strategy", "union is for collections; choose one that keeps a single value")
    if item_strategy is not None and strategy != UNION:
        read.mistake("item_strategy", "is only for the strategy union")
    return AttributePolicy(
        strategy=strategy,
        item_strategy=item_strategy,
        trust=_numbers(read, "trust", high=100),
        half_life_days=_numbers(read, "half_life_days", high=_MOST_DAYS),
    )


def _numbers(read: Reader, key: str, *, high: int) -> dict[str, int]:
    section = read.section(key, required=False)
    return {system: section.integer(system, low=0 if high == 100 else 1, high=high) for system in section}
