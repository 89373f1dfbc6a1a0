"""Audit entries, written in the transaction of what they tell of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from mdm.actors import Actor
from mdm.bulk import add_objects
from mdm.commitments import commitment
from mdm.entity_types import JsonValue
from mdm.models import AuditDetail, AuditEntry


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done. `values` is personal data and goes into the erasable detail; None leaves no detail."""

    action: str
    subject_type: str
    subject_id: int
    subject_version: int | None = None
    reason: str = ""
    rule_set_id: int | None = None
    correlation_id: UUID | None = None
    values: JsonValue = None


def record_audit_entries(acts: Sequence[Act], *, actor: Actor, at: datetime) -> list[AuditEntry]:
    """Write one entry per act, and the details of those that have values."""
    key = settings.ASSAY_COMMITMENT_KEY.encode()
    entries = [
        AuditEntry(
            action=act.action,
            subject_type=act.subject_type,
            subject_id=act.subject_id,
            subject_version=act.subject_version,
            actor=actor.name,
            at=at,
            reason=act.reason,
            rule_set_id=act.rule_set_id,
            correlation_id=act.correlation_id,
            commitment=None if act.values is None else commitment(act.values, key=key),
        )
        for act in acts
    ]
    add_objects(entries, ids=any(act.values is not None for act in acts))
    add_objects(
        [
            AuditDetail(entry=entry, values=act.values)
            for entry, act in zip(entries, acts, strict=True)
            if act.values is not None
        ],
        ids=False,
    )
    return entries
