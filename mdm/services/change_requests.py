"""Proposed attribute values: refused, applied at once, or approved by a second person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from mdm.actors import Actor
from mdm.canonical import value_hash
from mdm.entity_types import attributes_of
from mdm.errors import FourEyesViolated, InvalidValues, NotOwner, StateConflict
from mdm.events import ApprovalRequested, ApprovalSettled, emit
from mdm.models import HUB, ChangeRequest, GoldenRecord, GoldenStatus
from mdm.models.changes import ChangeRequestState
from mdm.rules.approval import needs_approval
from mdm.rules.ownership import ownership_of
from mdm.services.audit import Act, record_audit_entries
from mdm.services.authoring import author_values
from mdm.services.rule_sets import PublishedRules, published_rules
from mdm.validation import normalize_document, validate_document


@transaction.atomic
def propose_change(
    golden_record: GoldenRecord, values: Mapping[str, Any], *, reason: str, actor: Actor, at: datetime
) -> ChangeRequest:
    """A person proposes values for attributes of a golden record.

    Attributes with a system of record are refused (NotOwner names the owner); what the policy leaves free is applied in
    this transaction; the rest waits for an approver. Raises InvalidValues, and StateConflict for a record not active.
    """
    if golden_record.status != GoldenStatus.ACTIVE:
        raise StateConflict("Only an active golden record can be changed.")
    rules = published_rules(golden_record.entity_type)
    cleaned = _cleaned(golden_record, values, rules)
    request = ChangeRequest.objects.create(
        golden_record=golden_record,
        payload=cleaned,
        payload_hash=value_hash(cleaned),
        base_version=golden_record.version,
        reason=reason,
        needs_approval=_waits(golden_record, cleaned, rules),
        proposed_by=actor.name,
        proposed_at=at,
        last_edited_by=actor.name,
    )
    _audit("change_request.proposed", request, reason=reason, actor=actor, at=at)
    if request.needs_approval:
        emit(ApprovalRequested(request.pk))
    else:
        _apply(request, actor=actor, at=at, reason="The policy asks for no approval")
    return request


@transaction.atomic
def approve_change(
    change_request_id: int, *, payload_hash: bytes, actor: Actor, at: datetime, reason: str = ""
) -> ChangeRequest:
    """A second person consents to exactly the payload with that hash; it becomes accepted in this transaction.

    Raises FourEyesViolated, or StateConflict when it is decided already or the payload is another by now.
    """
    request = _open_request(change_request_id)
    if actor.name in {request.proposed_by, request.last_edited_by}:
        raise FourEyesViolated(request.pk)
    if bytes(request.payload_hash) != payload_hash:
        raise StateConflict("The proposed values changed since you looked at them; read them again.")
    try:
        _apply(request, actor=actor, at=at, reason=reason)
    except IntegrityError as error:
        raise FourEyesViolated(request.pk) from error
    return request


@transaction.atomic
def reject_change(change_request_id: int, *, actor: Actor, at: datetime, reason: str) -> ChangeRequest:
    """The proposal is turned down; the accepted values stay as they are."""
    return _close(change_request_id, ChangeRequestState.REJECTED, actor=actor, at=at, reason=reason)


@transaction.atomic
def withdraw_change(change_request_id: int, *, actor: Actor, at: datetime, reason: str = "") -> ChangeRequest:
    """The proposer takes the proposal back. Raises StateConflict for anybody else."""
    request = _open_request(change_request_id)
    if request.proposed_by != actor.name:
        raise StateConflict("Only the proposer can withdraw a change request.")
    return _close(change_request_id, ChangeRequestState.WITHDRAWN, actor=actor, at=at, reason=reason)


def _cleaned(golden_record: GoldenRecord, values: Mapping[str, Any], rules: PublishedRules) -> dict[str, Any]:
    attributes = attributes_of(golden_record.entity_type, rules.number)
    whole = normalize_document(attributes, {**golden_record.document["attributes"], **values})
    problems = validate_document(attributes, whole)
    if problems:
        raise InvalidValues([{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in problems])
    for name in values:
        owner = ownership_of(rules.document.ownership, golden_record.document["attributes"])[name].owner
        if owner not in (None, HUB):
            raise NotOwner(name, str(owner))
    return {name: whole.get(name) for name in values}


def _waits(golden_record: GoldenRecord, values: Mapping[str, Any], rules: PublishedRules) -> bool:
    known = {attribute.name: attribute for attribute in attributes_of(golden_record.entity_type, rules.number)}
    before = golden_record.document["attributes"]
    return any(
        needs_approval(rules.document.approval.get(name), known[name], old=before.get(name), new=value)
        for name, value in values.items()
    )


def _apply(request: ChangeRequest, *, actor: Actor, at: datetime, reason: str) -> None:
    request.state = ChangeRequestState.APPLIED
    request.approved_hash = request.payload_hash
    request.decided_by, request.decided_at, request.decision_reason = actor.name, at, reason
    request.save()
    author_values(request.golden_record, request.payload, reason=request.reason, actor=actor, at=at)
    _audit("change_request.applied", request, reason=reason, actor=actor, at=at)
    emit(ApprovalSettled(request.pk))


def _close(
    change_request_id: int, state: ChangeRequestState, *, actor: Actor, at: datetime, reason: str
) -> ChangeRequest:
    request = _open_request(change_request_id)
    request.state = state
    request.decided_by, request.decided_at, request.decision_reason = actor.name, at, reason
    request.save()
    _audit(f"change_request.{state}", request, reason=reason, actor=actor, at=at)
    emit(ApprovalSettled(request.pk))
    return request


def _open_request(change_request_id: int) -> ChangeRequest:
    request = (
        ChangeRequest.objects.select_for_update(of=("self",)).select_related("golden_record").get(pk=change_request_id)
    )
    if request.state != ChangeRequestState.OPEN:
        raise StateConflict(f"The change request is {request.state} already.")
    return request


def _audit(action: str, request: ChangeRequest, *, reason: str, actor: Actor, at: datetime) -> None:
    record_audit_entries(
        [Act(action, "change_request", request.pk, reason=reason, values=request.payload)], actor=actor, at=at
    )
