"""On what terms the values of one attribute meet: who may tell it, how far each is trusted, what is chosen by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from mdm.entity_types.base import Attribute, Document, JsonValue
from mdm.rules.checks import Beside
from mdm.rules.conditions import Condition
from mdm.rules.documents import ANY_OTHER_SYSTEM, AttributeOwnership, QualityCheck, RuleSetDocument
from mdm.rules.order import Unit
from mdm.rules.policies import AttributePolicy
from mdm.rules.quality import failed_checks
from mdm.survivorship.candidates import Candidate, SourceValues

Part = TypeVar("Part")
SILENT = object()  # a source that says nothing, where None would be its saying that there is nothing


def terms_of(
    unit: Unit,
    attributes: Mapping[str, Attribute],
    rules: RuleSetDocument,
    *,
    survived: Document,
    effective_at: datetime,
) -> "Terms":
    """The terms that hold in a golden record of which these values have survived.

    The attributes of a group have one ownership and one policy, which the rule set was checked for.
    """
    first = unit.attributes[0]
    owners, policies = rules.ownership[first], rules.survivorship.attributes[first]
    ownership, policy = owners.case_under(survived), policies.case_under(survived)
    return Terms(
        attributes=tuple(attributes[name] for name in unit.attributes),
        group=unit.group,
        ownership=owners.otherwise if ownership is None else ownership.then,
        policy=policies.otherwise if policy is None else policy.then,
        rules=rules,
        effective_at=effective_at,
        survived=survived,
        conditions=tuple(dict.fromkeys(case.condition for case in (ownership, policy) if case is not None)),
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """Ownership and policy are those that hold in this golden record, because these conditions are met.

    The attributes of a `group` are compared as one value: an object of those that a record has. `survived` is what
    survived before, which conditions of quality rules look at.
    """

    attributes: tuple[Attribute, ...]
    group: str | None
    ownership: AttributeOwnership
    policy: AttributePolicy
    rules: RuleSetDocument
    effective_at: datetime
    conditions: tuple[Condition, ...] = ()
    survived: Document = field(default_factory=dict)

    @property
    def attribute(self) -> Attribute:
        """The one attribute, where there is no group."""
        return self.attributes[0]

    def told_by(self, source: SourceValues) -> JsonValue:
        """What the source says, or SILENT. Of a group it says that there is nothing by saying so of each attribute."""
        if self.group is None:
            return source.values.get(self.attribute.name, SILENT)
        told = {each.name: source.values[each.name] for each in self.attributes if each.name in source.values}
        said = {name: value for name, value in told.items() if value is not None}
        return said or (None if len(told) == len(self.attributes) else SILENT)

    def part(self, value: JsonValue, name: str) -> JsonValue:
        """The value of one attribute in what `told_by` gave."""
        return value if self.group is None or value is None else value.get(name)

    def because(self, reason: str) -> str:
        """The reason, with the conditions under which it counts."""
        return ", as ".join([reason, *(condition.words for condition in self.conditions)])

    def candidate(self, source: SourceValues, value: JsonValue, *, rank: int | None) -> Candidate:
        """One value with its standing, trust and failed checks."""
        return Candidate(
            source=source,
            value=value,
            rank=0 if rank is None else rank,
            trust=_by_system(self.rules.survivorship.trust, self.policy.trust, source.system) or 0,
            decay=_by_system(self.rules.survivorship.decay, self.policy.decay, source.system),
            looked_at=self.effective_at,
            failed_checks=self._failed_checks(value, source.observed_at),
        )

    def _failed_checks(self, value: JsonValue, observed_at: datetime) -> tuple[QualityCheck, ...]:
        """Null fails nothing: it is no value."""
        judging = self.rules.judging
        if value is None or judging.keys().isdisjoint(each.name for each in self.attributes):  # most have no rule
            return ()
        on = self.effective_at.date()
        beside = Beside(on, self.survived, self.effective_at, observed_at)
        told = {self.attribute.name: value} if self.group is None else value
        return tuple(
            [
                check
                for name, part in told.items()
                for check in failed_checks(part, judging.get(name, ()), on=on, beside=beside)
            ]
        )


def _by_system(section: Mapping[str, Part], policy: Mapping[str, Part], system: str) -> Part | None:
    """What the policy says of the system, else the section; then what either says of any other system."""
    for name in (system, ANY_OTHER_SYSTEM):
        found = policy.get(name, section.get(name)) if policy else section.get(name)
        if found is not None:
            return found
    return None
