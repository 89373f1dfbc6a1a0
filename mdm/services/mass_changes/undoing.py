"""An applied mass change taken back as a whole; what was edited since stays, and is told."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from mdm.actors import Actor
from mdm.errors import StateConflict
from mdm.models import (
    GoldenRecord,
    GoldenStatus,
    GoldenVersion,
    MassChange,
    MassChangePart,
    MassChangeState,
)
from mdm.pricing.undoing import put_back
from mdm.rules.documents import Override
from mdm.rules.ownership import ownership_of
from mdm.services.change_requests import effect_on
from mdm.services.mass_changes.applying import hold
from mdm.services.mass_changes.deciding import audit, locked_mass_change
from mdm.services.mass_changes.rehearsing import AGREEMENT
from mdm.services.pins import release_pins_of
from mdm.services.rebuild import Cause, rebuild_golden_records
from mdm.services.retries import atomically
from mdm.services.rule_sets import published_rules


@atomically
def undo_mass_change(mass_change_id: int, *, reason: str, actor: Actor, at: datetime) -> MassChange:
    """Put back every line as it was before, except those that somebody edited since: `kept` names them.

    Corrections that their owner has not taken over yet end; what an owner has taken over is asked of it the other way.
    No consent is asked for: what comes back was in force, and an approver's word is needed to get here (see the doors).
    Raises StateConflict when it is not applied or no reason is given.
    """
    if not reason.strip():
        raise StateConflict("Say why it is undone.")
    change = locked_mass_change(mass_change_id, MassChangeState.APPLIED)
    parts = {part.golden_record_id: part for part in change.parts.exclude(values={})}
    _locked(parts)
    unit, why = uuid.uuid4(), f"Mass change {change.public_id} undone: {reason}"
    requests = list(change.change_requests.values_list("pk", flat=True))
    released = release_pins_of(requests, actor=actor, at=at)
    agreed = {pk: list(part.values) for pk, part in parts.items()}
    rebuild_golden_records(
        [record for _, record in sorted(_locked(released).items())],
        cause=Cause(why, {}, unit, agreed=agreed),
        actor=actor,
        at=at,
    )
    wanted, kept = _put_back(parts, _locked(parts))
    hold(
        wanted,
        mass_change=change,
        reason=why,
        correlation_id=unit,
        proposed_by=actor.name,
        actor=actor,
        at=at,
    )
    change.state, change.undone_by, change.undone_at, change.undo_reason = (
        MassChangeState.UNDONE,
        actor.name,
        at,
        reason,
    )
    change.kept = kept
    change.save(update_fields=["state", "undone_by", "undone_at", "undo_reason", "kept"])
    audit("mass_change.undone", change, reason=reason, actor=actor, at=at)
    return change


def _put_back(
    parts: Mapping[int, MassChangePart], records: Mapping[int, GoldenRecord]
) -> tuple[dict[int, Any], list[list[str]]]:
    """What is to hold, as `hold` takes it, and what stays: [agreement, line key], an empty key for all of it."""
    rules = published_rules(AGREEMENT).document.ownership
    before = _values_before(parts)
    wanted: dict[int, Any] = {}
    kept: list[list[str]] = []
    for pk, record in sorted(records.items()):
        now = record.document["attributes"]
        owned = ownership_of(rules, now)
        forbidden = any(
            owned[name].is_of_another_system and owned[name].override is Override.FORBID for name in parts[pk].values
        )
        if record.status != GoldenStatus.ACTIVE or forbidden:
            kept.append([record.public_id, ""])
            continue
        back = put_back(before[pk], {**before[pk], **parts[pk].values}, now)
        kept += [[record.public_id, key] for key in back.kept]
        values = {name: value for name, value in back.values.items() if now.get(name) != value}
        if values:
            wanted[pk] = (record, values, {name: effect_on(owned[name]) for name in values})
    return wanted, kept


def _values_before(parts: Mapping[int, MassChangePart]) -> dict[int, dict[str, Any]]:
    """What each agreement said when the change was rehearsed, by golden id."""
    versions = {(pk, part.base_version) for pk, part in parts.items()}
    rows = GoldenVersion.objects.filter(id__in=parts, version__in={version for _, version in versions})
    return {
        pk: document["attributes"]
        for pk, version, document in rows.values_list("id", "version", "document")
        if (pk, version) in versions
    }


def _locked(golden_ids: Iterable[int]) -> dict[int, GoldenRecord]:
    rows = GoldenRecord.objects.select_for_update().filter(pk__in=list(golden_ids)).order_by("pk")
    return {record.pk: record for record in rows}
