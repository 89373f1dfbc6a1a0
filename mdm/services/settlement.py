"""Placing source records under golden records: keys, pairs, clusters, crosswalk, golden versions, reviews.

Everything takes a batch, and the outcome is the same in any order and any batching.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from mdm.actors import Actor
from mdm.bulk import few_collections
from mdm.models import HUB, SourceRecord
from mdm.selectors.references import targets_of
from mdm.selectors.rollouts import under_way
from mdm.services.candidates import rescore
from mdm.services.components import close_over, locked_component
from mdm.services.locks import lock_identities
from mdm.services.placing import NOTHING, Settlement, place_component
from mdm.services.provenance import link_own_creations
from mdm.services.retries import atomically
from mdm.services.rollouts.regrouping import regroup
from mdm.services.rollouts.staging import match_anew
from mdm.services.rule_sets import rules_to_work_by


def settle_source_records(
    entity_type: str, source_record_ids: Sequence[int], *, actor: Actor, at: datetime
) -> Settlement:
    """Match these source records, place them, and rebuild what changes. Repeating it changes nothing."""
    if not source_record_ids:
        return NOTHING
    return _settle(entity_type, sorted(set(source_record_ids)), actor=actor, at=at)


def settle_pending(
    entity_type: str, *, actor: Actor, at: datetime, batch: int = 10_000, progress: Callable[[int], None] | None = None
) -> Settlement:
    """Settle everything that waits, in batches that each commit: killed half-way, the next run goes on from there."""
    total = NOTHING
    while True:
        pending = SourceRecord.objects.filter(entity_type=entity_type, pending_since__isnull=False)
        ids = list(pending.order_by("pk").values_list("pk", flat=True)[:batch])
        if not ids:
            return total
        with few_collections():
            total += settle_source_records(entity_type, ids, actor=actor, at=at)
        if progress:
            progress(len(ids))


@transaction.atomic
def repartition(
    source_record_ids: Sequence[int],
    *,
    entity_type: str,
    reason: str,
    actor: Actor,
    at: datetime,
    former: Mapping[int, int] | None = None,
) -> Settlement:
    """Cluster the component of these records again after a steward's decision, which may join and divide anything.

    `former`: the golden records that source records return to where they can, when a decision is undone.
    """
    rules = rules_to_work_by(entity_type)
    rollout = under_way(entity_type).regrouping
    if rollout is not None:
        regroup(rollout, close_over(set(source_record_ids)), rules, at=at)
    component = locked_component(source_record_ids)
    return place_component(
        component, rules, changed=set(), confirmed=True, reason=reason, actor=actor, at=at, former=former
    )


@atomically
def _settle(entity_type: str, source_record_ids: Sequence[int], *, actor: Actor, at: datetime) -> Settlement:
    rules = rules_to_work_by(entity_type)
    rollouts = under_way(entity_type)
    if rollouts.regrouping is not None:
        regroup(rollouts.regrouping, source_record_ids, rules, at=at)
    locked = _locked(source_record_ids)
    if not locked:
        return NOTHING
    source_record_ids = [pk for pk, _ in locked]
    matched = [pk for pk, system in locked if system != HUB]
    lock_identities(targets_of(source_record_ids))
    scored = rescore(matched, rules=rules, at=at) if matched else 0
    if rollouts.matching is not None:
        match_anew(rollouts.matching, source_record_ids)
    if rollouts.regrouping is not None:
        # What they say now may lead to others that have yet to be regrouped.
        regroup(rollouts.regrouping, close_over(set(source_record_ids)), rules, at=at)
    link_own_creations(source_record_ids, at=at)
    done = place_component(
        locked_component(source_record_ids),
        rules,
        changed=set(source_record_ids),
        confirmed=settings.ASSAY_AUTO_REPARTITION == "auto",
        reason="Source records arrived",
        actor=actor,
        at=at,
    )
    SourceRecord.objects.filter(pk__any=source_record_ids).update(pending_since=None)
    return Settlement(len(source_record_ids), scored, done.golden_versions, done.held)


def _locked(source_record_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Lock the records until they are settled: what they say next must wait, or would be taken for settled with this.

    Returns them with their systems, without those that were erased meanwhile.
    """
    # Not against key sharing: other workers may meanwhile store pairs with these records.
    records = SourceRecord.objects.select_for_update(no_key=True, of=("self",)).filter(
        pk__any=source_record_ids, erased_at=None
    )
    return list(records.order_by("pk").values_list("pk", "source_system__name"))
