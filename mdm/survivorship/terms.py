"""On what terms the values of one attribute meet: who may tell it, how far each is trusted, what is chosen by."""

from dataclasses import dataclass
from datetime import datetime

from mdm.entity_types.base import Attribute, Document, JsonValue
from mdm.rules.conditions import Condition
from mdm.rules.documents import ANY_OTHER_SYSTEM, AttributeOwnership, QualityCheck, RuleSetDocument
from mdm.rules.policies import AttributePolicy, Decay
from mdm.rules.quality import failed_checks
from mdm.survivorship.candidates import Candidate, SourceValues


def terms_of(attribute: Attribute, rules: RuleSetDocument, *, survived: Document, effective_at: datetime) -> "Terms":
    """The terms that hold in a golden record of which these values have survived."""
    policies = rules.survivorship.attributes[attribute.name]
    cases = [policies.case_under(survived)]
    return Terms(
        attribute=attribute,
        ownership=rules.ownership[attribute.name],
        policy=policies.under(survived),
        rules=rules,
        effective_at=effective_at,
        conditions=tuple(case.condition for case in cases if case is not None),
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """Ownership and policy are those that hold in this golden record, because these conditions are met."""

    attribute: Attribute
    ownership: AttributeOwnership
    policy: AttributePolicy
    rules: RuleSetDocument
    effective_at: datetime
    conditions: tuple[Condition, ...] = ()

    def because(self, reason: str) -> str:
        """The reason, with the conditions under which it counts."""
        return ", as ".join([reason, *(condition.words for condition in self.conditions)])

    def candidate(self, source: SourceValues, value: JsonValue, *, rank: int | None) -> Candidate:
        """One value with its standing, trust and failed checks."""
        trust = {**self.rules.survivorship.trust, **self.policy.trust}
        return Candidate(
            source=source,
            value=value,
            rank=0 if rank is None else rank,
            trust=trust.get(source.system, trust.get(ANY_OTHER_SYSTEM, 0)),
            decay=self._decay(source.system),
            looked_at=self.effective_at,
            failed_checks=self._failed_checks(value),
        )

    def _decay(self, system: str) -> Decay | None:
        decay = {**self.rules.survivorship.decay, **self.policy.decay}
        return decay.get(system, decay.get(ANY_OTHER_SYSTEM))

    def _failed_checks(self, value: JsonValue) -> tuple[QualityCheck, ...]:
        """Null fails nothing: it is no value."""
        if value is None:
            return ()
        return failed_checks(self.attribute.name, value, self.rules.quality, on=self.effective_at.date())
