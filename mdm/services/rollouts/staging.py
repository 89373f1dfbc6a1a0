"""Pairs under rules that are not in force yet, made beside those that are."""

from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import QuerySet

from mdm.bulk import upsert_objects
from mdm.events import ReviewSettled, emit
from mdm.models import HUB, BlockingKey, CandidatePair, Rollout, RolloutPair, RolloutRecord, SourceRecord
from mdm.services.candidates import add_blocking_keys, pairs_to_score, scored_pairs, standardized_batch
from mdm.services.rule_sets import PublishedRules

_CARRY_OVER = """
INSERT INTO mdm_candidatepair (entity_type, left_id, right_id, weight_bits, probability, decision, vetoed,
                               explanation, rule_set_id, scored_at)
SELECT %(entity_type)s, left_id, right_id, weight_bits, probability, 'REVIEW', vetoed,
       explanation, %(rule_set)s, scored_at
FROM mdm_rolloutpair WHERE id = ANY(%(pairs)s) ORDER BY left_id, right_id
ON CONFLICT (left_id, right_id) DO UPDATE SET
    weight_bits = EXCLUDED.weight_bits, probability = EXCLUDED.probability, vetoed = EXCLUDED.vetoed,
    explanation = EXCLUDED.explanation, rule_set_id = EXCLUDED.rule_set_id, scored_at = EXCLUDED.scored_at
"""


def stage_next(rollout: Rollout, rules: PublishedRules, *, at_most: int, at: datetime) -> tuple[int, int]:
    """Make the pairs of some records that have none under the rollout's rules; returns records and pairs scored.

    The records stay locked until the transaction ends: what they say next is told afterwards, and they are made anew.
    """
    waiting = RolloutRecord.objects.filter(rollout=rollout, matched=False).order_by("source_record")
    ids = list(waiting.values_list("source_record_id", flat=True)[:at_most])
    if not ids:
        return 0, 0
    records = SourceRecord.objects.select_for_update(no_key=True, of=("self",)).filter(pk__any=ids).order_by("pk")
    matchable = [pk for pk, system in records.values_list("pk", "source_system__name") if system != HUB]
    scored = _stage(rollout, matchable, rules, at=at) if matchable else 0
    RolloutRecord.objects.filter(rollout=rollout, source_record__any=ids).update(matched=True)
    return len(ids), scored


def match_anew(rollout: Rollout, source_record_ids: Sequence[int]) -> None:
    """These records were told anew, or are new: their pairs under the rollout's rules must be made again."""
    RolloutRecord.objects.bulk_create(
        [RolloutRecord(rollout=rollout, source_record_id=pk, matched=False) for pk in source_record_ids],
        update_conflicts=True,
        unique_fields=["source_record", "rollout"],
        update_fields=["matched"],
    )


def carry_over(rollout: Rollout, source_record_ids: Collection[int], rules: PublishedRules) -> None:
    """The staged pairs of these records become their candidate pairs, in place of those under other rules."""
    staged = RolloutPair.objects.filter(rollout=rollout)
    pairs = {pk for end in ("left__any", "right__any") for pk in _ids(staged.filter(**{end: source_record_ids}))}
    with connection.cursor() as cursor:
        cursor.execute(
            _CARRY_OVER,
            {"entity_type": rules.entity_type, "rule_set": rules.rule_set_id, "pairs": sorted(pairs)},
        )
    staged.filter(pk__any=pairs).delete()
    stored = CandidatePair.objects.exclude(rule_set=rules.rule_set_id)
    outdated = {pk for end in ("left__any", "right__any") for pk in _ids(stored.filter(**{end: source_record_ids}))}
    if outdated:
        emit(ReviewSettled(tuple(sorted(outdated))))
        CandidatePair.objects.filter(pk__any=outdated).delete()
    keys = BlockingKey.objects.filter(source_record__any=source_record_ids)
    keys.exclude(section=rules.key_section).delete()


def _ids(pairs: QuerySet[RolloutPair] | QuerySet[CandidatePair]) -> list[int]:
    return list(pairs.values_list("pk", flat=True))


def _stage(rollout: Rollout, source_record_ids: Sequence[int], rules: PublishedRules, *, at: datetime) -> int:
    batch = standardized_batch(source_record_ids, rules)
    BlockingKey.objects.filter(source_record__any=source_record_ids, section=rules.key_section).delete()
    add_blocking_keys(batch, rules)
    pairs = _with_matched(rollout, pairs_to_score(source_record_ids, rules), source_record_ids)
    RolloutPair.objects.filter(rollout=rollout, left__any=source_record_ids).delete()
    RolloutPair.objects.filter(rollout=rollout, right__any=source_record_ids).delete()
    for scored in scored_pairs(pairs, batch, rules=rules, at=at):
        upsert_objects(
            [RolloutPair(rollout=rollout, **columns) for columns in scored],
            unique=["left", "right", "rollout"],
            update=["weight_bits", "probability", "vetoed", "explanation", "scored_at"],
        )
    return len(pairs)


def _with_matched(
    rollout: Rollout, pairs: npt.NDArray[np.int64], source_record_ids: Sequence[int]
) -> npt.NDArray[np.int64]:
    """Those with a record whose turn was before, or is now: each pair is scored once, with whichever comes last."""
    others = RolloutRecord.objects.filter(rollout=rollout, source_record__any=np.unique(pairs).tolist(), matched=True)
    known = np.array([*others.values_list("source_record_id", flat=True), *source_record_ids], dtype=np.int64)
    return pairs[np.isin(pairs, known).all(axis=1)]
