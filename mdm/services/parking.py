"""Source records that cannot be settled: put aside for a person, so that the others go on."""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet

from mdm.actors import Actor
from mdm.events import PayloadsQuarantined, QuarantineClosed, emit
from mdm.models import QuarantineEntry, QuarantineState, SourceRecord
from mdm.services.audit import Act, record_audit_entries
from mdm.services.placing import NOTHING, Settlement

Answer = TypeVar("Answer")
MOST_PARKED = 25
"""Of more that fail in one run, and did not before, the records are not to blame."""
CODE = "could_not_be_settled"

_NOBODY_TO_BLAME = (OperationalError, InterfaceError, MemoryError)
_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Parking:
    """The records of one run that are put aside; they wait on, and the next run tries them again.

    `known` were put aside by earlier runs: try them last and one by one, so that they keep no others waiting.
    """

    entity_type: str
    actor: Actor
    at: datetime
    parked: set[int] = field(default_factory=set)
    known: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        names = {(entry.source_system_id, entry.key) for entry in _entries(self.entity_type)}
        waiting = SourceRecord.objects.filter(
            entity_type=self.entity_type, pending_since__isnull=False, key__in={key for _, key in names}
        )
        rows = waiting.values_list("pk", "source_system_id", "key") if names else ()
        self.known = frozenset(pk for pk, system, key in rows if (system, key) in names)

    def settled(self, source_record_ids: Sequence[int], settle: Callable[[Sequence[int]], Settlement]) -> Settlement:
        """What settling came to. Where it fails it is tried by halves, until only what fails by itself is left.

        Raises what settling raised when the database is to blame, or when too many fail.
        """
        failed: dict[int, Exception] = {}
        done = self._by_halves(source_record_ids, settle, failed)
        if failed:
            self._park(failed)
        self.release([pk for pk in source_record_ids if pk not in failed])
        return done

    def _by_halves(
        self, ids: Sequence[int], settle: Callable[[Sequence[int]], Settlement], failed: dict[int, Exception]
    ) -> Settlement:
        try:
            return settle(ids)
        except _NOBODY_TO_BLAME:
            raise
        except Exception as error:
            if len(ids) > 1:
                half = len(ids) // 2
                return self._by_halves(ids[:half], settle, failed) + self._by_halves(ids[half:], settle, failed)
            if len((self.parked | failed.keys() | {ids[0]}) - self.known) > MOST_PARKED:
                raise
            failed[ids[0]] = error
            return NOTHING

    @transaction.atomic
    def _park(self, failed: dict[int, Exception]) -> None:
        """Quarantine what each record says, once, with what went wrong: not the message, which may tell values."""
        entries: list[QuarantineEntry] = []
        acts: list[Act] = []
        for record in SourceRecord.objects.filter(pk__in=failed, erased_at=None).order_by("pk"):
            why = _where(failed[record.pk])
            _logger.error("Source record %s could not be settled: %s", record.pk, why)
            if not _is_known(record):
                entries.append(_entry(record, why))
                acts.append(Act("source_record.parked", "source_record", record.pk, reason=why))
        self.parked |= failed.keys()
        record_audit_entries(acts, actor=self.actor, at=self.at)
        if entries:
            stored = QuarantineEntry.objects.bulk_create(entries)
            emit(PayloadsQuarantined(tuple(entry.pk for entry in stored)))

    def release(self, settled: Collection[int]) -> None:
        """Of these records nobody is asked any more why they could not be settled before."""
        waiting = {
            (entry.source_system_id, entry.key): entry
            for entry in _entries(self.entity_type).filter(state=QuarantineState.OPEN)
        }
        if waiting:
            records = SourceRecord.objects.filter(
                pk__any=settled, key__in={key for _, key in waiting}, pending_since=None
            )
            names = records.values_list("source_system_id", "key")
            over = [waiting[name] for name in names if name in waiting]
            close_entries(over, QuarantineState.REPLAYED, actor=self.actor, at=self.at)


def _entries(entity_type: str) -> QuerySet[QuarantineEntry]:
    """What could not be settled before and is no other way answered by now."""
    entries = QuarantineEntry.objects.filter(entity_type=entity_type, problems__contains=[{"code": CODE}])
    return entries.exclude(state=QuarantineState.REPLAYED).defer("payload")


def _is_known(record: SourceRecord) -> bool:
    """Whether a person is asked about this payload already, or has put it aside."""
    entries = QuarantineEntry.objects.filter(
        source_system=record.source_system_id, entity_type=record.entity_type, payload_hash=record.payload_hash
    )
    put_aside = Q(state=QuarantineState.DISCARDED, problems__contains=[{"code": CODE}])
    return entries.filter(Q(state=QuarantineState.OPEN) | put_aside).exists()


def _entry(record: SourceRecord, why: str) -> QuarantineEntry:
    return QuarantineEntry(
        source_system_id=record.source_system_id,
        entity_type=record.entity_type,
        key=record.key,
        payload=record.payload,
        payload_hash=record.payload_hash,
        problems=[{"pointer": "", "code": CODE, "detail": f"Could not be matched and placed: {why}"}],
        mapping_id=record.mapping_id,
        received_at=record.received_at,
        correlation_id=record.correlation_id,
    )


@transaction.atomic
def close_entries(
    entries: Iterable[QuarantineEntry], state: QuarantineState, *, actor: Actor, at: datetime, reason: str = ""
) -> None:
    """Nothing is asked about these payloads any more."""
    ids = sorted(entry.pk for entry in entries)
    QuarantineEntry.objects.filter(pk__in=ids).update(state=state, closed_at=at)
    record_audit_entries(
        [Act(f"payload.{state}", "quarantine_entry", pk, reason=reason) for pk in ids], actor=actor, at=at
    )
    if ids:
        emit(QuarantineClosed(tuple(ids)))


def unless_failed(work: Callable[[], Answer]) -> Answer | None:
    """What the work answers; None where it failed and records may be to blame, which is found out elsewhere."""
    try:
        return work()
    except _NOBODY_TO_BLAME:
        raise
    except Exception as error:  # noqa: BLE001  # of any kind; what is to blame is looked for
        _logger.warning("A batch of source records failed and is tried by parts: %s", _where(error))
        return None


def _where(error: Exception) -> str:
    """What kind of error it was, and where."""
    last = extract_tb(error.__traceback__)[-1:]
    return " in ".join([type(error).__name__, *(f"{Path(each.filename).stem}.{each.name}" for each in last)])
