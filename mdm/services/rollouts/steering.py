"""What people do with a rollout: pause it, let it go on, roll it back."""

from datetime import datetime

from mdm.actors import Actor
from mdm.errors import NotFound, StateConflict
from mdm.events import RolloutSteered, emit
from mdm.models import Rollout, RolloutPhase, RolloutState
from mdm.selectors.rollouts import open_rollouts
from mdm.services.locks import await_rule_users
from mdm.services.retries import atomically
from mdm.services.rollouts.naming import audit_rollouts
from mdm.services.rollouts.starting import begin_rollout, refuse_while_under_way, withdraw
from mdm.services.rule_set_versions import (
    draft_rule_set,
    lock_versions,
    matches_alike,
    put_in_force,
    refuse_other_attributes,
)
from mdm.services.rule_sets import rules_of


@atomically
def pause(rollout_id: int, *, reason: str = "", actor: Actor, at: datetime) -> Rollout:
    """Stop after the batch under way; repeating it is harmless. Raises NotFound; StateConflict when it has ended."""
    rollout = _locked(rollout_id)
    if rollout.state != RolloutState.PAUSED:
        rollout.state = RolloutState.PAUSED
        rollout.save(update_fields=["state"])
        audit_rollouts("paused", [rollout], reason=reason, actor=actor, at=at)
        emit(RolloutSteered(rollout.pk, actor.name))
    return rollout


@atomically
def resume(rollout_id: int, *, actor: Actor, at: datetime) -> Rollout:
    """Let it go on, paused or failed; one that is running stays so. Raises NotFound; StateConflict where it has ended,
    or is being rolled back.
    """
    rollout = _locked(rollout_id)
    for other in open_rollouts(rollout.entity_type).filter(rolls_back=rollout):
        raise StateConflict(f"Rollout {rollout.public_id} is being rolled back by {other.public_id}.")
    if rollout.state != RolloutState.RUNNING:
        rollout.state, rollout.error = RolloutState.RUNNING, ""
        rollout.save(update_fields=["state", "error"])
        audit_rollouts("resumed", [rollout], actor=actor, at=at)
        emit(RolloutSteered(rollout.pk, actor.name))
    return rollout


@atomically
def roll_back(rollout_id: int, *, reason: str, actor: Actor, at: datetime) -> Rollout:
    """Publish what was in force before as the next version, through a rollout of its own, which is returned.

    One whose rules are not in force yet is withdrawn instead, and returned itself. One that is not through stops where
    it is. Raises NotFound; StateConflict where a later version is in force, or it was rolled back before;
    InvalidRuleSet where records tell of an attribute that the former version does not declare.
    """
    rollout = Rollout.objects.select_for_update(no_key=True).filter(pk=rollout_id).first()
    if rollout is None:
        raise NotFound("There is no such rollout.")
    if rollout.is_open and rollout.phase == RolloutPhase.MATCHING:
        withdraw(rollout, reason=reason, actor=actor, at=at)
        return rollout
    refuse_while_under_way(rollout.entity_type, but=rollout)
    current = lock_versions(rollout.entity_type)
    if current is None or current.pk != rollout.rule_set_id or rollout.state == RolloutState.WITHDRAWN:
        raise StateConflict(f"The version that {rollout.public_id} rolled out is not in force any more.")
    former = rules_of(rollout.former)
    draft = draft_rule_set(
        rollout.entity_type,
        former.document.to_document(),
        model=former.model,
        actor=actor,
        at=at,
        note=f"As version {former.number}: takes back rollout {rollout.public_id}",
    )
    await_rule_users(rollout.entity_type)
    refuse_other_attributes(draft, current)
    if rollout.is_open:
        rollout.state = RolloutState.PAUSED
        rollout.save(update_fields=["state"])
        emit(RolloutSteered(rollout.pk, actor.name))
    alike = matches_alike(draft, current)
    back = begin_rollout(draft, current, matches_alike=alike, rolls_back=rollout, reason=reason, actor=actor, at=at)
    if alike:
        if rollout.is_open:
            withdraw(rollout, reason=reason, actor=actor, at=at)
        put_in_force(draft, current, actor=actor, at=at)
    return back


def _locked(rollout_id: int) -> Rollout:
    rollout = Rollout.objects.select_for_update(no_key=True).filter(pk=rollout_id).first()
    if rollout is None:
        raise NotFound("There is no such rollout.")
    if not rollout.is_open:
        raise StateConflict(f"Rollout {rollout.public_id} is {rollout.state} already.")
    return rollout
