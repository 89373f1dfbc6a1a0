"""The match model learns from the records at hand; the outcome is a new rule set version."""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from matching.blocking import blocking_keys
from matching.oversize import find_oversize
from matching.records import RecordBatch
from matching.standardize import standardize_batch
from matching.training import RANDOM_PAIRS, train_standardized
from mdm.actors import Actor
from mdm.bulk import few_collections
from mdm.models import HUB, RuleSet, SourceRecord
from mdm.services.candidates import match_records, node_name
from mdm.services.rule_sets import publish_rule_set, published_rules

# On the demo's records 25 keeps 99.9, 98.5 and 99.9 % of the true pairs of customers, products and locations, for a
# quarter to a third of the pairs that 100 brings; what it splits and cuts stands in the rule set's note.
LARGEST_BLOCK = 25
MOST_PAIRS = 25_000  # graded to learn from; more change no threshold by a tenth of a bit on the demo's records
FEWEST_RECORDS = 200  # below this the shipped model knows more than the data


@transaction.atomic
def train_match_model(entity_type: str, *, actor: Actor, at: datetime) -> RuleSet | None:
    """Estimate m, u and frequencies from every accepted source record and publish them; None with too few records.

    Every record then waits to be matched again: the model is part of what a partition is computed from.
    """
    rules = published_rules(entity_type)
    records = list(
        SourceRecord.objects.filter(entity_type=entity_type, tombstoned_at=None)
        .exclude(source_system__name=HUB)
        .select_related("source_system")
        .defer("payload", "canonical")
        .order_by("pk")
    )
    records.sort(key=node_name)  # as the match model's determinism asks
    if len(records) < FEWEST_RECORDS:
        return None
    batch = RecordBatch.from_records(match_records(entity_type, records))
    standardized = standardize_batch(batch, rules.match_rules)
    keys = blocking_keys(standardized, rules.match_rules)
    oversize = find_oversize(keys.rows, keys.hashes, cap=LARGEST_BLOCK)
    with few_collections():
        learned, _ = train_standardized(
            standardized,
            rules.match_rules,
            key=settings.ASSAY_COMMITMENT_KEY.encode(),
            keys=keys,
            block_cap=LARGEST_BLOCK,
            random_pairs=min(RANDOM_PAIRS, 4 * len(records)),
            most_pairs=MOST_PAIRS,
        )
    model = replace(learned, oversize=oversize)
    rule_set = publish_rule_set(
        entity_type,
        rules.document.to_document(),
        model=model,
        actor=actor,
        at=at,
        note=(
            f"Match model trained on {len(records)} source records; "
            f"{len(oversize.split)} blocking keys split, {len(oversize.cut)} joint keys cut"
        ),
    )
    if rule_set.pk != rules.rule_set_id:
        SourceRecord.objects.filter(entity_type=entity_type, pending_since=None).exclude(
            source_system__name=HUB
        ).update(pending_since=at)
    return rule_set
