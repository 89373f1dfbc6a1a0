"""The match model learns from the records at hand and from what stewards decided: a draft, until it is published."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from matching.blocking import blocking_keys
from matching.key_hashes import stable_hash
from matching.learning import Label, learn_from_labels
from matching.model import MatchModel
from matching.oversize import OversizeKeys, find_oversize
from matching.records import RecordBatch
from matching.standardize import standardize_batch
from matching.training import RANDOM_PAIRS, train_standardized
from mdm.actors import Actor
from mdm.bulk import few_collections
from mdm.models import HUB, DecisionKind, DecisionOrigin, MatchDecision, RuleSet, SourceRecord
from mdm.selectors.told_records import ToldRecord, told_in_portions, told_records
from mdm.services.candidates import match_records
from mdm.services.rule_set_versions import draft_rule_set, publish_draft, version_of
from mdm.services.rule_sets import PublishedRules, published_rules

# On the demo's records 25 keeps 99.9, 98.5 and 99.9 % of the true pairs of customers, products and locations, for a
# quarter to a third of the pairs that 100 brings; what it splits and cuts stands in the rule set's note.
LARGEST_BLOCK = 25
MOST_PAIRS = 25_000  # graded to learn from; more change no threshold by a tenth of a bit on the demo's records
MOST_LEARNED_FROM = 100_000  # held at once, about 5 kB each
RECORDS_AT_ONCE = 10_000
FEWEST_RECORDS = 200  # below this the shipped model knows more than the data


@transaction.atomic
def draft_trained_model(entity_type: str, *, actor: Actor, at: datetime) -> RuleSet | None:
    """Learn, and keep the outcome as a draft of the rules in force; None with too few records."""
    rules = published_rules(entity_type)
    learned = _learned(rules, most_records=MOST_LEARNED_FROM)
    if learned is None:
        return None
    document = rules.document.to_document()
    return draft_rule_set(entity_type, document, model=learned.model, actor=actor, at=at, note=learned.note)


@transaction.atomic
def train_match_model(
    entity_type: str, *, actor: Actor, at: datetime, most_records: int = MOST_LEARNED_FROM
) -> RuleSet | None:
    """Learn and publish in one step, which the audit tells; None with too few records. A model that is in force already
    stays, and its version is returned. Of more than `most_records` a share is learned from.

    Every record then waits to be matched again: the model is part of what a partition is computed from.
    """
    rules = published_rules(entity_type)
    learned = _learned(rules, most_records=most_records)
    if learned is None:
        return None
    in_force = version_of(entity_type)
    if in_force.match_model is not None and in_force.match_model.sha256 == learned.model.sha256:
        return in_force
    document = rules.document.to_document()
    draft = draft_rule_set(entity_type, document, model=learned.model, actor=actor, at=at, note=learned.note)
    return publish_draft(entity_type, draft.number, actor=actor, at=at, without_rehearsal="Trained and put in force")


@dataclass(frozen=True, slots=True)
class _Learned:
    model: MatchModel
    note: str


def _learned(rules: PublishedRules, *, most_records: int) -> _Learned | None:
    """m, u and frequencies from the accepted source records, corrections from the decisions that stand.

    Beyond `most_records` a share of them, chosen by name, and all that stewards have decided about; which
    keys are too common is asked of all.
    """
    every = SourceRecord.objects.filter(entity_type=rules.entity_type, tombstoned_at=None).exclude(
        source_system__name=HUB
    )
    count = every.count()
    if count < FEWEST_RECORDS:
        return None
    records = told_records(every) if count <= most_records else _chosen(every, share=most_records / count)
    records.sort(key=lambda record: record.name)  # as the match model's determinism asks
    standardized = standardize_batch(
        RecordBatch.from_records(match_records(rules.entity_type, records)), rules.match_rules
    )
    keys = blocking_keys(standardized, rules.match_rules)
    if count > most_records:
        oversize = _oversize_among(every, rules)
    else:
        oversize = find_oversize(keys.rows, keys.hashes, cap=LARGEST_BLOCK)
    labels = _labels(records)
    with few_collections():
        model, pairs = train_standardized(
            standardized,
            rules.match_rules,
            find_unique_sources=True,
            key=settings.ASSAY_COMMITMENT_KEY.encode(),
            keys=keys,
            block_cap=LARGEST_BLOCK,
            random_pairs=min(RANDOM_PAIRS, 4 * len(records)),
            most_pairs=MOST_PAIRS,
        )
        model = learn_from_labels(standardized, pairs, rules.match_rules, model, labels)
    return _Learned(replace(model, oversize=oversize), _note(len(records), len(labels), oversize, model.unique_sources))


def _chosen(every: QuerySet[SourceRecord], *, share: float) -> list[ToldRecord]:
    """About that share of the records, the same in any database, and those that stewards have decided about."""
    decided = MatchDecision.objects.filter(origin=DecisionOrigin.STEWARD, closed_at=None).values_list("left", "right")
    labelled = {pk for pair in decided for pk in pair}
    below = int(share * 2**64)
    return [
        record
        for portion in told_in_portions(every.order_by("pk"), size=RECORDS_AT_ONCE)
        for record in portion
        if record.pk in labelled or stable_hash(record.name) + 2**63 < below
    ]


def _oversize_among(every: QuerySet[SourceRecord], rules: PublishedRules) -> OversizeKeys:
    """The keys that too many of all records share; of the records only their keys are held."""
    rows, hashes = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.int64)]
    seen = 0
    for portion in told_in_portions(every.order_by("pk"), size=RECORDS_AT_ONCE):
        batch = RecordBatch.from_records(match_records(rules.entity_type, portion))
        keys = blocking_keys(standardize_batch(batch, rules.match_rules), rules.match_rules)
        rows.append(keys.rows + np.int32(seen))
        hashes.append(keys.hashes)
        seen += len(portion)
    return find_oversize(np.concatenate(rows), np.concatenate(hashes), cap=LARGEST_BLOCK)


def _labels(records: Sequence[ToldRecord]) -> list[Label]:
    """What stewards said of two of these records, and did not take back."""
    name_of = {record.pk: record.name for record in records}
    decisions = MatchDecision.objects.filter(origin=DecisionOrigin.STEWARD, closed_at=None).order_by("pk")
    return [
        Label(name_of[left], name_of[right], kind == DecisionKind.MUST_LINK)
        for left, right, kind in decisions.values_list("left_id", "right_id", "kind")
        if left in name_of and right in name_of
    ]


def _note(records: int, labels: int, oversize: OversizeKeys, unique_sources: Sequence[str]) -> str:
    decisions = f" and {labels} decisions of stewards" if labels else ""
    unique = f"; free of duplicates: {', '.join(unique_sources)}" if unique_sources else ""
    return (
        f"Match model trained on {records} source records{decisions}; "
        f"{len(oversize.split)} blocking keys split, {len(oversize.cut)} joint keys cut{unique}"
    )
