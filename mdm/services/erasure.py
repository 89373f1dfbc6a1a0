"""Erasure: a golden record and everything kept about it lose their values; ids, versions and seals stay.

What the running role may not write is done by one function of the database's owner, `mdm_erase`.
"""

import hashlib
import hmac
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.conf import settings
from django.db import connection

from mdm.actors import Actor
from mdm.errors import MdmError, StateConflict
from mdm.events import ApprovalSettled, GoldenRecordsErased, PinSettled, QuarantineClosed, ReviewSettled, emit
from mdm.models import BlockingKey, CrosswalkEntry, GoldenRecord, GoldenStatus, RemoteRecord, SourceRecord
from mdm.selectors.erasure import ErasureScope, erasure_scope, telling, texts_of
from mdm.selectors.golden import golden_record_by_public_id
from mdm.selectors.references import identities_of
from mdm.services.audit import Act, record_audit_entries
from mdm.services.dependents import rebuild_dependents
from mdm.services.erasure_beside import GONE, given_to, let_go, make_again
from mdm.services.failures import forget_failures
from mdm.services.locks import lock_blocking_keys
from mdm.services.reassignments import close_words_of
from mdm.services.rebuild import Cause
from mdm.services.retries import atomically
from mdm.services.settlement import settle_source_records
from mdm.services.suppression import Suppression, add_suppressions, present_despite, suppress
from mdm.services.tax_evidence import forget_tax_evidence
from mdm.services.versions import NextVersion, write_versions

SHORTEST_NAME = 4  # shorter texts of a record stand in any sentence


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased. `public_ids`: the golden record and those merged into it; `counts` by kind of row.

    `targets` are the systems that are told to delete their records.
    """

    public_ids: tuple[str, ...]
    counts: Mapping[str, int]
    targets: tuple[str, ...]


class NotAPerson(MdmError):
    code = "not_a_person"

    def __init__(self, public_id: str) -> None:
        super().__init__(f"{public_id} is not a customer of kind person; --force erases another customer all the same.")


class ReasonTellsValues(MdmError):
    """The audit trail keeps the reason for good."""

    code = "reason_tells_values"

    def __init__(self) -> None:
        super().__init__("The reason holds a value of the record, and would outlive it; name a case number instead.")


@atomically
def erase_golden_record(public_id: str, *, reason: str, actor: Actor, at: datetime, force: bool = False) -> Erasure:
    """Erase a customer, with every golden record merged into it and every source record under them.

    Raises MistypedPublicId, NotFound, StateConflict when it is merged or erased, NotAPerson, ReasonTellsValues.
    """
    record = golden_record_by_public_id(public_id, entity_type="customer")
    scope = _locked_scope(record)
    record.refresh_from_db()
    _refuse(record, force=force)
    texts = texts_of(scope)
    if any(len(text) >= SHORTEST_NAME and text.casefold() in reason.casefold() for text in texts):
        raise ReasonTellsValues
    identities = identities_of(scope.source_record_ids)
    suppress(identities, at=at)
    _fall_silent(scope, actor=actor, at=at)
    forget_tax_evidence(scope)
    neighbors = let_go(scope, actor=actor, at=at)
    erased = _publish_erased(scope, actor=actor, at=at)
    targets = RemoteRecord.objects.filter(golden_record__in=scope.golden_record_ids, gone_at=None)
    systems = tuple(sorted(set(targets.values_list("target__name", flat=True))))
    marks = [*telling(texts), *(golden.public_id for golden in erased)]
    rows = _erase_rows(scope, salt=_salt(record.public_id), marks=marks, actor=actor, at=at)
    make_again(neighbors, agreed={}, actor=actor, at=at)  # what else waited there is asked anew
    forget_failures(scope.golden_record_ids)
    _tell(scope, rows, salt=_salt(record.public_id), actor=actor)
    record_audit_entries(
        [Act("golden_record.erased", "golden_record", each.pk, each.version, reason) for each in erased],
        actor=actor,
        at=at,
    )
    counts = {"golden_records": len(erased), **{name: len(ids) for name, ids in rows.items()}}
    return Erasure(tuple(golden.public_id for golden in erased), counts, systems)


@atomically
def replay_suppressions(entries: Sequence[Suppression], *, actor: Actor, at: datetime) -> list[Erasure]:
    """After a backup was restored: keep these away again, and erase the golden records that hold them.

    What the backup held unplaced is placed first: erasure takes a golden record with all that is under it.
    """
    add_suppressions(entries)
    present = present_despite(entries)
    _place(present, actor=actor, at=at)
    held = CrosswalkEntry.objects.filter(source_record__in=present, unlinked_at=None)
    ids = held.order_by("golden_record").values_list("golden_record__public_id", flat=True)
    reason = "Erased before; a backup had brought it back"
    return [
        erase_golden_record(public_id, reason=reason, actor=actor, at=at, force=True)
        for public_id in dict.fromkeys(ids)
    ]


def _place(source_record_ids: Sequence[int], *, actor: Actor, at: datetime) -> None:
    unplaced = SourceRecord.objects.filter(pk__in=source_record_ids).exclude(
        pk__in=CrosswalkEntry.objects.filter(unlinked_at=None).values("source_record")
    )
    by_type: dict[str, list[int]] = defaultdict(list)
    for pk, entity_type in unplaced.order_by("pk").values_list("pk", "entity_type"):
        by_type[entity_type].append(pk)
    for entity_type, ids in sorted(by_type.items()):
        settle_source_records(entity_type, ids, actor=actor, at=at)


def _locked_scope(record: GoldenRecord) -> ErasureScope:
    """The scope with its rows locked, in the order of settlement: source records, their keys, golden records.

    Read again after locking; one that changed meanwhile is refused. Nobody stores pairs with these records then.
    """
    scope = erasure_scope(record.pk)
    sources = SourceRecord.objects.select_for_update().filter(pk__in=scope.source_record_ids).order_by("pk")
    list(sources.values_list("pk"))
    keys = BlockingKey.objects.filter(source_record__in=scope.source_record_ids)
    lock_blocking_keys(record.entity_type, keys.values_list("key_hash", flat=True))
    golden = GoldenRecord.objects.select_for_update().filter(pk__in=scope.golden_record_ids).order_by("pk")
    list(golden.values_list("pk"))
    if erasure_scope(record.pk) != scope:
        raise StateConflict(f"{record.public_id} is being regrouped; try again.")
    return scope


def _refuse(record: GoldenRecord, *, force: bool) -> None:
    if record.status == GoldenStatus.ERASED:
        raise StateConflict(f"{record.public_id} is erased already.")
    if record.merged_into is not None:
        raise StateConflict(f"{record.public_id} was merged into {record.merged_into.public_id}; erase that one.")
    if record.document["attributes"].get("kind") != "person" and not force:
        raise NotAPerson(record.public_id)


def _fall_silent(scope: ErasureScope, *, actor: Actor, at: datetime) -> None:
    """What stewards said that these records say of other golden records leaves those."""
    receivers = close_words_of(scope.source_record_ids, actor=actor, at=at)
    others = [each for each in receivers if each[0] not in scope.source_record_ids]
    homes = CrosswalkEntry.objects.filter(source_record__in=[pk for pk, _ in others], unlinked_at=None)
    agreed = given_to(GoldenRecord.objects.filter(pk__in=homes.values("golden_record")), scope)
    rebuild_dependents(others, cause=Cause(GONE, {}, agreed=agreed), actor=actor, at=at)


def _publish_erased(scope: ErasureScope, *, actor: Actor, at: datetime) -> list[GoldenRecord]:
    """The last version of each, without values."""
    golden = GoldenRecord.objects.filter(pk__in=scope.golden_record_ids).order_by("pk")
    return write_versions(
        [
            NextVersion(
                golden_record=record,
                status=GoldenStatus.ERASED,
                merged_into=None,
                attributes={},
                lineage={},
                quality=1.0,
                rule_set_id=record.rule_set_id,
                recompute_at=None,
                correlation_id=uuid.uuid4(),
                reason="Erased",
            )
            for record in golden
        ],
        actor=actor,
        at=at,
    )


def _erase_rows(
    scope: ErasureScope, *, salt: bytes, marks: Sequence[str], actor: Actor, at: datetime
) -> dict[str, list[int]]:
    """Kind of row → primary keys of the rows that lost their values."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mdm_erase(%s, %s, %s, %s, %s, %s)::text",
            [list(scope.golden_record_ids), list(scope.source_record_ids), salt, list(marks), actor.name, at],
        )
        row = cursor.fetchone()
        rows: dict[str, list[int]] = orjson.loads(row[0]) if row else {}
        cursor.execute(
            "SELECT mdm_erase_from_lineage(%s, %s)", [list(scope.golden_record_ids), list(scope.source_record_ids)]
        )
        rows["neighbor_lineages"] = cursor.fetchone()[0]
        cursor.execute(
            "SELECT mdm_erase_what_waited(%s, %s, %s, %s, %s)",
            [list(scope.golden_record_ids), list(scope.source_record_ids), salt, actor.name, at],
        )
        rows["change_requests"] += cursor.fetchone()[0]
    return rows


def _tell(scope: ErasureScope, rows: Mapping[str, Sequence[int]], *, salt: bytes, actor: Actor) -> None:
    emit(ReviewSettled(tuple(rows["candidate_pairs"])))
    emit(QuarantineClosed(tuple(rows["quarantine_entries"])))
    for pin in rows["pins"]:
        emit(PinSettled(pin, actor.name))
    for request in rows["change_requests"]:
        emit(ApprovalSettled(request, actor.name))
    emit(
        GoldenRecordsErased(
            golden_record_ids=scope.golden_record_ids,
            source_record_ids=scope.source_record_ids,
            candidate_pair_ids=tuple(rows["candidate_pairs"]),
            change_request_ids=tuple(rows["change_requests"]),
            pin_ids=tuple(rows["pins"]),
            condition_ids=tuple(rows["reopening_conditions"]),
            quarantine_entry_ids=tuple(rows["quarantine_entries"]),
            salt=salt,
        )
    )


def _salt(public_id: str) -> bytes:
    """Turns hashes into keyed commitments. Of one length, as hashes are: SHA-256 over both cannot be extended."""
    return hmac.digest(settings.ASSAY_COMMITMENT_KEY.encode(), f"erased {public_id}".encode(), hashlib.sha256)
