"""The parts of change requests: their hashes, what they wait for, and how they end."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mdm.actors import SYSTEM, Actor
from mdm.canonical import value_hash
from mdm.errors import NotFound, StateConflict
from mdm.events import ApprovalSettled, emit
from mdm.models import ChangeEffect, ChangePart, ChangeRequest, ChangeRequestState, GoldenRecord, SourceRecord
from mdm.rules.approval import consents_needed
from mdm.selectors.golden import survivor_of
from mdm.services.audit import Act, record_audit_entries
from mdm.services.rule_sets import PublishedRules

EXPIRES_AFTER = timedelta(days=30)
_ABOUT_PINS = (ChangeEffect.PIN, ChangeEffect.CORRECTION, ChangeEffect.RELEASE)
MOVED = "The golden record or its rules changed since this was proposed; read it again."


def open_request(change_request_id: int) -> ChangeRequest:
    """The change request, locked with its parts. Raises NotFound, and StateConflict once it is decided."""
    known = ChangeRequest.objects.filter(pk=change_request_id).select_related("golden_record").first()
    if known is not None and known.source_record_id is not None:
        # The source record first, as intake does.
        SourceRecord.objects.select_for_update(no_key=True).filter(pk=known.source_record_id).first()
    elif known is not None and has_effect(known, ChangeEffect.SURVIVE):
        # The golden record first, as whoever rebuilds it does.
        GoldenRecord.objects.select_for_update().filter(pk=survivor_of(known.golden_record).pk).first()
    request = (
        ChangeRequest.objects.select_for_update(of=("self",))
        .select_related("golden_record")
        .filter(pk=change_request_id)
        .first()
    )
    if request is None:
        raise NotFound("There is no change request with this number.")
    if request.state != ChangeRequestState.OPEN:
        raise StateConflict(f"The change request is {request.state} already.")
    list(ChangePart.objects.select_for_update().filter(change_request=request).order_by("pk"))
    return request


def propose_parts(
    request: ChangeRequest, parts: Sequence[ChangePart], *, actor: Actor, at: datetime, expires: bool = True
) -> None:
    """Keep a new change request with its parts; each has attribute, value, effect and consents."""
    for part in parts:
        part.change_request = request
        part.edited_by, part.edited_at = actor.name, at
        part.payload_hash = part_hash(part.attribute, part.value, effect=part.effect, revision=part.revision)
    request.payload_hash = request_hash(parts)
    request.proposed_by, request.proposed_at = actor.name, at
    request.expires_at = at + EXPIRES_AFTER if expires else None
    request.save()
    ChangePart.objects.bulk_create(parts)
    told = {part.attribute: part.value for part in parts}
    audit("change_request.proposed", request, told, reason=request.reason, actor=actor, at=at)


def revise_parts(
    request: ChangeRequest,
    parts: Sequence[ChangePart],
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    edited: bool = True,
) -> None:
    """Keep parts whose value, effect or consents were changed: another revision, and consent before it is void.

    Where only what they stand beside has changed they are not `edited`: whoever edited them last still did.
    """
    for part in parts:
        part.revision += 1
        part.payload_hash = part_hash(part.attribute, part.value, effect=part.effect, revision=part.revision)
        if edited:
            part.edited_by, part.edited_at = actor.name, at
        part.save()
    request.payload_hash = request_hash(ChangePart.objects.filter(change_request=request))
    request.save(update_fields=["payload_hash"])
    told = {part.attribute: part.value for part in parts}
    audit("change_request.edited", request, told, reason=reason, actor=actor, at=at)


def part_hash(attribute: str, value: Any, *, effect: str, revision: int) -> bytes:
    """What consent to one value is bound to; another revision of the same value is another hash."""
    return value_hash({"attribute": attribute, "value": value, "effect": effect, "revision": revision})


def request_hash(parts: Iterable[ChangePart]) -> bytes:
    """What a reader of a whole change request has seen."""
    return hashlib.sha256(b"".join(sorted(bytes(part.payload_hash) for part in parts))).digest()


def consents_for(
    golden_record: GoldenRecord,
    values: Mapping[str, Any],
    rules: PublishedRules,
    *,
    origin: str,
    effects: Mapping[str, ChangeEffect],
) -> dict[str, tuple[str, ...]]:
    """The groups that must consent to each value with its effect, beside what the golden record says now.

    To pin what it says already takes the consents to any change: sources that say otherwise later change nothing. So
    does the release of a pin on what the sources say: they may change it from then on.
    """
    known = {each.name: each for each in rules.attributes}
    before = golden_record.document["attributes"]
    return {
        name: consents_needed(
            rules.document.approval.get(name),
            known[name],
            old=before.get(name),
            new=value,
            origin=origin,
            stands=before.get(name) == value and effects[name] in _ABOUT_PINS,
        )
        for name, value in values.items()
    }


def close_parts(
    request: ChangeRequest,
    parts: Sequence[ChangePart],
    state: ChangeRequestState,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """End these parts, and the request with the last of them."""
    for part in parts:
        part.state = state
        part.decided_by, part.decided_at, part.decision_reason = actor.name, at, reason
        part.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    told = {part.attribute: part.value for part in parts}
    audit(f"change_request.{state}", request, told, reason=reason, actor=actor, at=at)
    states = set(ChangePart.objects.filter(change_request=request).values_list("state", flat=True))
    if ChangeRequestState.OPEN in states:
        return
    request.state = ChangeRequestState.APPLIED if ChangeRequestState.APPLIED in states else state
    request.save(update_fields=["state"])
    emit(ApprovalSettled(request.pk, actor.name))


def has_effect(request: ChangeRequest, *effects: ChangeEffect) -> bool:
    """Whether a part that waits would have one of these."""
    return request.parts.filter(state=ChangeRequestState.OPEN, effect__in=effects).exists()


def audit(
    action: str, request: ChangeRequest, values: Mapping[str, Any], *, reason: str, actor: Actor, at: datetime
) -> None:
    """One entry about some of the request's values."""
    act = Act(action, "change_request", request.pk, reason=reason, values=dict(values))
    record_audit_entries([act], actor=actor, at=at)


def withdraw_corrections_of(source_record_ids: Collection[int], *, at: datetime) -> None:
    """What these records proposed was about the golden records that they have left: nobody is asked any more."""
    waiting = ChangePart.objects.filter(
        change_request__source_record__in=source_record_ids,
        effect=ChangeEffect.CORRECTION,
        state=ChangeRequestState.OPEN,
    )
    for pk in sorted(set(waiting.values_list("change_request_id", flat=True))):
        request = open_request(pk)
        parts = list(waiting.filter(change_request=request).order_by("attribute"))
        reason = "Its record belongs elsewhere by now"
        close_parts(request, parts, ChangeRequestState.WITHDRAWN, reason=reason, actor=SYSTEM, at=at)
