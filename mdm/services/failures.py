"""Which quality rules golden records fail, kept set-wise in the transaction that judged them; who is told of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from mdm.actors import Actor
from mdm.bulk import add_objects
from mdm.commitments import commitment
from mdm.entity_types import Document
from mdm.errors import StateConflict
from mdm.events import QualityBreached, QualityReleased, QualityRestored, emit
from mdm.models import FailedRule, GoldenRecord, UniqueValue
from mdm.rules.documents import QualityCheck, QualityRule
from mdm.services.audit import Act, record_audit_entries
from mdm.services.retries import atomically
from mdm.services.rule_sets import PublishedRules

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Judged:
    """A golden record as it was judged: the codes of the rules it fails, of those that were looked at.

    `since_version` is the first version that fails where it passed before.
    """

    golden_record: GoldenRecord
    values: Document
    failed: frozenset[str]
    since_version: int


def note_failures(
    judged: Sequence[Judged], rules: PublishedRules, *, looked_at: Collection[str] | None = None, at: datetime
) -> None:
    """Keep what each golden record fails now, and tell of what a person is to look at. Repeating it changes nothing.

    The caller holds the records' rows locked, or has just made them. `looked_at` None means every rule but `unique`.
    """
    by_code = {rule.code: rule for rule in rules.document.quality}
    apart = {rule.code for rule in rules.document.quality if rule.check is QualityCheck.UNIQUE}
    known = _known([each.golden_record.pk for each in judged], looked_at, apart)
    added: list[FailedRule] = []
    changed: list[FailedRule] = []
    over: list[FailedRule] = []
    for each in judged:
        rows = known.get(each.golden_record.pk, {})
        over += [row for code, row in rows.items() if code not in each.failed]
        for code in sorted(each.failed):
            row = _row(each, by_code[code], rules.entity_type, at=at)
            if code not in rows:
                added.append(row)
            elif _differs(rows[code], row):
                changed.append(_renewed(rows[code], row))
    if not (added or changed or over):
        return
    FailedRule.objects.filter(pk__in=[row.pk for row in over]).delete()
    add_objects(added)
    FailedRule.objects.bulk_update(changed, _CHANGING, batch_size=_AT_ONCE)
    _tell({row.golden_record_id for row in (*added, *changed, *over) if row.asks})


def forget_failures(golden_record_ids: Sequence[int]) -> None:
    """These golden records are merged away or erased: nothing is asked of them, their values are free for others."""
    FailedRule.objects.filter(golden_record__in=golden_record_ids).delete()
    UniqueValue.objects.filter(golden_record__in=golden_record_ids, is_gone=False).update(
        is_gone=True, is_checked=False
    )
    if golden_record_ids:
        emit(QualityRestored(tuple(golden_record_ids)))


@atomically
def release_golden_record(golden_record: GoldenRecord, *, reason: str, actor: Actor, at: datetime) -> None:
    """Let a golden record go as it is, though it fails rules that block or ask, until the values that fail change.

    Raises StateConflict when it fails none, or the reason is missing.
    """
    if not reason.strip():
        raise StateConflict("Say why: the audit keeps it.")
    record = GoldenRecord.objects.select_for_update(no_key=True).get(pk=golden_record.pk)
    waiting = FailedRule.objects.filter(golden_record=record, asks=True, released_at=None)
    rules = sorted(waiting.values_list("rule", flat=True))
    if not rules:
        raise StateConflict("It passes meanwhile, or somebody has let it go before.")
    waiting.update(released_at=at, released_by=actor.name, release_reason=reason)
    act = Act("quality.released", "golden_record", record.pk, record.version, f"{reason} ({', '.join(rules)})")
    record_audit_entries([act], actor=actor, at=at)
    emit(QualityReleased(record.pk, actor.name))


_CHANGING = [
    "severity",
    "attribute",
    "asks",
    "blocks",
    "since_version",
    "values_commitment",
    "released_at",
    "released_by",
    "release_reason",
]


def _known(
    ids: Sequence[int], looked_at: Collection[str] | None, apart: Collection[str]
) -> Mapping[int, dict[str, FailedRule]]:
    wanted = ~Q(rule__in=apart) if looked_at is None else Q(rule__in=looked_at)
    known: dict[int, dict[str, FailedRule]] = {}
    for row in FailedRule.objects.filter(wanted, golden_record__in=ids):
        known.setdefault(row.golden_record_id, {})[row.rule] = row
    return known


def _row(judged: Judged, rule: QualityRule, entity_type: str, *, at: datetime) -> FailedRule:
    said = [
        judged.values.get(rule.attribute),
        judged.values.get(rule.other or "") if rule.compares_attributes else None,
    ]
    return FailedRule(
        entity_type=entity_type,
        golden_record=judged.golden_record,
        rule=rule.code,
        attribute=rule.attribute,
        severity=rule.severity.value,
        asks=rule.asks,
        blocks=rule.blocks is not None,
        since_version=judged.since_version,
        since_at=at,
        values_commitment=commitment(said, key=settings.ASSAY_COMMITMENT_KEY.encode()),
    )


def _differs(row: FailedRule, now: FailedRule) -> bool:
    told = ("severity", "attribute", "asks", "blocks")
    return _says_otherwise(row, now) or any(getattr(row, name) != getattr(now, name) for name in told)


def _says_otherwise(row: FailedRule, now: FailedRule) -> bool:
    return bytes(row.values_commitment) != bytes(now.values_commitment)


def _renewed(row: FailedRule, now: FailedRule) -> FailedRule:
    """The row as it is now. A release was of the values then: others that fail wait again, from this version on."""
    if row.released_at is not None and _says_otherwise(row, now):
        row.released_at, row.released_by, row.release_reason = None, "", ""
        row.since_version = now.since_version
    row.severity, row.attribute, row.asks, row.blocks = now.severity, now.attribute, now.asks, now.blocks
    row.values_commitment = now.values_commitment
    return row


def _tell(golden_record_ids: set[int]) -> None:
    if not golden_record_ids:
        return
    waiting = FailedRule.objects.filter(golden_record__in=golden_record_ids, asks=True, released_at=None)
    asked = set(waiting.values_list("golden_record_id", flat=True))
    if asked:
        emit(QualityBreached(tuple(sorted(asked))))
    if golden_record_ids - asked:
        emit(QualityRestored(tuple(sorted(golden_record_ids - asked))))
