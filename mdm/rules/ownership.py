"""Who may say, and who is told, what."""

from collections.abc import Mapping

from mdm.entity_types.base import Document
from mdm.rules.conditions import Conditional
from mdm.rules.documents import ANY_OTHER_SYSTEM, AttributeOwnership, OnConflict

Ownership = Mapping[str, AttributeOwnership]
OwnershipRules = Mapping[str, Conditional[AttributeOwnership]]


def ownership_of(rules: OwnershipRules, values: Document) -> Ownership:
    """Whose word counts in a golden record with these values, by attribute. Everything below is asked of this."""
    return {name: rule.under(values) for name, rule in rules.items()}


def may_contribute(ownership: Ownership, attribute: str, *, system: str) -> bool:
    """Whether a value of that system can ever survive: it owns the attribute, or fills in while the owner is silent."""
    rule = ownership[attribute]
    return system == rule.owner or contributor_rank(rule, system=system) is not None


def receives(ownership: Ownership, attribute: str, *, system: str) -> bool:
    """Whether the attribute is sent to that system: it asked for it and does not own it."""
    rule = ownership[attribute]
    return system in rule.receivers and system != rule.owner


def answer_to_write(ownership: Ownership, attribute: str, *, system: str) -> OnConflict:
    """What becomes of a value that the system writes: `CONTRIBUTE` it as it is, `PROPOSE` it, or `REFUSE` it."""
    rule = ownership[attribute]
    if system == rule.owner or (rule.owner is None and contributor_rank(rule, system=system) is not None):
        return OnConflict.CONTRIBUTE
    if rule.on_conflict is OnConflict.PROPOSE and system not in rule.proposers:
        return OnConflict.REFUSE
    if rule.on_conflict is OnConflict.CONTRIBUTE and contributor_rank(rule, system=system) is None:
        return OnConflict.REFUSE
    return rule.on_conflict


def contributor_rank(rule: AttributeOwnership, *, system: str) -> int | None:
    """The system's place among the contributors, 0 first; None when it may not contribute."""
    if system in rule.contributors:
        return rule.contributors.index(system)
    named = {rule.owner, *rule.proposers, *rule.receivers}
    if ANY_OTHER_SYSTEM in rule.contributors and system not in named:
        return rule.contributors.index(ANY_OTHER_SYSTEM)
    return None
