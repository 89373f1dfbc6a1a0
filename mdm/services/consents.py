"""Consent to proposed values, and its refusal. Four eyes stand in the database too: see the trigger on approvals."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from mdm.actors import Actor
from mdm.errors import FourEyesViolated, NotApprover, StateConflict
from mdm.models import Approval, ChangePart, ChangeRequest, ChangeRequestState
from mdm.services.api_keys import person_behind
from mdm.services.applying import apply_parts
from mdm.services.change_parts import MOVED, audit, close_parts, open_request
from mdm.services.renewal import moved_parts
from mdm.services.retries import atomically


@atomically
def approve_change(
    change_request_id: int,
    *,
    payload_hash: bytes,
    actor: Actor,
    at: datetime,
    reason: str = "",
    attributes: Collection[str] | None = None,
    groups: Collection[str],
    accept_price_conflicts: bool = False,
) -> ChangeRequest:
    """Consent to exactly the values with that hash; those that now have every consent hold in this transaction.

    `attributes` None means all that wait for one of `groups`. One person gives one consent to a value, and is one with
    the API keys that they own; a key gives none. Raises StateConflict when the request is decided or another by now,
    NotApprover when none of the groups is asked, FourEyesViolated when all that is left was proposed or last edited by
    the approver. StateConflict also where the rules, the owner or the former value changed since: see `renew_change`.
    PriceConflictsArise where prices would come to stand against others, unless these are accepted with a reason.
    """
    request = open_request(change_request_id)
    if _has_changed(request, payload_hash):
        raise StateConflict("The proposed values changed since you looked at them; read them again.")
    if moved_parts(request, at=at):
        raise StateConflict(MOVED)
    waiting = _waiting(request, attributes)
    asked = [(part, place) for part in waiting if (place := _place(part, actor.name, groups)) is not None]
    if not asked or not actor.is_person:
        raise NotApprover(sorted({group for part in waiting for group in part.consents}))
    mine = [pair for pair in asked if actor.name not in _makers(request, pair[0])]
    if not mine:
        raise FourEyesViolated(request.pk)
    try:
        with transaction.atomic():
            complete = _consent(mine, reason=reason, actor=actor, at=at)
            if complete:
                close_parts(request, complete, ChangeRequestState.APPLIED, reason=reason, actor=actor, at=at)
    except IntegrityError as error:
        raise FourEyesViolated(request.pk) from error
    partly = {part.attribute: part.value for part, _ in mine if part not in complete}
    if partly:
        audit("change_request.approved", request, partly, reason=reason, actor=actor, at=at)
    if complete:
        apply_parts(request, complete, actor=actor, at=at, accept_price_conflicts=accept_price_conflicts, reason=reason)
    return request


@atomically
def reject_change(
    change_request_id: int,
    *,
    actor: Actor,
    at: datetime,
    reason: str,
    attributes: Collection[str] | None = None,
    groups: Collection[str],
) -> ChangeRequest:
    """Turn values down; the accepted ones stay. `attributes` None means all that wait for one of `groups`."""
    request = open_request(change_request_id)
    waiting = _waiting(request, attributes)
    mine = [part for part in waiting if any(_is_of(each, groups) for each in part.consents)]
    if not mine:
        raise NotApprover(sorted({group for part in waiting for group in part.consents}))
    close_parts(request, mine, ChangeRequestState.REJECTED, reason=reason, actor=actor, at=at)
    return request


def consent_asked_of(part: ChangePart, username: str, groups: Collection[str]) -> bool:
    """Whether a consent that this person could give for one of their groups is still missing; four eyes aside."""
    return part.state == ChangeRequestState.OPEN and _place(part, username, groups) is not None


def groups_of(username: str) -> frozenset[str]:
    """The groups that a person may consent for."""
    return frozenset(Group.objects.filter(user__username=username, user__is_active=True).values_list("name", flat=True))


def _makers(request: ChangeRequest, part: ChangePart) -> set[str]:
    """The people who made the value what it is, by themselves or with a key."""
    return {person_behind(request.proposed_by), person_behind(part.edited_by)}


def _has_changed(request: ChangeRequest, seen: bytes) -> bool:
    return bytes(request.payload_hash) != seen


def _waiting(request: ChangeRequest, attributes: Collection[str] | None) -> list[ChangePart]:
    open_parts = request.parts.filter(state=ChangeRequestState.OPEN)
    parts = list(open_parts.order_by("attribute").prefetch_related("approvals"))
    if attributes is None:
        return parts
    waiting = [part for part in parts if part.attribute in attributes]
    if missing := sorted(set(attributes) - {part.attribute for part in waiting}):
        raise StateConflict(f"{', '.join(missing)} does not wait in this change request.")
    return waiting


def _place(part: ChangePart, username: str, groups: Collection[str]) -> int | None:
    """The first consent still missing that this person can give; None for none, or when they gave one already."""
    given = {approval.place: approval.approved_by for approval in part.valid_approvals}
    if username in given.values():
        return None
    missing = (place for place in range(len(part.consents)) if place not in given)
    return next((p for p in missing if _is_of(part.consents[p], groups)), None)


def _is_of(group: str, groups: Collection[str]) -> bool:
    """Group names are the same whatever their letter case; an empty one is anybody's who may approve at all."""
    return not group or group.casefold() in {each.casefold() for each in groups}


def _consent(mine: Sequence[tuple[ChangePart, int]], *, reason: str, actor: Actor, at: datetime) -> list[ChangePart]:
    """Write the approvals; returns the parts that have every consent now."""
    Approval.objects.bulk_create(
        [
            Approval(
                part=part,
                payload_hash=part.payload_hash,
                place=place,
                approved_by=actor.name,
                approved_at=at,
                reason=reason,
            )
            for part, place in mine
        ]
    )
    return [part for part, _ in mine if len(part.valid_approvals) + 1 >= len(part.consents)]
