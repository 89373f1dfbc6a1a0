"""Which attributes an entity type has: the built-in ones, and those that a version of its rules declares."""

from mdm.entity_types import Attribute, coded_attributes
from mdm.models import RuleSet, RuleSetState
from mdm.rules.declared import declared_attributes


def attributes_of(entity_type: str, number: int | None = None) -> tuple[Attribute, ...]:
    """Those under one version of the rules, or under the one in force; the built-in ones alone where there is none.

    Whoever holds parsed rules reads their `attributes` instead, without asking the database.
    """
    versions = RuleSet.objects.filter(entity_type=entity_type)
    wanted = versions.filter(state=RuleSetState.PUBLISHED) if number is None else versions.filter(number=number)
    section = wanted.values_list("attributes", flat=True).first()
    return (*coded_attributes(entity_type), *declared_attributes(section or {}))


def attributes_ever(entity_type: str) -> dict[str, Attribute]:
    """By name, what the entity type has or once had, as last declared: for what tells of the past."""
    found = {each.name: each for each in coded_attributes(entity_type)}
    sections = (
        RuleSet.objects.filter(entity_type=entity_type, state__in=(RuleSetState.SUPERSEDED, RuleSetState.PUBLISHED))
        .exclude(attributes={})
        .order_by("number")
        .values_list("attributes", flat=True)
    )
    for section in sections:
        found |= {each.name: each for each in declared_attributes(section)}
    return found
