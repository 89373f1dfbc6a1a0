"""A component placed: the partition chosen, the crosswalk brought to it, golden records rebuilt, reviews marked."""

import uuid
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from mdm.actors import Actor
from mdm.events import RepartitionHeld, emit
from mdm.partition import Placement
from mdm.selectors.references import dependent_source_records
from mdm.services.candidates import vetoed_among
from mdm.services.change_parts import withdraw_corrections_of
from mdm.services.clusters import choose_placement
from mdm.services.components import Component
from mdm.services.crosswalk import apply_placement, past_homes, relied_upon
from mdm.services.dependents import rebuild_dependents
from mdm.services.locks import lock_identities
from mdm.services.reassignments import receivers_of
from mdm.services.rebuild import Cause, rebuild_golden_records
from mdm.services.reopening import ask_where_met
from mdm.services.reviews import mark_pairs
from mdm.services.rule_sets import PublishedRules


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a batch came to. `held` counts components whose new partition waits for a steward."""

    source_records: int
    pairs_scored: int
    golden_versions: int
    held: int

    def __add__(self, other: "Settlement") -> "Settlement":
        return Settlement(
            self.source_records + other.source_records,
            self.pairs_scored + other.pairs_scored,
            self.golden_versions + other.golden_versions,
            self.held + other.held,
        )


NOTHING = Settlement(0, 0, 0, 0)


def place_component(
    component: Component,
    rules: PublishedRules,
    *,
    changed: Set[int],
    confirmed: bool,
    reason: str,
    actor: Actor,
    at: datetime,
    former: Mapping[int, int] | None = None,
    spared: Callable[[Set[int]], set[int]] = relied_upon,
    correlation_id: uuid.UUID | None = None,
) -> Settlement:
    """Bring the component, whose golden records are locked, to what the rules imply; rebuild those of `changed`.

    What would be held for a steward, who is told, is decided by `spared`: of the golden records that would be divided
    or cease those to leave as they are, unless `confirmed`. `former` is where source records stood before what is being
    undone. `correlation_id` None: that of the source record that caused each change.
    """
    chosen = choose_placement(
        component.evidence,
        rules,
        vetoed_among=partial(vetoed_among, rules=rules),
        past=past_homes(component),
        relied_upon=spared,
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
    placement = chosen.placement
    moved, touched = apply_placement(
        component,
        placement,
        rules=rules,
        changed=changed,
        reason=reason,
        actor=actor,
        at=at,
        correlation_id=correlation_id,
    )
    withdraw_corrections_of(moved & component.placed.keys(), at=at)
    own = {} if correlation_id else _correlations(component, placement, touched_records=changed | moved)
    cause = Cause(reason, {g.pk: own[g.pk] for g in touched if g.pk in own}, correlation_id)
    written = rebuild_golden_records(touched, cause=cause, actor=actor, at=at)
    mark_pairs(component, placement, rules.unique_sources)
    lock_identities((r.system, r.entity_type, r.key) for r in map(component.records.__getitem__, moved))
    follow = Cause(f"{reason}; a reference follows", {}, correlation_id)
    followers = {*dependent_source_records(sorted(moved)), *receivers_of(sorted(changed | moved))}
    dependents = rebuild_dependents(sorted(followers), cause=follow, actor=actor, at=at)
    ask_where_met([record.pk for record in touched], at=at)
    return Settlement(len(changed), 0, len(written) + dependents, len(chosen.held))


def _correlations(component: Component, placement: Placement, *, touched_records: Set[int]) -> dict[int, uuid.UUID]:
    """The correlation id of what caused each golden record's change: its first changed source record's."""
    found: dict[int, uuid.UUID] = {}
    for cluster_, home in zip(placement.clusters, placement.homes, strict=True):
        for record in sorted(cluster_):
            if home is not None and record in touched_records:
                found.setdefault(home, component.records[record].correlation_id)
    return found
