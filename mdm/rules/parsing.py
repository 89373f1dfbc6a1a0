"""Reading a rule set document: checked whole, refused with the path of every mistake."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from matching.errors import InvalidMatchRules, RuleMistake
from matching.rules import MatchRules, parse_match_rules
from mdm.decimals import canonical_decimal
from mdm.entity_types.base import Attribute, JsonValue
from mdm.rules.declared import parse_declared
from mdm.rules.documents import (
    DECLARED,
    HUB_ORIGIN,
    SECTIONS,
    ApprovalRule,
    QualityRule,
    RuleSetDocument,
    SecondConsent,
)
from mdm.rules.errors import InvalidRuleSet
from mdm.rules.order import Look, looks_of, survival_order
from mdm.rules.ownership import OwnershipRules
from mdm.rules.parsing_ownership import parse_ownership
from mdm.rules.parsing_policies import parse_survivorship
from mdm.rules.parsing_quality import parse_quality, quality_looks
from mdm.rules.policies import SurvivorshipRules
from mdm.rules.reading import Reader


def parse_rule_set(entity_attributes: Sequence[Attribute], document: Mapping[str, JsonValue]) -> RuleSetDocument:
    """The rule set of an entity type with these built-in attributes. Raises InvalidRuleSet with every mistake.

    Every attribute must have its ownership and its strategy: nothing is owned or survives by an unwritten rule.
    """
    mistakes: list[RuleMistake] = []
    read = Reader(document, mistakes=mistakes)
    read.known_keys((DECLARED, *SECTIONS))
    coded = {attribute.name: attribute for attribute in entity_attributes}
    declared = parse_declared(read.section(DECLARED, required=False), coded)
    attributes = coded | {attribute.name: attribute for attribute in declared}
    ownership = parse_ownership(read.section("ownership"), attributes)
    survivorship = parse_survivorship(read.section("survivorship"), attributes, ownership)
    quality, lists = parse_quality(read, attributes)
    approval = _parse_approval(read.section("approval", required=False), attributes)
    match = _parse_match(document.get("match"), mistakes)
    order, circles = survival_order(list(attributes), survivorship.groups, _looks(ownership, survivorship, quality))
    mistakes += circles
    if mistakes or match is None:
        raise InvalidRuleSet(mistakes)
    return RuleSetDocument(match, ownership, survivorship, quality, approval, order, declared, lists)


def _looks(
    ownership: OwnershipRules, survivorship: SurvivorshipRules, quality: Sequence[QualityRule]
) -> dict[str, list[Look]]:
    """What the conditions of each attribute look at."""
    judged_by = quality_looks(quality)
    return {
        name: [
            *looks_of(ownership, name, section="ownership"),
            *looks_of(survivorship.attributes, name, section="survivorship.attributes"),
            *judged_by.get(name, ()),
        ]
        for name in ownership
    }


def _parse_match(section: JsonValue, mistakes: list[RuleMistake]) -> MatchRules | None:
    if not isinstance(section, Mapping):
        mistakes.append(RuleMistake("match", "must be an object"))
        return None
    try:
        return parse_match_rules(section)
    except InvalidMatchRules as error:
        mistakes.extend(RuleMistake(f"match.{each.path}", each.message) for each in error.mistakes)
        return None


def _parse_approval(read: Reader, attributes: Mapping[str, Attribute]) -> dict[str, ApprovalRule]:
    read.known_keys(attributes)
    return {name: _parse_consent(read.section(name)) for name in read if name in attributes}


def _parse_consent(read: Reader) -> ApprovalRule:
    read.known_keys(("required", "over_percent", "group", "second", "origins"))
    origins = read.names("origins", required=False) or (HUB_ORIGIN,)
    read.unique("origins", origins)
    return ApprovalRule(
        required=read.flag("required", default=True),
        over_percent=_percent(read),
        group=read.text_or_none("group"),
        second=_parse_second(read.section("second")) if read.value("second") is not None else None,
        origins=origins,
    )


def _parse_second(read: Reader) -> SecondConsent:
    read.known_keys(("over_percent", "group"))
    group = read.text_or_none("group")
    if group is None:
        read.mistake("group", "must name the group that consents too")
    return SecondConsent(over_percent=_percent(read), group=group or "")


def _percent(read: Reader) -> Decimal | None:
    value = read.value("over_percent")
    if value is None:
        return None
    number = canonical_decimal(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else None
    if number is None or Decimal(number) < 0:
        read.mistake("over_percent", 'must be a whole number or a decimal as a text, such as "2.5", not below 0')
        return None
    return Decimal(number)
