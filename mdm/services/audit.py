"""Audit entries, written in the transaction of what they tell of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from mdm.actors import Actor
from mdm.bulk import add_objects
from mdm.commitments import commitment
from mdm.entity_types import JsonValue
from mdm.models import AuditDetail, AuditEntry


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done. `values` is personal data and goes into the erasable detail, and so does a reason that somebody
    wrote; without either there is no detail."""

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
    told = [_Told(act, "" if actor.is_automation else act.reason) for act in acts]
    entries = [
        AuditEntry(
            action=act.action,
            subject_type=act.subject_type,
            subject_id=act.subject_id,
            subject_version=act.subject_version,
            actor=actor.name,
            at=at,
            reason="" if written else act.reason,
            rule_set_id=act.rule_set_id,
            correlation_id=act.correlation_id,
            commitment=commitment(act.values, reason=written, key=key) if _has_detail(act, written) else None,
        )
        for act, written in told
    ]
    # The ids first: a detail takes its entry's when it is made.
    add_objects(entries, ids=any(_has_detail(*each) for each in told))
    add_objects(
        [
            AuditDetail(entry=entry, values=act.values, reason=written)
            for entry, (act, written) in zip(entries, told, strict=True)
            if _has_detail(act, written)
        ],
        ids=False,
    )
    return entries


class _Told(NamedTuple):
    """An act with the reason that somebody wrote, "" for none."""

    act: Act
    written: str


def _has_detail(act: Act, written: str) -> bool:
    return act.values is not None or bool(written)
