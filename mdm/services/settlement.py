"""Placing source records under golden records: keys, pairs, clusters, crosswalk, golden versions, reviews.

Everything takes a batch, and the outcome is the same in any order and any batching.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db import OperationalError, transaction

from mdm.actors import Actor
from mdm.bulk import few_collections
from mdm.events import RepartitionHeld, emit
from mdm.models import HUB, SourceRecord
from mdm.partition import Placement
from mdm.selectors.references import dependent_source_records, targets_of
from mdm.services.candidates import rescore
from mdm.services.change_parts import withdraw_corrections_of
from mdm.services.clusters import choose_placement
from mdm.services.components import Component, locked_component
from mdm.services.crosswalk import apply_placement, past_homes, relied_upon
from mdm.services.dependents import rebuild_dependents
from mdm.services.locks import lock_identities
from mdm.services.provenance import link_own_creations
from mdm.services.reassignments import receivers_of
from mdm.services.rebuild import Cause, rebuild_golden_records
from mdm.services.reopening import ask_where_met
from mdm.services.reviews import mark_pairs
from mdm.services.rule_sets import PublishedRules, published_rules

Answer = TypeVar("Answer")
DEADLOCK_RETRIES = 5


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a batch came to. `held` counts components whose new partition waits for a steward."""

    source_records: int
    pairs_scored: int
    golden_versions: int
    held: int


NOTHING = Settlement(0, 0, 0, 0)


def settle_source_records(
    entity_type: str, source_record_ids: Sequence[int], *, actor: Actor, at: datetime
) -> Settlement:
    """Match these source records, place them, and rebuild what changes. Repeating it changes nothing."""
    if not source_record_ids:
        return NOTHING
    return _retried(lambda: _settle(entity_type, sorted(set(source_record_ids)), actor=actor, at=at))


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
            done = settle_source_records(entity_type, ids, actor=actor, at=at)
        total = Settlement(
            total.source_records + done.source_records,
            total.pairs_scored + done.pairs_scored,
            total.golden_versions + done.golden_versions,
            total.held + done.held,
        )
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
    rules = published_rules(entity_type)
    component = locked_component(source_record_ids)
    placement, held = _placement(component, rules, confirmed=True, former=former)
    return _apply(component, placement, rules, changed=set(), held=held, reason=reason, actor=actor, at=at)


def _settle(entity_type: str, source_record_ids: Sequence[int], *, actor: Actor, at: datetime) -> Settlement:
    with transaction.atomic():
        rules = published_rules(entity_type)
        matched = _locked(source_record_ids)
        lock_identities(targets_of(source_record_ids))
        scored = 0
        if matched:
            scored = rescore(matched, rules=rules, at=at)
        link_own_creations(source_record_ids, at=at)
        component = locked_component(source_record_ids)
        placement, held = _placement(component, rules, confirmed=settings.ASSAY_AUTO_REPARTITION == "auto")
        done = _apply(
            component,
            placement,
            rules,
            changed=set(source_record_ids),
            held=held,
            reason="Source records arrived",
            actor=actor,
            at=at,
        )
        SourceRecord.objects.filter(pk__any=source_record_ids).update(pending_since=None)
        return Settlement(len(source_record_ids), scored, done.golden_versions, done.held)


def _locked(source_record_ids: Sequence[int]) -> list[int]:
    """Lock the records until they are settled: what they say next must wait, or would be taken for settled with this.

    Returns those that matching looks at.
    """
    # Not against key sharing: other workers may meanwhile store pairs with these records.
    records = SourceRecord.objects.select_for_update(no_key=True, of=("self",)).filter(pk__any=source_record_ids)
    rows = list(records.order_by("pk").values_list("pk", "source_system__name"))
    return [pk for pk, system in rows if system != HUB]


def _apply(
    component: Component,
    placement: Placement,
    rules: PublishedRules,
    *,
    changed: set[int],
    held: int,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Settlement:
    moved, touched = apply_placement(
        component, placement, rules=rules, changed=changed, reason=reason, actor=actor, at=at
    )
    withdraw_corrections_of(moved & component.placed.keys(), at=at)
    correlation = _correlations(component, placement, touched_records=changed | moved)
    written = rebuild_golden_records(
        touched,
        cause=Cause(reason, {g.pk: correlation[g.pk] for g in touched if g.pk in correlation}),
        actor=actor,
        at=at,
    )
    mark_pairs(component, placement)
    lock_identities((r.source_system.name, r.entity_type, r.key) for r in map(component.records.__getitem__, moved))
    followers = {*dependent_source_records(sorted(moved)), *receivers_of(sorted(changed | moved))}
    dependents = rebuild_dependents(sorted(followers), reason=reason, actor=actor, at=at)
    ask_where_met([record.pk for record in touched], at=at)
    return Settlement(len(changed), 0, len(written) + dependents, held)


def _placement(
    component: Component, rules: PublishedRules, *, confirmed: bool, former: Mapping[int, int] | None = None
) -> tuple[Placement, int]:
    """The placement to apply, and how many parts of it wait for a steward, who is told."""
    chosen = choose_placement(
        component.evidence,
        rules,
        past=past_homes(component),
        relied_upon=relied_upon,
        confirmed=confirmed,
        former=former,
    )
    for part in chosen.held:
        emit(
            RepartitionHeld(
                entity_type=rules.entity_type,
                source_record_ids=part.source_record_ids,
                computed=part.computed,
                current=part.current,
            )
        )
    return chosen.placement, len(chosen.held)


def _correlations(component: Component, placement: Placement, *, touched_records: set[int]) -> dict[int, uuid.UUID]:
    """The correlation id of what caused each golden record's change: its first changed source record's."""
    found: dict[int, uuid.UUID] = {}
    for cluster_, home in zip(placement.clusters, placement.homes, strict=True):
        for record in sorted(cluster_):
            if home is not None and record in touched_records:
                found.setdefault(home, component.records[record].correlation_id)
    return found


def _retried(work: Callable[[], Answer]) -> Answer:
    """Run the work again when PostgreSQL broke a deadlock by ending it."""
    for attempt in range(DEADLOCK_RETRIES):
        try:
            return work()
        except OperationalError as error:
            deadlock = getattr(error.__cause__, "sqlstate", "") == "40P01"
            if not deadlock or attempt == DEADLOCK_RETRIES - 1 or transaction.get_connection().in_atomic_block:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")
