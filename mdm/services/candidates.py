"""Blocking keys and candidate pairs of source records, kept in step with what the records say."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from django.conf import settings

from matching.blocking import BlockingKeys, blocking_keys, pairs_sharing_a_key
from matching.decision import MatchDecision as MatchOutcome
from matching.explain import PairAccount, explain_pairs
from matching.key_hashes import record_hashes
from matching.oversize import storable_keys
from matching.records import MatchRecord, RecordBatch
from matching.scoring import ScoredPairs, score_pairs
from matching.standardize import standardize_batch
from matching.standardize.batch import StandardizedBatch
from mdm.bulk import copy_rows, upsert_objects
from mdm.entity_types import entity_types
from mdm.events import ReviewSettled, emit
from mdm.models import BlockingKey, CandidatePair, SourceRecord
from mdm.references import resolve_references
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.references import resolved_targets, targets_of
from mdm.selectors.told_records import ToldRecord, told_records
from mdm.selectors.verified_ids import VETO, verified_ids
from mdm.services.locks import lock_blocking_keys
from mdm.services.reassignments import open_reassignments
from mdm.services.rule_sets import PublishedRules

PAIRS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class MatchBatch:
    """Source records by ascending primary key, standardized."""

    pks: npt.NDArray[np.int64]
    standardized: StandardizedBatch


def match_records(entity_type: str, records: Sequence[ToldRecord]) -> list[MatchRecord]:
    """Source records as the matching library sees them; ids are `system:key`, the same in every database.

    Where references are evidence they are resolved, and what a steward said that they are about counts.
    """
    kind = entity_types.get(entity_type)
    if not kind.matches_on_references:
        return [MatchRecord(record.name, record.system, kind.match_view(record.accepted)) for record in records]
    ids = [record.pk for record in records]
    resolved, reassigned = resolved_targets(targets_of(ids)), open_reassignments(ids)
    known = attributes_ever(entity_type)
    return [
        MatchRecord(
            id=record.name,
            source=record.system,
            values=kind.match_view(resolve_references(reassigned.accepted_of(record, known), resolved)),
        )
        for record in records
    ]


def rescore(source_record_ids: Sequence[int], *, rules: PublishedRules, at: datetime) -> int:
    """Store the blocking keys of these records anew, and their candidate pairs; returns how many were scored.

    The stripes of their keys stay locked until the transaction ends.
    """
    batch = standardized_batch(source_record_ids, rules)
    renew_keys(source_record_ids, batch, rules)
    return _rescore_pairs(batch, source_record_ids, rules=rules, at=at)


def renew_keys(source_record_ids: Sequence[int], batch: MatchBatch, rules: PublishedRules) -> None:
    """Store the blocking keys of these records, which are those of the batch, in place of their former ones.

    The stripes of both stay locked until the transaction ends.
    """
    before = BlockingKey.objects.filter(source_record__any=source_record_ids, section=rules.key_section)
    rows, hashes = _keys_to_store(batch, rules)
    lock_blocking_keys(rules.entity_type, {*hashes.tolist(), *before.values_list("key_hash", flat=True)})
    BlockingKey.objects.filter(source_record__any=source_record_ids).delete()
    _add_keys(batch, rows, hashes, rules)


def add_blocking_keys(batch: MatchBatch, rules: PublishedRules) -> None:
    """Store the keys of a batch that has none under these rules."""
    _add_keys(batch, *_keys_to_store(batch, rules), rules)


def _keys_to_store(batch: MatchBatch, rules: PublishedRules) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    keys = blocking_keys(batch.standardized, rules.match_rules)
    own = partial(record_hashes, batch.standardized)
    return storable_keys(keys.rows, keys.hashes, rules.model.oversize, record_hashes=own)


def _add_keys(
    batch: MatchBatch, rows: npt.NDArray[np.int32], hashes: npt.NDArray[np.int64], rules: PublishedRules
) -> None:
    copy_rows(
        BlockingKey,
        ("source_record", "section", "key_hash"),
        zip(batch.pks[rows].tolist(), repeat(rules.key_section), hashes.tolist(), strict=False),
    )


def _rescore_pairs(batch: MatchBatch, source_record_ids: Sequence[int], *, rules: PublishedRules, at: datetime) -> int:
    """Score every pair these records share a key in; keep those above the review floor, drop the rest."""
    pairs = pairs_to_score(source_record_ids, rules)
    kept: set[tuple[int, int]] = set()
    for scored in scored_pairs(pairs, batch, rules=rules, at=at):
        keep_pairs(scored, rules)
        kept |= {(pair["left_id"], pair["right_id"]) for pair in scored}
    drop_stale(source_record_ids, kept)
    return len(pairs)


def standardized_batch(source_record_ids: Sequence[int], rules: PublishedRules) -> MatchBatch:
    """These source records as matching looks at them."""
    records = told_records(SourceRecord.objects.filter(pk__any=source_record_ids).order_by("pk"))
    batch = RecordBatch.from_records(match_records(rules.entity_type, records))
    return MatchBatch(
        np.array([record.pk for record in records], dtype=np.int64), standardize_batch(batch, rules.match_rules)
    )


def pairs_to_score(source_record_ids: Sequence[int], rules: PublishedRules) -> npt.NDArray[np.int64]:
    """Pairs (left pk, right pk) with left < right that share a blocking key, one of them given. Shape (n, 2)."""
    keys = BlockingKey.objects.filter(section=rules.key_section)
    mine = keys.filter(source_record__any=source_record_ids).values_list("key_hash", flat=True).distinct()
    # Two plain look-ups instead of a self join: on a table just filled, PostgreSQL's guess at the join costs minutes.
    shared = np.array(
        list(keys.filter(key_hash__any=list(mine)).values_list("source_record_id", "key_hash")), dtype=np.int64
    ).reshape(-1, 2)
    pks, rows = np.unique(shared[:, 0], return_inverse=True)
    given = np.isin(pks, np.array(source_record_ids, dtype=np.int64))
    left, right = pairs_sharing_a_key(rows.astype(np.int32), shared[:, 1], given=given)
    return np.stack([pks[left], pks[right]], axis=1)


def vetoed_among(pairs: Sequence[tuple[int, int]], *, rules: PublishedRules) -> set[tuple[int, int]]:
    """Which of these pairs of source records bear a veto, stored or not."""
    found: set[tuple[int, int]] = set()
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        chunk = np.array(pairs[start : start + PAIRS_AT_ONCE], dtype=np.int64).reshape(-1, 2)
        batch = standardized_batch(np.unique(chunk).tolist(), rules)
        left, right = (np.searchsorted(batch.pks, chunk[:, side]).astype(np.int32) for side in (0, 1))
        scored = score_pairs(batch.standardized, left, right, rules.match_rules, rules.model)
        bearing = chunk[scored.vetoes != 0]
        found |= set(zip(bearing[:, 0].tolist(), bearing[:, 1].tolist(), strict=True))
        found |= verified_ids(rules.entity_type, batch.pks.tolist()).among(chunk.tolist())
    return found


ScoredColumns = dict[str, Any]  # column values of a stored pair; its explanation is written as JSON already


def scored_pairs(
    pairs: npt.NDArray[np.int64], batch: MatchBatch | None, *, rules: PublishedRules, at: datetime
) -> Iterator[list[ScoredColumns]]:
    """Those of the pairs (left pk, right pk) that weigh enough to be kept, in portions; shape of `pairs` (n, 2).

    `batch` is taken for them where it has all their records.
    """
    involved = np.unique(pairs)
    if batch is None or not np.isin(involved, batch.pks).all():
        batch = standardized_batch(involved.tolist(), rules)
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        yield _scored(pairs[start : start + PAIRS_AT_ONCE], batch, rules=rules, at=at)


def _scored(
    pairs: npt.NDArray[np.int64], batch: MatchBatch, *, rules: PublishedRules, at: datetime
) -> list[ScoredColumns]:
    left, right = (np.searchsorted(batch.pks, pairs[:, side]).astype(np.int32) for side in (0, 1))
    scored = score_pairs(batch.standardized, left, right, rules.match_rules, rules.model)
    worth = np.flatnonzero(scored.weight_bits >= rules.review_floor_bits)
    ids = verified_ids(rules.entity_type, np.unique(pairs[worth]).tolist())
    forbidden = [ids.differ(left_id, right_id) for left_id, right_id in pairs[worth].tolist()]
    explanations = _explanations(batch, scored, worth, rules, forbidden=forbidden)
    return [
        {
            "left_id": int(pairs[index, 0]),
            "right_id": int(pairs[index, 1]),
            "weight_bits": float(scored.weight_bits[index]),
            "probability": float(scored.probability[index]),
            "vetoed": differ or bool(scored.vetoes[index]),
            "explanation": explanation,
            "scored_at": at,
        }
        for index, explanation, differ in zip(worth.tolist(), explanations, forbidden, strict=True)
    ]


def _explanations(
    batch: MatchBatch,
    scored: ScoredPairs,
    worth: npt.NDArray[np.int64],
    rules: PublishedRules,
    *,
    forbidden: Sequence[bool],
) -> list[orjson.Fragment]:
    """As JSON, which takes a tenth of the memory: they all wait to be stored. `forbidden` tells of each one of `worth`
    whether verified ids differ.
    """
    ends = np.union1d(scored.left_rows[worth], scored.right_rows[worth])
    keys = _keys_of(batch, ends.astype(np.int64), rules)
    accounts = explain_pairs(
        batch.standardized,
        scored,
        worth.tolist(),
        keys=keys,
        rules=rules.match_rules,
        model=rules.model,
        profile=settings.ASSAY_MATCH_PROFILE,
    )
    told = (_forbidden(account) if differ else account for account, differ in zip(accounts, forbidden, strict=True))
    return [orjson.Fragment(orjson.dumps(account)) for account in told]


def _forbidden(account: PairAccount) -> PairAccount:
    """What the hub found out for itself forbids a link beside what the match rules forbid."""
    held = MatchOutcome.REVIEW if account["decision"] == MatchOutcome.LINK else MatchOutcome(account["decision"])
    return {**account, "vetoes": [*account["vetoes"], VETO], "decision": held.value}


def keep_pairs(scored: Sequence[ScoredColumns], rules: PublishedRules) -> None:
    """Store these pairs, in place of what was known of them."""
    upsert_objects(
        [
            CandidatePair(entity_type=rules.entity_type, decision="REVIEW", rule_set_id=rules.rule_set_id, **columns)
            for columns in scored
        ],
        unique=["left", "right"],
        update=["weight_bits", "probability", "vetoed", "explanation", "rule_set", "scored_at"],
    )


def _keys_of(batch: MatchBatch, rows: npt.NDArray[np.int64], rules: PublishedRules) -> BlockingKeys:
    """The keys of some rows: many are compared, and few are worth telling what brought them together."""
    keys = blocking_keys(batch.standardized.of_rows(rows), rules.match_rules)
    return replace(keys, rows=rows[keys.rows].astype(np.int32))


def drop_stale(
    source_record_ids: Sequence[int],
    kept: Set[tuple[int, int]],
    *,
    owned: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.bool_]] | None = None,
) -> None:
    """Forget the stored pairs of these records that are not `kept`; with `owned`, of pairs (n, 2) those it says."""
    ids = list(source_record_ids)
    stored = (
        CandidatePair.objects.filter(left__any=ids)
        .values_list("pk", "left_id", "right_id")
        .union(CandidatePair.objects.filter(right__any=ids).values_list("pk", "left_id", "right_id"))
    )
    gone = [row for row in stored if row[1:] not in kept]
    if owned is not None and gone:
        ours = owned(np.array(gone, dtype=np.int64)[:, 1:])
        gone = [row for row, is_ours in zip(gone, ours.tolist(), strict=True) if is_ours]
    stale = sorted(pk for pk, _, _ in gone)
    if stale:
        emit(ReviewSettled(tuple(stale)))
        CandidatePair.objects.filter(pk__any=stale).delete()
