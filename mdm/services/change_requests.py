"""Proposed attribute values: refused, applied at once, or kept until others consent (`consents`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from mdm.actors import SYSTEM, Actor
from mdm.errors import InvalidValues, NotOwner, StateConflict
from mdm.events import ApprovalRequested, emit
from mdm.models import (
    HUB,
    ChangeComment,
    ChangeEffect,
    ChangePart,
    ChangeRequest,
    ChangeRequestState,
    GoldenRecord,
    GoldenStatus,
)
from mdm.rules.documents import AttributeOwnership, Override
from mdm.rules.ownership import ownership_of
from mdm.services.applying import apply_parts
from mdm.services.change_parts import (
    audit,
    close_parts,
    consents_for,
    has_effect,
    open_request,
    propose_parts,
    revise_parts,
)
from mdm.services.circles import refuse_circles
from mdm.services.line_overlaps import refuse_overlaps
from mdm.services.price_conflicts import AGREEMENT
from mdm.services.retries import atomically
from mdm.services.rule_sets import PublishedRules, published_rules
from mdm.validation import normalize_document, validate_document

FREE = "The policy asks for no approval"


@atomically
def propose_change(
    golden_record: GoldenRecord,
    values: Mapping[str, Any],
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    pin: bool = False,
    pin_until: datetime | None = None,
    accept_price_conflicts: bool = False,
) -> ChangeRequest:
    """A person proposes values for attributes of a golden record.

    For an attribute with a system of record this asks the owner to take the value over, where the rules allow it, else
    it is refused (NotOwner names the owner). With `pin` the others are pinned: no source changes them before
    `pin_until`. Each value goes its own way: what the policy leaves free is applied in this transaction, the rest waits
    for consent, whatever becomes of the others. Raises InvalidValues, and StateConflict for a record not active; for a
    pricing agreement LinesOverlap, and PriceConflictsArise unless those are accepted with a reason.
    """
    # As it is now: it may have been erased, merged or changed since the caller read it.
    golden_record = GoldenRecord.objects.select_for_update().get(pk=golden_record.pk)
    if golden_record.status != GoldenStatus.ACTIVE:
        raise StateConflict("Only an active golden record can be changed.")
    rules = published_rules(golden_record.entity_type)
    cleaned = proposable_values(golden_record, values, rules)
    owned = ownership_of(rules.document.ownership, golden_record.document["attributes"])
    effects = {name: effect_on(owned[name], pin=pin) for name in cleaned}
    consents = consents_for(golden_record, cleaned, rules, origin=HUB, effects=effects)
    parts = [
        ChangePart(attribute=name, value=value, effect=effects[name], consents=list(consents[name]))
        for name, value in sorted(cleaned.items())
    ]
    request = ChangeRequest(
        golden_record=golden_record, base_version=golden_record.version, reason=reason, pin_until=pin_until
    )
    propose_parts(request, parts, actor=actor, at=at)
    _apply_free(request, actor=actor, at=at, accept_price_conflicts=accept_price_conflicts)
    if request.state == ChangeRequestState.OPEN:
        emit(ApprovalRequested(request.pk))
    return request


@atomically
def edit_change(
    change_request_id: int, values: Mapping[str, Any], *, actor: Actor, at: datetime, reason: str = ""
) -> ChangeRequest:
    """Replace values that still wait; consent given to them before is void, and whoever edits cannot consent.

    Raises InvalidValues, NotOwner, and StateConflict for a value that is decided or was not proposed, and for what a
    system proposes: that follows what the system says.
    """
    request = open_request(change_request_id)
    if request.source_record_id is not None or has_effect(request, ChangeEffect.SURVIVE, ChangeEffect.RELEASE):
        raise StateConflict("This follows what systems say; reject it, and propose a value of your own.")
    waiting = {part.attribute: part for part in request.parts.filter(state=ChangeRequestState.OPEN)}
    for name in values:
        if name not in waiting:
            raise StateConflict(f"{name} does not wait in this change request.")
    rules = published_rules(request.golden_record.entity_type)
    cleaned = proposable_values(request.golden_record, values, rules)
    effects = {name: ChangeEffect(waiting[name].effect) for name in cleaned}
    consents = consents_for(request.golden_record, cleaned, rules, origin=request.origin_system, effects=effects)
    for name, value in cleaned.items():
        waiting[name].value, waiting[name].consents = value, list(consents[name])
    revise_parts(request, [waiting[name] for name in sorted(cleaned)], reason=reason, actor=actor, at=at)
    _apply_free(request, actor=actor, at=at)
    return request


@atomically
def withdraw_change(change_request_id: int, *, actor: Actor, at: datetime, reason: str = "") -> ChangeRequest:
    """The proposer takes back what still waits. Raises StateConflict for anybody else."""
    request = open_request(change_request_id)
    if request.proposed_by != actor.name:
        raise StateConflict("Only the proposer can withdraw a change request.")
    if has_effect(request, ChangeEffect.SURVIVE):
        raise StateConflict("This follows what systems say: only its rejection ends it, or that they say otherwise.")
    waiting = list(request.parts.filter(state=ChangeRequestState.OPEN))
    close_parts(request, waiting, ChangeRequestState.WITHDRAWN, reason=reason, actor=actor, at=at)
    return request


@transaction.atomic
def comment_on_change(change_request_id: int, text: str, *, actor: Actor, at: datetime) -> ChangeComment:
    """Say something about a change request that waits."""
    request = open_request(change_request_id)
    comment = ChangeComment.objects.create(change_request=request, text=text, said_by=actor.name, said_at=at)
    audit("change_request.commented", request, {"comment": text}, reason="", actor=actor, at=at)
    return comment


def expire_changes(*, at: datetime) -> int:
    """End what nobody decided in time, each in a transaction of its own; returns how many requests."""
    due = ChangeRequest.objects.filter(state=ChangeRequestState.OPEN, expires_at__lte=at)
    ids = list(due.order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        with transaction.atomic():
            try:
                request = open_request(pk)
            except StateConflict:  # decided since
                continue
            waiting = list(request.parts.filter(state=ChangeRequestState.OPEN))
            close_parts(
                request, waiting, ChangeRequestState.EXPIRED, reason="Nobody decided in time", actor=SYSTEM, at=at
            )
    return len(ids)


def proposable_values(golden_record: GoldenRecord, values: Mapping[str, Any], rules: PublishedRules) -> dict[str, Any]:
    """The values in their one form, as a person may propose them. Raises InvalidValues, NotOwner and LinesOverlap."""
    # A value of an attribute that is declared no longer stays in the document until the record is rebuilt.
    known = {attribute.name for attribute in rules.attributes}
    stays = {name: value for name, value in golden_record.document["attributes"].items() if name in known}
    whole = normalize_document(rules.attributes, {**stays, **values})
    problems = validate_document(rules.attributes, whole)
    if problems:
        raise InvalidValues([{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in problems])
    if golden_record.entity_type == AGREEMENT:
        refuse_overlaps(golden_record.public_id, stays, whole)
    owned = ownership_of(rules.document.ownership, golden_record.document["attributes"])
    for name in values:
        ownership = owned[name]
        if ownership.is_of_another_system and ownership.override is Override.FORBID:
            raise NotOwner(name, str(ownership.owner))
    cleaned = {name: whole.get(name) for name in values}
    refuse_circles(golden_record, cleaned)
    return cleaned


def effect_on(ownership: AttributeOwnership, *, pin: bool = False) -> ChangeEffect:
    """What a person's value for an attribute becomes, by who owns it."""
    if ownership.is_of_another_system:
        return ChangeEffect.CORRECTION
    return ChangeEffect.PIN if pin else ChangeEffect.VALUE


def _apply_free(request: ChangeRequest, *, actor: Actor, at: datetime, accept_price_conflicts: bool = False) -> None:
    """Apply what waits for nobody, in this transaction; the audit says that no consent was asked for."""
    free = list(request.parts.filter(state=ChangeRequestState.OPEN, consents=[]).order_by("attribute"))
    if free:
        close_parts(request, free, ChangeRequestState.APPLIED, reason=FREE, actor=actor, at=at)
        apply_parts(
            request, free, actor=actor, at=at, accept_price_conflicts=accept_price_conflicts, reason=request.reason
        )
