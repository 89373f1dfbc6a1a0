"""Payloads that a client sends in: kept, settled at once, and told what became of each."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from mdm.actors import Actor
from mdm.entity_types import in_settling_order
from mdm.mapping.documents import read
from mdm.models import ChangePart, CrosswalkEntry, QuarantineEntry, QuarantineState, SourceRecord, SourceSystem
from mdm.services.intake import current_mapping, payload_hash, receive_payloads
from mdm.services.retries import atomically
from mdm.services.settlement import settle_source_records


class Outcome(StrEnum):
    """What became of one payload. An echo says nothing but what the hub itself had sent.

    Of a payload that is suppressed nothing was kept: its record was erased.
    """

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    ECHO = "echo"
    QUARANTINED = "quarantined"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Submission:
    """One payload, verbatim, of the system whose shape it has."""

    system: SourceSystem
    entity_type: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A value that waits for consent, or that the rules refused (`state`); the change request tells more."""

    attribute: str
    state: str
    effect: str
    change_request: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """`key` is empty when the payload does not tell it; `golden_id` None while no golden record holds the record."""

    outcome: Outcome
    system: str
    entity_type: str
    key: str
    golden_id: str | None
    problems: tuple[Mapping[str, str], ...]
    held_back: tuple["HeldBack", ...] = ()


@dataclass(frozen=True, slots=True)
class _Lot:
    """Submissions of one system and entity type with distinct keys: their places, keys and payloads."""

    system: SourceSystem
    entity_type: str
    places: list[int]
    keys: list[str]
    payloads: list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _State:
    payload_hash: bytes
    accepted: Mapping[str, Any]
    tombstoned: bool


@atomically
def submit_payloads(submissions: Sequence[Submission], *, actor: Actor, at: datetime) -> list[Receipt]:
    """Keep and settle a batch in this transaction; one receipt per submission, in order. Raises MappingMissing.

    Payloads with one key are taken one after the other, as given.
    """
    receipts: dict[int, Receipt] = {}
    pending: dict[str, set[int]] = defaultdict(set)
    for lot in _lots(submissions):
        before = _states(lot, lock=True)
        intake = receive_payloads(lot.system, lot.entity_type, lot.payloads, actor=actor, at=at)
        receipts |= _receipts(lot, before, any_quarantined=intake.quarantined > 0)
        pending[lot.entity_type] |= set(intake.pending_ids)
    for kind in in_settling_order():
        settle_source_records(kind.name, sorted(pending[kind.name]), actor=actor, at=at)
    return _with_held_back(_with_golden_ids([receipts[place] for place in range(len(submissions))]), at=at)


def _lots(submissions: Sequence[Submission]) -> list[_Lot]:
    """What may be received at once. A key that comes again goes into a later lot."""
    lots: dict[tuple[int, int, str], _Lot] = {}
    times_seen: dict[tuple[int, str, str], int] = defaultdict(int)
    mappings = {}
    for place, given in enumerate(submissions):
        family = given.system.pk, given.entity_type
        if family not in mappings:
            mappings[family] = current_mapping(given.system, given.entity_type)[1]
        key = read(mappings[family], given.payload).key
        round_number = times_seen[*family, key]
        times_seen[*family, key] += bool(key)
        lot = lots.setdefault((round_number, *family), _Lot(given.system, given.entity_type, [], [], []))
        lot.places.append(place)
        lot.keys.append(key)
        lot.payloads.append(given.payload)
    return [lots[name] for name in sorted(lots)]


def _receipts(lot: _Lot, before: Mapping[str, _State], *, any_quarantined: bool) -> dict[int, Receipt]:
    after = _states(lot)
    hashes = [payload_hash(payload) for payload in lot.payloads]
    problems = _problems(lot, hashes) if any_quarantined else {}
    receipts = {}
    for place, key, hashed in zip(lot.places, lot.keys, hashes, strict=True):
        kept = key in after and after[key].payload_hash == hashed
        lost = Outcome.QUARANTINED if hashed in problems else Outcome.SUPPRESSED
        receipts[place] = Receipt(
            outcome=_outcome(before.get(key), after[key]) if kept else lost,
            system=lot.system.name,
            entity_type=lot.entity_type,
            key=key,
            golden_id=None,
            problems=() if kept else tuple(problems.get(hashed, ())),
        )
    return receipts


def _outcome(before: _State | None, after: _State) -> Outcome:
    if before is None:
        return Outcome.NEW
    if before.payload_hash == after.payload_hash:
        return Outcome.UNCHANGED
    same = before.accepted == after.accepted and before.tombstoned == after.tombstoned
    return Outcome.ECHO if same else Outcome.CHANGED


def _states(lot: _Lot, *, lock: bool = False) -> dict[str, _State]:
    records = SourceRecord.objects.filter(source_system=lot.system, entity_type=lot.entity_type, key__in=lot.keys)
    if lock:
        records = records.select_for_update().order_by("pk")
    rows = records.values_list("key", "payload_hash", "accepted", "tombstoned_at")
    return {key: _State(bytes(stored), accepted, gone is not None) for key, stored, accepted, gone in rows}


def _problems(lot: _Lot, hashes: Collection[bytes]) -> dict[bytes, list[dict[str, str]]]:
    entries = QuarantineEntry.objects.filter(
        source_system=lot.system,
        entity_type=lot.entity_type,
        state=QuarantineState.OPEN,
        payload_hash__in=hashes,
    )
    return {bytes(hashed): problems for hashed, problems in entries.values_list("payload_hash", "problems")}


def _with_golden_ids(receipts: Sequence[Receipt]) -> list[Receipt]:
    rows = CrosswalkEntry.objects.filter(
        unlinked_at=None, source_record__key__in={receipt.key for receipt in receipts}
    ).values_list(
        "source_record__source_system__name",
        "source_record__entity_type",
        "source_record__key",
        "golden_record__public_id",
    )
    found = {(system, kind, key): public_id for system, kind, key, public_id in rows}
    return [
        replace(receipt, golden_id=found.get((receipt.system, receipt.entity_type, receipt.key)))
        for receipt in receipts
    ]


def _with_held_back(receipts: Sequence[Receipt], *, at: datetime) -> list[Receipt]:
    """What these payloads proposed, or were refused, just now."""
    parts = ChangePart.objects.filter(
        edited_at=at, change_request__source_record__key__in={receipt.key for receipt in receipts}
    ).select_related("change_request__source_record__source_system")
    found: dict[tuple[str, str, str], list[HeldBack]] = defaultdict(list)
    for part in parts.order_by("pk"):
        record = part.change_request.source_record
        if record is not None:
            told = HeldBack(part.attribute, str(part.state), str(part.effect), part.change_request_id)
            found[record.source_system.name, record.entity_type, record.key].append(told)
    return [
        replace(receipt, held_back=tuple(found.get((receipt.system, receipt.entity_type, receipt.key), ())))
        for receipt in receipts
    ]
