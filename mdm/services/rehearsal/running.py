"""A rehearsal from its snapshot to what is kept of it."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from mdm.actors import Actor
from mdm.bulk import few_collections
from mdm.entity_types import entity_types
from mdm.errors import StateConflict
from mdm.evidence import Evidence, asked_pairs
from mdm.models import Rehearsal, RuleSet, RuleSetState, SourceRecord
from mdm.partition import Placement
from mdm.public_ids import public_id
from mdm.rivals import rival_view
from mdm.services.audit import Act, record_audit_entries
from mdm.services.candidates import vetoed_among
from mdm.services.clusters import HeldPart, choose_placement
from mdm.services.crosswalk import closed_entries, empty_homes, relied_upon
from mdm.services.rehearsal.differences import Difference, Kind, Tally
from mdm.services.rehearsal.regrouping import present_placement, regrouping
from mdm.services.rehearsal.standing import drafted_pairs, evidence_without_pairs, stored_pairs, with_pairs
from mdm.services.rehearsal.telling import Telling
from mdm.services.rule_set_versions import lock_versions, makes_other_values, matches_alike, version_of
from mdm.services.rule_sets import PublishedRules, rules_of
from mdm.services.snapshot import read_only_snapshot

ASKED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What publishing would do. `counts` hold no values; `samples` are the first differences of each kind."""

    rule_set: RuleSet
    in_force: RuleSet
    counts: Mapping[str, Any]  # any: numbers, by name or one level deeper
    samples: Sequence[Difference]


def rehearse(
    entity_type: str,
    number: int,
    *,
    actor: Actor,
    clock: Callable[[], datetime],
    samples: int = 10,
    sink: Callable[[Difference], None] = lambda _: None,
    on_phase: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Compute what publishing that draft would do, and keep the counts; nothing else is written.

    `sink` gets every difference, in a fixed order. Raises NotFound, and StateConflict for what is no draft of the
    version in force, or when another version came into force meanwhile.
    """
    started_at = clock()
    tally = Tally(samples, sink)
    with few_collections(), read_only_snapshot() as position:
        draft, in_force = version_of(entity_type, number), version_of(entity_type)
        _check(draft, in_force)
        counts = _counts(draft, in_force, tally, at=started_at, on_phase=on_phase)
    on_phase("keeping")
    kept = _keep(draft, in_force, counts, position=position, actor=actor, started_at=started_at, ended_at=clock())
    return Outcome(kept, in_force, counts, tally.kept())


def _check(draft: RuleSet, in_force: RuleSet) -> None:
    if draft.state not in (RuleSetState.DRAFT, RuleSetState.REHEARSED):
        raise StateConflict(f"Version {draft.number} of the {draft.entity_type} rules is no draft.")
    if draft.based_on != in_force.number:
        raise StateConflict(
            f"Version {in_force.number} of the {draft.entity_type} rules was published after version {draft.number} "
            "was drafted; draft it anew."
        )


def _counts(
    draft: RuleSet, in_force: RuleSet, tally: Tally, *, at: datetime, on_phase: Callable[[str], None]
) -> dict[str, Any]:
    rules = rules_of(draft)
    on_phase("reading")
    evidence = evidence_without_pairs(draft.entity_type)
    same = matches_alike(draft, in_force)
    regrouped = (
        _as_they_are(evidence) if same else _regrouped(evidence, rules, rules_of(in_force), tally, on_phase=on_phase)
    )
    on_phase("comparing")
    grouping = regrouping(regrouped.placement, evidence, prefix=entity_types.get(draft.entity_type).id_prefix)
    telling = Telling(tally, grouping, evidence.names)
    telling.of_groups()
    telling.of_held(regrouped.held)
    rematched = 0
    if makes_other_values(draft, in_force):  # else publishing settles nothing
        on_phase("values")
        telling.of_values(rules, at=at)
        on_phase("dependents")
        rematched = telling.of_dependents(draft.entity_type, at=at)
    waiting = SourceRecord.objects.filter(entity_type=draft.entity_type, pending_since__isnull=False).count()
    return {
        "source_records": len(evidence.names),
        "waiting": waiting,
        "matching": "reused" if same else "computed",
        "pairs": len(regrouped.evidence.pairs),
        "golden_records": telling.golden_records(),
        "joined": tally.total(Kind.JOINED),
        "split": tally.total(Kind.SPLIT),
        "held": len(regrouped.held),
        "values": {"golden_records": telling.changed, "by_attribute": tally.parts(Kind.VALUE)},
        "messages": tally.parts(Kind.MESSAGE),
        "prices": tally.total(Kind.PRICE),
        "approvals": tally.parts(Kind.TASK).get("approval", 0),
        "reviews": {"opened": regrouped.opened, "closed": regrouped.closed},
        "matched_again": rematched,
    }


@dataclass(frozen=True, slots=True)
class _Regrouped:
    evidence: Evidence
    placement: Placement
    held: tuple[HeldPart, ...] = ()
    opened: int = 0
    closed: int = 0


def _as_they_are(evidence: Evidence) -> _Regrouped:
    return _Regrouped(evidence, present_placement(evidence, alone=False))


def _regrouped(
    evidence: Evidence,
    rules: PublishedRules,
    in_force: PublishedRules,
    tally: Tally,
    *,
    on_phase: Callable[[str], None],
) -> _Regrouped:
    """The partition under the draft's own pairs, as settling everything at once would place it."""
    on_phase("matching")
    stored = stored_pairs(rules.entity_type)
    before = with_pairs(evidence, stored)
    drafted = with_pairs(evidence, drafted_pairs(rules, stored=stored))
    on_phase("clustering")
    closed = closed_entries(evidence.names)
    past = empty_homes(closed, {golden for _, golden in closed} - set(evidence.placed.values()))
    confirmed = settings.ASSAY_AUTO_REPARTITION == "auto"
    chosen = choose_placement(
        drafted,
        rules,
        vetoed_among=partial(vetoed_among, rules=rules),
        past=past,
        relied_upon=_relied_upon,
        confirmed=confirmed,
    )
    prefix = entity_types.get(rules.entity_type).id_prefix
    asked = _asked(before, present_placement(evidence, alone=True), in_force)
    would = sorted(_asked(drafted, chosen.placement, rules))
    for left, right in would:
        if (left, right) not in asked:
            names = evidence.names[left], evidence.names[right]
            goldens = (evidence.placed[each] for each in (left, right) if each in evidence.placed)
            ids = tuple(public_id(prefix, golden) for golden in dict.fromkeys(goldens))
            tally.add(Difference(Kind.TASK, ids, names, "match_review"))
    return _Regrouped(drafted, chosen.placement, chosen.held, len(set(would) - asked), len(asked - set(would)))


def _asked(evidence: Evidence, placement: Placement, rules: PublishedRules) -> set[tuple[int, int]]:
    lost = rival_view(evidence, placement, rules.unique_sources).lost
    return {(pair.left, pair.right) for pair in asked_pairs(evidence, placement, lost=lost)}


def _relied_upon(golden_record_ids: Set[int]) -> set[int]:
    ordered = sorted(golden_record_ids)
    portions = [set(ordered[start : start + ASKED_AT_ONCE]) for start in range(0, len(ordered), ASKED_AT_ONCE)]
    return set[int]().union(*map(relied_upon, portions))


@transaction.atomic
def _keep(
    draft: RuleSet,
    in_force: RuleSet,
    counts: Mapping[str, Any],
    *,
    position: int,
    actor: Actor,
    started_at: datetime,
    ended_at: datetime,
) -> RuleSet:
    current = lock_versions(draft.entity_type)
    draft = version_of(draft.entity_type, draft.number)
    if current is None or current.pk != in_force.pk:
        raise StateConflict(f"Another version of the {draft.entity_type} rules came into force meanwhile.")
    _check(draft, current)
    draft.state = RuleSetState.REHEARSED
    draft.save(update_fields=["state"])
    Rehearsal.objects.create(
        rule_set=draft,
        in_force=in_force,
        feed_position=position,
        counts=counts,
        started_at=started_at,
        ended_at=ended_at,
        actor=actor.name,
    )
    act = Act("rule_set.rehearsed", "rule_set", draft.pk, draft.number)
    record_audit_entries([act], actor=actor, at=ended_at)
    return draft
