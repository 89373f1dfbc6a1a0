"""Placing source records under golden records: keys, pairs, clusters, crosswalk, golden versions, reviews.

Everything takes a batch, and the outcome is the same in any order and any batching.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from mdm.actors import Actor
from mdm.bulk import few_collections
from mdm.models import HUB, SourceRecord
from mdm.selectors.references import identities_of, targets_of
from mdm.selectors.rollouts import under_way
from mdm.services.candidates import rescore
from mdm.services.components import close_over, locked_component
from mdm.services.locks import lock_identities
from mdm.services.parking import Parking, unless_failed
from mdm.services.placing import NOTHING, Settlement, place_component
from mdm.services.prescoring import Portion, locked_rows, may_prescore, prescore
from mdm.services.provenance import link_own_creations
from mdm.services.retries import atomically
from mdm.services.rollouts.regrouping import regroup
from mdm.services.rollouts.staging import match_anew
from mdm.services.rule_sets import rules_to_work_by
from mdm.side_by_side import side_by_side

LEAST_TO_SHARE = 1_000
"""Source records in a portion that one of several processes takes."""


def settle_source_records(
    entity_type: str, source_record_ids: Sequence[int], *, actor: Actor, at: datetime
) -> Settlement:
    """Match these source records, place them, and rebuild what changes. Repeating it changes nothing."""
    if not source_record_ids:
        return NOTHING
    return _settle(entity_type, sorted(set(source_record_ids)), None, actor=actor, at=at)


def settle_pending(
    entity_type: str,
    *,
    actor: Actor,
    at: datetime,
    batch: int = 10_000,
    progress: Callable[[int], None] | None = None,
    processes: int = 1,
) -> Settlement:
    """Settle everything that waits, in batches that each commit: killed half-way, the next run goes on from there.

    Of more than a batch, or of enough for several `processes` to share, keys and pairs are all made first, and what
    belongs together is then placed at once. A record that cannot be settled is put aside for a person, and waits on.
    """
    parking, total, told = Parking(entity_type, actor, at), NOTHING, progress or (lambda _: None)
    settle = partial(settle_source_records, entity_type, actor=actor, at=at)
    waiting = _waiting(entity_type).exclude(pk__in=parking.known)
    count = waiting.count()
    size = batch if processes <= 1 else min(batch, max(LEAST_TO_SHARE, count // (2 * processes)))
    if count > size and may_prescore(entity_type):
        found = prescore(entity_type, np.array(waiting, dtype=np.int64), size=size, processes=processes, at=at)
        total += Settlement(0, found.pairs, 0, 0)
        work = partial(_settle_portion, entity_type, found.rule_set_id, actor=actor, at=at)
        for ids, done in side_by_side(work, found.portions(size=size // 2), processes=processes):
            total += parking.settled(ids, settle) if done is None else done
            if done is not None:
                parking.release(ids)
            told(len(ids))
    # What is left, and what has changed or arrived meanwhile.
    while ids := list(waiting.exclude(pk__in=parking.parked)[:batch]):
        with few_collections():
            total += parking.settled(ids, settle)
        told(len(ids))
    for pk in sorted(parking.known):
        total += parking.settled([pk], settle)
        told(1)
    return total


def _waiting(entity_type: str) -> QuerySet[SourceRecord, int]:
    pending = SourceRecord.objects.filter(entity_type=entity_type, pending_since__isnull=False)
    return pending.order_by("pk").values_list("pk", flat=True)


def _settle_portion(
    entity_type: str, rule_set_id: int, portion: Portion, *, actor: Actor, at: datetime
) -> tuple[list[int], Settlement | None]:
    """Place source records whose pairs are stored. Returns their ids, and None where that failed."""
    ids = portion.ids.tolist()
    prescored = rule_set_id, dict(zip(ids, portion.row_versions.tolist(), strict=True))
    with few_collections():
        return ids, unless_failed(partial(_settle, entity_type, ids, prescored, actor=actor, at=at))


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
def _settle(
    entity_type: str,
    source_record_ids: Sequence[int],
    prescored: tuple[int, Mapping[int, int]] | None,
    *,
    actor: Actor,
    at: datetime,
) -> Settlement:
    """`prescored` are the rule set that their pairs were stored under, and the row versions of that time."""
    rules = rules_to_work_by(entity_type)
    rollouts = under_way(entity_type)
    if rollouts.regrouping is not None:
        regroup(rollouts.regrouping, source_record_ids, rules, at=at)
    locked = locked_rows(source_record_ids)
    if prescored is not None and prescored[0] == rules.rule_set_id and rollouts.matching is None:
        # What has changed since waits on, and is scored anew.
        locked = [row for row in locked if prescored[1].get(row[0]) == row[2]]
        matched = []
    else:
        matched = [pk for pk, system, _ in locked if system != HUB]
    if not locked:
        return NOTHING
    source_record_ids = [pk for pk, _, _ in locked]
    # Those that they speak of and they themselves, which may move, in one order: two calls would lock each other out.
    lock_identities({*targets_of(source_record_ids), *identities_of(source_record_ids)})
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
