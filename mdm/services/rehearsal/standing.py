"""The whole of an entity type as evidence: read set-wise, with stored pairs or with those that a draft would make."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from matching.blocking import blocking_keys, pairs_sharing_a_key
from matching.key_hashes import record_hashes
from matching.oversize import storable_keys
from matching.records import RecordBatch
from matching.scoring import score_pairs
from matching.standardize import standardize_batch
from matching.standardize.batch import StandardizedBatch
from matching.standardize.joining import joined_batches
from mdm.evidence import Evidence, ScoredPair
from mdm.models import HUB, CandidatePair, CrosswalkEntry, DecisionKind, MatchDecision, SourceRecord
from mdm.selectors.told_records import told_in_portions
from mdm.selectors.verified_ids import VETO, verified_ids
from mdm.services.candidates import match_records
from mdm.services.provenance import anchors_of_own_creations
from mdm.services.rule_sets import PublishedRules

RECORDS_AT_ONCE = 5_000
PAIRS_AT_ONCE = 250_000


def evidence_without_pairs(entity_type: str) -> Evidence:
    """Names, decisions and crosswalk of every source record of the type."""
    records = SourceRecord.objects.filter(entity_type=entity_type)
    names, systems = dict[int, str](), dict[int, str]()
    known: dict[str, str] = {}
    tombstoned = set[int]()
    for pk, system, key, deleted_at in records.values_list(
        "pk", "source_system__name", "key", "tombstoned_at"
    ).iterator():
        if deleted_at is not None:
            tombstoned.add(pk)
        names[pk], systems[pk] = f"{system}:{key}", known.setdefault(system, system)
    entries = CrosswalkEntry.objects.filter(unlinked_at=None, source_record__entity_type=entity_type)
    placed = dict(entries.values_list("source_record_id", "golden_record_id").iterator())
    decisions = list(
        MatchDecision.objects.filter(closed_at=None, left__entity_type=entity_type).values_list(
            "left_id", "right_id", "kind"
        )
    )
    own = anchors_of_own_creations(sorted(names.keys() - placed.keys()))
    must = {(left, right) for left, right, kind in decisions if kind == DecisionKind.MUST_LINK}
    must |= {(min(record, anchor), max(record, anchor)) for record, anchor in own.items() if record != anchor}
    return Evidence(
        names=names,
        systems=systems,
        tombstoned=tombstoned,
        pairs=(),
        must_links=sorted(must),
        cannot_links=sorted((left, right) for left, right, kind in decisions if kind == DecisionKind.CANNOT_LINK),
        placed=placed,
    )


def stored_pairs(entity_type: str) -> list[ScoredPair]:
    """The pairs that the rules in force keep."""
    rows = CandidatePair.objects.filter(entity_type=entity_type).order_by("left_id", "right_id")
    return [
        ScoredPair(pk, left, right, weight_bits, probability, tuple(vetoes))
        for pk, left, right, weight_bits, probability, vetoes in rows.values_list(
            "pk", "left_id", "right_id", "weight_bits", "probability", "explanation__vetoes"
        ).iterator()
    ]


def drafted_pairs(rules: PublishedRules, *, stored: Sequence[ScoredPair]) -> list[ScoredPair]:
    """The pairs that these rules would keep, of all source records of the type.

    A pair that is stored keeps its `pk`, another takes a later one, as storing them would have it.
    """
    pks, standardized = _standardized(rules)
    if not len(standardized):
        return []
    keys = blocking_keys(standardized, rules.match_rules)
    own = partial(record_hashes, standardized)
    rows, hashes = storable_keys(keys.rows, keys.hashes, rules.model.oversize, record_hashes=own)
    left, right = pairs_sharing_a_key(rows, hashes)
    pk_of = {(pair.left, pair.right): pair.pk for pair in stored}
    unused = max(pk_of.values(), default=0)
    found: list[ScoredPair] = []
    ids = verified_ids(rules.entity_type)
    for start in range(0, len(left), PAIRS_AT_ONCE):
        chunk = slice(start, start + PAIRS_AT_ONCE)
        scored = score_pairs(standardized, left[chunk], right[chunk], rules.match_rules, rules.model)
        for index in np.flatnonzero(scored.weight_bits >= rules.review_floor_bits).tolist():
            ends = int(pks[scored.left_rows[index]]), int(pks[scored.right_rows[index]])
            unused += 1
            weight_bits, probability = float(scored.weight_bits[index]), float(scored.probability[index])
            vetoes = (*scored.vetoes_of(index), *([VETO] if ids.differ(*ends) else []))
            found.append(ScoredPair(pk_of.get(ends, unused), *ends, weight_bits, probability, vetoes))
    return found


def with_pairs(evidence: Evidence, pairs: Sequence[ScoredPair]) -> Evidence:
    """The same records with these pairs."""
    return replace(evidence, pairs=pairs)


def _standardized(rules: PublishedRules) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], StandardizedBatch]:
    matched = SourceRecord.objects.filter(entity_type=rules.entity_type).exclude(source_system__name=HUB).order_by("pk")
    pks: list[int] = []

    def batches() -> Iterator[StandardizedBatch]:
        for records in told_in_portions(matched, size=RECORDS_AT_ONCE):
            pks.extend(record.pk for record in records)
            batch = RecordBatch.from_records(match_records(rules.entity_type, records))
            yield standardize_batch(batch, rules.match_rules)

    whole = joined_batches(batches())
    return np.array(pks, dtype=np.int64), whole
