"""A rehearsed mass change submitted, consented to and applied, turned down or taken back.

Four eyes stand in the database too: see the triggers on its approvals.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction

from mdm.actors import Actor
from mdm.errors import FourEyesViolated, NotApprover, NotFound, StateConflict
from mdm.events import MassChangeSettled, MassChangeSubmitted, emit
from mdm.models import (
    ChangeEffect,
    GoldenRecord,
    GoldenStatus,
    MassChange,
    MassChangeApproval,
    MassChangePart,
    MassChangeState,
)
from mdm.services.api_keys import person_behind
from mdm.services.audit import Act, record_audit_entries
from mdm.services.mass_changes.applying import hold
from mdm.services.mass_changes.preparing import base_hash, effects_and_consents
from mdm.services.mass_changes.rehearsing import AGREEMENT
from mdm.services.retries import atomically
from mdm.services.rule_sets import published_rules

_WAITING = (MassChangeState.REHEARSED, MassChangeState.OPEN)


@atomically
def submit_mass_change(mass_change_id: int, *, actor: Actor, at: datetime) -> MassChange:
    """Ask for consent to what was rehearsed. Raises StateConflict when it changes nothing or was overtaken."""
    change = locked_mass_change(mass_change_id, MassChangeState.REHEARSED)
    if not change.figures["changing"]:
        raise StateConflict("It would change nothing.")
    _refuse_what_moved(change)
    change.state, change.submitted_by, change.submitted_at = MassChangeState.OPEN, actor.name, at
    change.save(update_fields=["state", "submitted_by", "submitted_at"])
    audit("mass_change.submitted", change, reason=change.reason, actor=actor, at=at)
    emit(MassChangeSubmitted(change.pk))
    return change


@atomically
def approve_mass_change(
    mass_change_id: int,
    *,
    payload_hash: bytes,
    groups: Collection[str],
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> MassChange:
    """Consent to exactly what has that hash; with the last consent all of it holds, in this transaction.

    Raises StateConflict where an agreement or the rules changed since the rehearsal, NotApprover and FourEyesViolated.
    """
    change = locked_mass_change(mass_change_id, MassChangeState.OPEN)
    if bytes(change.payload_hash) != payload_hash:
        raise StateConflict("This is another change than you looked at; read it again.")
    given = {each.place: each.approved_by for each in change.valid_approvals}
    missing = [place for place in range(len(change.consents)) if place not in given]
    mine = [place for place in missing if _is_of(change.consents[place], groups)]
    if not mine or not actor.is_person or actor.name in given.values():
        raise NotApprover([change.consents[place] for place in missing])
    if actor.name in makers_of(change):
        raise FourEyesViolated(change.pk)
    _refuse_what_moved(change)
    try:
        with transaction.atomic():
            MassChangeApproval.objects.create(
                mass_change=change,
                payload_hash=change.payload_hash,
                place=mine[0],
                approved_by=actor.name,
                approved_at=at,
                reason=reason,
            )
    except IntegrityError as error:
        raise FourEyesViolated(change.pk) from error
    if len(missing) > 1:
        audit("mass_change.approved", change, reason=reason, actor=actor, at=at)
        return change
    _settle(change, MassChangeState.APPLIED, reason=reason, actor=actor, at=at)
    _apply(change, actor=actor, at=at)
    return change


@atomically
def reject_mass_change(
    mass_change_id: int, *, groups: Collection[str], actor: Actor, at: datetime, reason: str
) -> MassChange:
    """Turn it down; every price stays. Raises NotApprover, and StateConflict where it does not wait or no reason is."""
    change = locked_mass_change(mass_change_id, MassChangeState.OPEN)
    if not any(_is_of(group, groups) for group in change.consents):
        raise NotApprover(list(change.consents))
    if not reason.strip():
        raise StateConflict("Say why you reject it: the proposer reads this.")
    _settle(change, MassChangeState.REJECTED, reason=reason, actor=actor, at=at)
    return change


@atomically
def withdraw_mass_change(mass_change_id: int, *, actor: Actor, at: datetime, reason: str = "") -> MassChange:
    """Who proposed it takes it back, rehearsed or submitted. Raises StateConflict for anybody else."""
    change = locked_mass_change(mass_change_id, *_WAITING)
    if person_behind(actor.name) not in makers_of(change):
        raise StateConflict("Only the proposer can withdraw a mass change.")
    _settle(change, MassChangeState.WITHDRAWN, reason=reason, actor=actor, at=at)
    return change


def locked_mass_change(mass_change_id: int, *states: MassChangeState) -> MassChange:
    """The mass change, locked. Raises NotFound, and StateConflict when it is in none of these states."""
    change = MassChange.objects.select_for_update().filter(pk=mass_change_id).first()
    if change is None:
        raise NotFound("There is no such mass change.")
    if change.state not in states:
        raise StateConflict(f"Mass change {change.public_id} is {change.state} already.")
    return change


def makers_of(change: MassChange) -> set[str]:
    """The people who rehearsed and submitted it, by themselves or with a key: none of them consents."""
    return {person_behind(name) for name in (change.proposed_by, change.submitted_by) if name}


def audit(action: str, change: MassChange, *, reason: str, actor: Actor, at: datetime) -> None:
    """One entry about the change as a whole."""
    act = Act(action, "mass_change", change.pk, reason=reason, correlation_id=change.correlation_id)
    record_audit_entries([act], actor=actor, at=at)


def reason_of(change: MassChange) -> str:
    """What its versions and change requests say."""
    return f"Mass change {change.public_id}" + (f": {change.reason}" if change.reason else "")


def _settle(change: MassChange, state: MassChangeState, *, reason: str, actor: Actor, at: datetime) -> None:
    change.state, change.decided_by, change.decided_at, change.decision_reason = state, actor.name, at, reason
    change.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    audit(f"mass_change.{state}", change, reason=reason, actor=actor, at=at)
    emit(MassChangeSettled(change.pk, actor.name))


def _apply(change: MassChange, *, actor: Actor, at: datetime) -> None:
    parts = list(change.parts.exclude(values={}).select_related("golden_record").order_by("golden_record_id"))
    hold(
        {
            part.golden_record_id: (
                part.golden_record,
                part.values,
                {name: ChangeEffect(effect) for name, effect in part.effects.items()},
            )
            for part in parts
        },
        mass_change=change,
        reason=reason_of(change),
        correlation_id=change.correlation_id,
        proposed_by=change.proposed_by,
        actor=actor,
        at=at,
    )


def _refuse_what_moved(change: MassChange) -> None:
    """Consent is to what was rehearsed: agreements and rules must be as they were. The agreements are locked."""
    parts = {each.golden_record_id: each for each in MassChangePart.objects.filter(mass_change=change)}
    rules = published_rules(AGREEMENT)
    moved = []
    for record in GoldenRecord.objects.select_for_update().filter(pk__in=parts).order_by("pk"):
        part = parts[record.pk]
        stands = record.status == GoldenStatus.ACTIVE
        stands = stands and base_hash(record.document["attributes"]) == bytes(part.base_hash)
        if stands and part.values:
            effects, consents = effects_and_consents(record, part.values, rules)
            asked = {group for groups in consents.values() for group in groups}
            stands = part.effects == {name: str(what) for name, what in effects.items()}
            stands = stands and asked <= set(change.consents)
        if not stands:
            moved.append(record.public_id)
    if moved:
        shown = ", ".join(moved[:5]) + (f" and {len(moved) - 5} more" if len(moved) > 5 else "")
        raise StateConflict(f"Changed since the rehearsal: {shown}. Rehearse it again.")


def _is_of(group: str, groups: Collection[str]) -> bool:
    return not group or group.casefold() in {each.casefold() for each in groups}
