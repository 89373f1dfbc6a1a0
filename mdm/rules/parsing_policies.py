"""Reading the section `survivorship` of a rule set."""

from collections.abc import Mapping
from dataclasses import dataclass

from mdm.entity_types.base import Attribute, AttributeType
from mdm.rules.conditions import Conditional
from mdm.rules.parsing_conditions import parse_cases
from mdm.rules.parsing_groups import check_alike, parse_groups
from mdm.rules.policies import AttributePolicy, Decay, DecayShape, Items, SurvivorshipRules
from mdm.rules.reading import Reader
from mdm.survivorship.strategies import strategies
from mdm.survivorship.validity import VALID_FROM, VALID_TO, has_validity

UNION, LONGEST_VALID = "union", "longest_valid"
_MOST_DAYS = 36_500


def parse_survivorship(
    read: Reader, attributes: Mapping[str, Attribute], ownership: Mapping[str, object]
) -> SurvivorshipRules:
    """The policies of an entity type with these attributes; `ownership` by attribute is only compared."""
    read.known_keys(("trust", "half_life_days", "decay", "groups", "attributes"))
    policies = read.section("attributes")
    policies.known_keys(attributes)
    grouped = read.section("groups", required=False)
    groups = parse_groups(grouped, attributes)
    found = SurvivorshipRules(
        trust=_parse_trust(read),
        decay=_parse_decay(read),
        attributes={
            name: _parse_policy(policies.section(name), attributes, _Subject(attribute, _members(name, groups)))
            for name, attribute in attributes.items()
        },
        groups=groups,
    )
    check_alike(grouped, groups, found.attributes, what="policy")
    check_alike(grouped, groups, ownership, what="ownership")
    return found


@dataclass(frozen=True, slots=True)
class _Subject:
    """The attribute that a policy is about, and the group that it survives with."""

    attribute: Attribute
    group: tuple[str, ...]


def _members(name: str, groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return next((members for members in groups.values() if name in members), ())


def _parse_policy(read: Reader, attributes: Mapping[str, Attribute], subject: _Subject) -> Conditional[AttributePolicy]:
    """One policy, or a choice of several: `when` with a case for each condition, and what holds `otherwise`."""
    if "when" not in read:
        return Conditional(_parse_plain(read, attributes, subject))
    read.known_keys(("when", "otherwise"))
    cases = parse_cases(read, attributes, then=lambda case: _parse_plain(case, attributes, subject, beside=("if",)))
    return Conditional(_parse_plain(read.section("otherwise"), attributes, subject), cases)


def _parse_plain(
    read: Reader, attributes: Mapping[str, Attribute], subject: _Subject, *, beside: tuple[str, ...] = ()
) -> AttributePolicy:
    attribute, group = subject.attribute, [attributes[name] for name in subject.group]
    read.known_keys((*beside, "strategy", "item_strategy", "items", "united", "trust", "half_life_days", "decay"))
    whole = [name for name in strategies.names() if name != UNION]
    strategy = read.one_of("strategy", strategies.names())
    item_strategy = read.optional_text("item_strategy", among=whole)
    if strategy == UNION and attribute.type is not AttributeType.COLLECTION:
        read.mistake("strategy", "union is for collections; choose one that keeps a single value")
    if item_strategy is not None and strategy != UNION:
        read.mistake("item_strategy", "is only for the strategy union")
    if strategy == UNION and group:
        read.mistake("strategy", "union keeps items of many records, but a group survives from one")
    if strategy == LONGEST_VALID and not has_validity(group):
        read.mistake("strategy", f"longest_valid needs a group with {VALID_FROM} or {VALID_TO}")
    if item_strategy == LONGEST_VALID and not has_validity(attribute.item):
        read.mistake("item_strategy", f"longest_valid needs items with {VALID_FROM} or {VALID_TO}")
    items, united = _parse_items(read, attribute, is_union=strategy == UNION)
    return AttributePolicy(
        strategy=strategy,
        item_strategy=item_strategy,
        trust=_parse_trust(read),
        decay=_parse_decay(read),
        items=items,
        united=united,
    )


def _parse_items(read: Reader, attribute: Attribute, *, is_union: bool) -> tuple[Items | None, tuple[str, ...]]:
    items = read.optional_text("items", among=[each.value for each in Items])
    united = read.names("united", required=False)
    read.unique("united", united)
    if (items is not None or united) and not (is_union and attribute.item):
        read.mistake("items" if items is not None else "united", "is only for the strategy union of objects")
    if united and items is None:
        read.mistake("united", "needs items, so that each item survives by itself")
    nested = {part.name for part in attribute.item if part.type is AttributeType.COLLECTION}
    for name in united:
        if name not in nested:
            read.mistake("united", f"{name} is no collection in each item")
    return (Items(items) if items in list(Items) else None), united


def _parse_trust(read: Reader) -> dict[str, int]:
    section = read.section("trust", required=False)
    return {system: section.integer(system, low=0, high=100) for system in section}


def _parse_decay(read: Reader) -> dict[str, Decay]:
    """Half-lives in days, and whole decays, by system; a system has one of them."""
    half_lives, decays = read.section("half_life_days", required=False), read.section("decay", required=False)
    found = {
        system: Decay(DecayShape.HALF_LIFE, half_lives.integer(system, low=1, high=_MOST_DAYS)) for system in half_lives
    }
    for system in decays:
        if system in half_lives:
            decays.mistake(system, "has its half_life_days already; leave one of them out")
        found[system] = _parse_one_decay(decays.section(system))
    return found


def _parse_one_decay(read: Reader) -> Decay:
    read.known_keys(("shape", "days", "to"))
    shape = read.one_of("shape", [each.value for each in DecayShape])
    return Decay(
        shape=DecayShape(shape) if shape else DecayShape.HALF_LIFE,
        days=read.integer("days", low=1, high=_MOST_DAYS),
        to=read.integer("to", low=0, high=100) if "to" in read else 0,
    )
