"""What becomes of a value that a system changes in a record the hub knows already. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mdm.entity_types.base import Attribute, JsonValue
from mdm.rules.approval import consents_needed
from mdm.rules.documents import ApprovalRule, OnConflict
from mdm.rules.ownership import Ownership, answer_to_write

ANY_APPROVER = ("",)


class Verdict(StrEnum):
    """`ACCEPT`: it counts. `HOLD`: it counts once others consent. `PROPOSE`: a correction for its owner, once others
    consent. `REFUSE`: the owner's word stands."""

    ACCEPT = "accept"
    HOLD = "hold"
    PROPOSE = "propose"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`consents` are the groups that must agree, one person each.

    With `keeps_former` the value accepted before stays: others must consent to another, whoever owns the attribute.
    """

    verdict: Verdict
    consents: tuple[str, ...] = ()
    keeps_former: bool = False


ACCEPTED = Judgement(Verdict.ACCEPT)


def judge_write(
    attribute: Attribute,
    value: JsonValue,
    *,
    golden_value: JsonValue,
    system: str,
    ownership: Ownership,
    approval: Mapping[str, ApprovalRule],
) -> Judgement:
    """Judge a system's new value beside the golden one; what the golden record says already is always welcome."""
    if value == golden_value:
        return ACCEPTED
    consents = consents_needed(approval.get(attribute.name), attribute, old=golden_value, new=value, origin=system)
    answer = answer_to_write(ownership, attribute.name, system=system)
    if answer is OnConflict.CONTRIBUTE:
        return Judgement(Verdict.HOLD, consents, keeps_former=True) if consents else ACCEPTED
    # What does not own still fills in where the owner is silent.
    if answer is OnConflict.PROPOSE:
        return Judgement(Verdict.PROPOSE, consents or ANY_APPROVER, keeps_former=bool(consents))
    return Judgement(Verdict.REFUSE, consents, keeps_former=bool(consents))
