"""Values that only one golden record may have: compared after commit, so that concurrent writers see each other.

Writers put down what their golden records say, unchecked. Who checks sees only what is committed: of two that commit
the same value at the same moment, whoever is checked last finds the other. Until then neither is delivered.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from mdm.bulk import add_objects
from mdm.commitments import commitment
from mdm.entity_types import Attribute
from mdm.models import GoldenRecord, OutboxMessage, UniqueValue
from mdm.rules.checks.unique import unique_texts
from mdm.rules.documents import QualityCheck, QualityRule
from mdm.services.failures import Judged, note_failures
from mdm.services.rule_sets import PublishedRules, published_rules

_AT_ONCE = 500
_HASH_BYTES = 16

Value = tuple[int, str, bytes]  # golden record, rule, hash

# Those whose verdict may have changed: the holder, and others with the value that pass so far or are now alone with it.
_CONCERNED = """
SELECT fresh.golden_record_id, fresh.id FROM mdm_uniquevalue fresh WHERE fresh.id = ANY (%(ids)s)
UNION
SELECT peer.golden_record_id, fresh.id FROM mdm_uniquevalue fresh
CROSS JOIN LATERAL (
    SELECT other.golden_record_id FROM mdm_uniquevalue other
    WHERE other.entity_type = fresh.entity_type AND other.rule = fresh.rule AND other.value_hash = fresh.value_hash
      AND other.golden_record_id <> fresh.golden_record_id AND NOT other.is_gone
      AND (fresh.is_gone OR NOT EXISTS (
          SELECT 1 FROM mdm_failedrule failed
          WHERE failed.golden_record_id = other.golden_record_id AND failed.rule = other.rule))
    LIMIT 3
) peer WHERE fresh.id = ANY (%(ids)s)
"""
_FAILING = """
SELECT DISTINCT own.golden_record_id, own.rule FROM mdm_uniquevalue own
WHERE own.golden_record_id = ANY (%(golden)s) AND NOT own.is_gone AND EXISTS (
    SELECT 1 FROM mdm_uniquevalue other
    WHERE other.entity_type = own.entity_type AND other.rule = own.rule AND other.value_hash = own.value_hash
      AND other.golden_record_id <> own.golden_record_id AND NOT other.is_gone)
"""


def note_unique_values(judged: Sequence[Judged], rules: PublishedRules) -> None:
    """Put down what these golden records say that must be unique. The caller holds their rows, or has just made them.

    What is new or gone is checked as soon as the transaction has committed, or else before the next delivery.
    """
    asked = _unique_rules(rules)
    if not asked:
        return
    wanted = {value for each in judged for value in _values(each, asked)}
    rows = UniqueValue.objects.filter(golden_record__in=[each.golden_record.pk for each in judged])
    known = {(row.golden_record_id, row.rule, bytes(row.value_hash)): row for row in rows}
    gone = [row.pk for value, row in known.items() if value not in wanted and not row.is_gone]
    back = [row.pk for value, row in known.items() if value in wanted and row.is_gone]
    UniqueValue.objects.filter(pk__in=gone).update(is_gone=True, is_checked=False)
    UniqueValue.objects.filter(pk__in=back).update(is_gone=False, is_checked=False)
    added = [
        UniqueValue(entity_type=rules.entity_type, golden_record_id=golden, rule=rule, value_hash=value)
        for golden, rule, value in sorted(wanted - known.keys())
    ]
    add_objects(added)
    if added or gone or back:
        transaction.on_commit(partial(check_unique_values, at=None), robust=True)


def check_unique_values(*, at: datetime | None) -> int:
    """Compare what is unchecked; returns how many values. Repeating it changes nothing. `at` None means now.

    Values whose golden record, or a rival of it, somebody else holds are left for the next time.
    """
    done, last = 0, 0
    while ids := list(
        UniqueValue.objects.filter(pk__gt=last, is_checked=False).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]
    ):
        done, last = done + _check(ids, at=at or timezone.now()), ids[-1]
    return done


@transaction.atomic
def _check(ids: Sequence[int], *, at: datetime) -> int:
    unchecked = UniqueValue.objects.select_for_update(skip_locked=True).filter(pk__in=ids, is_checked=False)
    rows = {row.pk: row for row in unchecked.order_by("pk")}
    concerned: dict[int, set[int]] = {}
    for golden, row in _query(_CONCERNED, ids=list(rows)):
        concerned.setdefault(row, set()).add(golden)
    everybody = set().union(*concerned.values()) if concerned else set()
    holding = GoldenRecord.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=everybody)
    held = {record.pk: record for record in holding.order_by("pk")}
    ready = [row for row in rows.values() if concerned[row.pk] <= held.keys()]
    failing = set(_query(_FAILING, golden=list(held)))
    by_type: dict[str, list[GoldenRecord]] = {}
    for record in held.values():
        by_type.setdefault(record.entity_type, []).append(record)
    for entity_type, records in sorted(by_type.items()):
        _judge(records, failing, published_rules(entity_type), at=at)
    UniqueValue.objects.filter(pk__in=[row.pk for row in ready if row.is_gone]).delete()
    UniqueValue.objects.filter(pk__in=[row.pk for row in ready if not row.is_gone]).update(is_checked=True)
    return len(ready)


def _judge(records: Sequence[GoldenRecord], failing: set[Any], rules: PublishedRules, *, at: datetime) -> None:
    """Versions that nobody was sent yet may have the value too, so the first of them counts."""
    codes = {rule.code for rule, _ in _unique_rules(rules)}
    unsent = dict(
        OutboxMessage.objects.filter(golden_record__in=[record.pk for record in records], planned_at=None)
        .values_list("golden_record_id")
        .annotate(Min("version"))
        .order_by()
    )
    judged = [
        Judged(
            record,
            record.document.get("attributes", {}),
            frozenset(code for code in codes if (record.pk, code) in failing),
            unsent.get(record.pk, record.version),
        )
        for record in records
    ]
    note_failures(judged, rules, looked_at=codes, at=at)


def _unique_rules(rules: PublishedRules) -> list[tuple[QualityRule, Attribute]]:
    attributes = {each.name: each for each in rules.attributes}
    return [(rule, attributes[rule.attribute]) for rule in rules.document.quality if rule.check is QualityCheck.UNIQUE]


def _values(judged: Judged, asked: Sequence[tuple[QualityRule, Attribute]]) -> set[Value]:
    key = settings.ASSAY_COMMITMENT_KEY.encode()
    return {
        (judged.golden_record.pk, rule.code, commitment(text, key=key)[:_HASH_BYTES])
        for rule, attribute in asked
        for text in unique_texts(rule, attribute, judged.values)
    }


def _query(statement: str, **values: Any) -> list[tuple[Any, ...]]:  # Any: what a statement takes and gives
    parameters: Mapping[str, Any] = values
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
