"""Parts of a mass change that hold from now on: one change request an agreement, one unit, one rebuild."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mdm.actors import Actor
from mdm.bulk import add_objects
from mdm.models import ChangeEffect, ChangePart, ChangeRequest, ChangeRequestState, GoldenRecord, MassChange
from mdm.services.applying import apply_together
from mdm.services.audit import Act, record_audit_entries
from mdm.services.change_parts import part_hash, request_hash

Values = Mapping[str, Any]  # attribute name → canonical JSON


def hold(
    values: Mapping[int, tuple[GoldenRecord, Values, Mapping[str, ChangeEffect]]],
    *,
    mass_change: MassChange | None,
    reason: str,
    correlation_id: uuid.UUID,
    proposed_by: str,
    actor: Actor,
    at: datetime,
) -> list[GoldenRecord]:
    """Make the values hold, with their effects, by golden id; returns those that say something else now.

    Each agreement gets a change request that is applied already: `actor` has decided it, consent was given to
    `mass_change`. None is for a rehearsal, which is taken back and looks at it as if every owner had taken it over.
    """
    requests = {
        pk: ChangeRequest(
            golden_record=record,
            mass_change=mass_change,
            base_version=record.version,
            reason=reason,
            state=ChangeRequestState.APPLIED,
            proposed_by=proposed_by,
            proposed_at=at,
        )
        for pk, (record, new, _) in sorted(values.items())
        if new
    }
    parts = {pk: _parts(requests[pk], *values[pk][1:], reason=reason, actor=actor, at=at) for pk in requests}
    for pk, request in requests.items():
        request.payload_hash = request_hash(parts[pk])
    add_objects(list(requests.values()))
    every = [part for its in parts.values() for part in its]
    for part in every:
        part.change_request_id = part.change_request.pk
    add_objects(every)
    record_audit_entries(
        [
            Act("change_request.applied", "change_request", request.pk, reason=reason, correlation_id=correlation_id)
            for request in requests.values()
        ],
        actor=actor,
        at=at,
    )
    changes = {pk: (requests[pk], parts[pk]) for pk in requests}
    if not changes:
        return []
    return apply_together(
        changes, reason=reason, correlation_id=correlation_id, as_taken_over=mass_change is None, actor=actor, at=at
    )


def _parts(
    request: ChangeRequest,
    values: Values,
    effects: Mapping[str, ChangeEffect],
    *,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Sequence[ChangePart]:
    return [
        ChangePart(
            change_request=request,
            attribute=name,
            value=value,
            effect=effects[name],
            payload_hash=part_hash(name, value, effect=effects[name], revision=1),
            edited_by=request.proposed_by,
            edited_at=at,
            state=ChangeRequestState.APPLIED,
            decided_by=actor.name,
            decided_at=at,
            decision_reason=reason,
        )
        for name, value in sorted(values.items())
    ]
