"""Locations that moved and kept their GLN: asked about, until they have another or a steward says why they keep it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from mdm.actors import SYSTEM, Actor
from mdm.errors import StateConflict
from mdm.events import GlnQuestioned, GlnSettled, emit
from mdm.models import GlnQuestion, GoldenRecord, GoldenStatus
from mdm.relocations import Relocation
from mdm.services.audit import Act, record_audit_entries
from mdm.services.retries import atomically

LOCATION = "location"


def note_relocations(records: Sequence[GoldenRecord], moved: Mapping[int, Relocation], *, at: datetime) -> None:
    """Ask about those that `moved` with their new version, and settle what another GLN has answered.

    The caller holds the records' rows locked. Repeating it changes nothing.
    """
    places = {record.pk: record for record in records if record.entity_type == LOCATION}
    if not places:
        return
    standing = {
        row.golden_record_id: row for row in GlnQuestion.objects.filter(golden_record__any=list(places), closed_at=None)
    }
    over = [row for pk, row in standing.items() if _gln_of(places[pk]) != row.gln]
    for row in over:
        row.closed_at, row.closed_by = at, SYSTEM.name
    GlnQuestion.objects.bulk_update(over, ["closed_at", "closed_by"])
    if over:
        emit(GlnSettled(tuple(row.pk for row in over), SYSTEM.name))
    asked = [
        GlnQuestion(golden_record=places[pk], gln=each.gln, version=places[pk].version, meters=each.meters, asked_at=at)
        for pk, each in sorted(moved.items())
        if pk not in standing and _gln_of(places[pk]) == each.gln
    ]
    if asked:
        emit(GlnQuestioned(tuple(row.pk for row in GlnQuestion.objects.bulk_create(asked))))


@atomically
def keep_gln(golden_record: GoldenRecord, *, reason: str, actor: Actor, at: datetime) -> None:
    """The place is where it was, under another name of its street or another number: its GLN stays.

    Raises StateConflict where nothing is asked, or the reason is missing.
    """
    if not reason.strip():
        raise StateConflict("Say why it keeps its GLN: the audit keeps it.")
    row = GlnQuestion.objects.select_for_update().filter(golden_record=golden_record, closed_at=None).first()
    if row is None:
        raise StateConflict("Nothing is asked about its GLN any more.")
    row.closed_at, row.closed_by, row.answer = at, actor.name, reason
    row.save(update_fields=["closed_at", "closed_by", "answer"])
    record_audit_entries(
        [Act("location.gln_kept", "golden_record", row.golden_record_id, row.version, reason)], actor=actor, at=at
    )
    emit(GlnSettled((row.pk,), actor.name))


def _gln_of(record: GoldenRecord) -> str | None:
    """The number that it has; None where it is no place any more."""
    if record.status != GoldenStatus.ACTIVE:
        return None
    gln: str | None = record.document["attributes"].get("gln")
    return gln
