"""What a rollout is called in the versions and the audit entries it makes."""

from collections.abc import Sequence
from datetime import datetime

from mdm.actors import Actor
from mdm.models import Rollout, RolloutKind
from mdm.services.audit import Act, record_audit_entries


def reason_of(rollout: Rollout) -> str:
    """One line, the same for every version; short enough for a version's reason."""
    rules = f"{rollout.entity_type} rules {rollout.rule_set.number}"
    if rollout.kind == RolloutKind.ROLL_BACK and rollout.rolls_back:
        return f"Rollout {rollout.public_id} of {rules}, which takes back {rollout.rolls_back.public_id}"
    return f"Rollout {rollout.public_id} of {rules}"


def audit_rollouts(action: str, rollouts: Sequence[Rollout], *, reason: str = "", actor: Actor, at: datetime) -> None:
    """One entry for each, such as `rollout.started`."""
    record_audit_entries(
        [
            Act(
                f"rollout.{action}",
                "rollout",
                each.pk,
                reason=reason,
                rule_set_id=each.rule_set_id,
                correlation_id=each.correlation_id,
            )
            for each in rollouts
        ],
        actor=actor,
        at=at,
    )
