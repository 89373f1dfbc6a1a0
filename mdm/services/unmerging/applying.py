"""An unmerge plan carried out, as one atomic step: decisions, pins, edits and words first, then one new grouping."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations

from mdm.actors import Actor
from mdm.errors import NotFound, StateConflict
from mdm.models import (
    CrosswalkEntry,
    DecisionKind,
    DecisionOrigin,
    GoldenRecord,
    MatchDecision,
    ReassignmentKind,
    SourceRecord,
)
from mdm.references import Target
from mdm.selectors.former_homes import former_homes
from mdm.services.audit import Act, record_audit_entries
from mdm.services.components import close_over, locked_component
from mdm.services.decision_writing import Link, close_decisions, link_of, must_links, path, write_decisions
from mdm.services.dependents import rebuild_dependents
from mdm.services.placing import Settlement
from mdm.services.reassignments import Word, close_reassignments, key_of_target, reassign, target_of
from mdm.services.rebuild import Cause
from mdm.services.remote_records import move_remote_records
from mdm.services.reopening import settle_conditions
from mdm.services.retries import atomically
from mdm.services.settlement import repartition
from mdm.services.unmerging.moving import move_edits, move_pins
from mdm.services.unmerging.plan import LineKind, Plan, StalePlan, changes_between
from mdm.services.unmerging.planning import open_merge, plan_for

UNDONE = "A steward's decision was undone"


@dataclass(frozen=True, slots=True)
class Unmerged:
    """What came of it. `unit` undoes the decisions and words that the plan made; None when it made none.

    `plan` is None where nothing was to be divided.
    """

    plan: Plan | None
    unit: uuid.UUID | None
    settlement: Settlement


@atomically
def unmerge(
    unit: uuid.UUID,
    *,
    choices: Mapping[str, str] | None = None,
    keep_apart: bool = False,
    state: str | None = None,
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> Unmerged:
    """Take a steward's action back, whatever happened since, as the plan proposes and the steward has chosen.

    `state` is that of the plan the steward has seen; None takes the plan as it is now. Raises NotFound, StateConflict
    when it was undone already or the records do not go where they should, StalePlan, InvalidChoice, and
    ContradictsDecision where a decision that stands holds together what the choices part.
    """
    rows = MatchDecision.objects.select_for_update().filter(unit=unit)
    standing = list(rows.filter(closed_at=None).order_by("pk"))
    if not standing:
        raise (
            StateConflict("The decision was undone already.")
            if rows.exists()
            else NotFound("There is no such decision.")
        )
    records = sorted({pk for each in standing for pk in (each.left_id, each.right_id)})
    locked_component(records)
    if all(each.kind == DecisionKind.CANNOT_LINK for each in standing):
        if choices or keep_apart or state is not None:
            open_merge(unit)  # says that there is nothing to divide
        return Unmerged(None, None, _take_back(standing, unit, reason=reason, actor=actor, at=at))
    plan = plan_for(standing, choices={} if state else choices or {}, keep_apart=keep_apart, at=at)
    if state is not None:
        if plan.state != state:
            raise StalePlan(changes_between(state, plan.state))
        if choices:
            plan = plan_for(standing, choices=choices, keep_apart=keep_apart, at=at)
    return _carry_out(plan, standing, reason=reason, actor=actor, at=at)


def _take_back(
    standing: Sequence[MatchDecision], unit: uuid.UUID, *, reason: str, actor: Actor, at: datetime
) -> Settlement:
    """Undo what kept records apart; what it said besides about items and references goes with it."""
    records = sorted({pk for each in standing for pk in (each.left_id, each.right_id)})
    everyone = close_over(set(records))
    former = former_homes(standing[0].decided_at, decided=set(records), everyone=everyone)
    close_decisions(standing, reason=reason, actor=actor, at=at)
    return _regroup(everyone, unit, former=former, reason=UNDONE, actor=actor, at=at)


def _regroup(
    everyone: set[int], unit: uuid.UUID, *, former: Mapping[int, int], reason: str, actor: Actor, at: datetime
) -> Settlement:
    concerned = close_reassignments(unit, actor=actor, at=at)
    settle_conditions(unit, actor=actor, at=at)
    types = dict(SourceRecord.objects.filter(pk__in={*everyone, *concerned}).values_list("pk", "entity_type"))
    settlement = repartition(
        sorted(everyone), entity_type=types[min(everyone)], reason=reason, actor=actor, at=at, former=former
    )
    follow = Cause(f"{reason}; a reference follows", {})
    rebuild_dependents([(pk, types[pk]) for pk in concerned], cause=follow, actor=actor, at=at)
    return settlement


def _carry_out(plan: Plan, standing: Sequence[MatchDecision], *, reason: str, actor: Actor, at: datetime) -> Unmerged:
    unit = uuid.uuid4()
    close_decisions(standing, reason=reason, actor=actor, at=at)
    _settle_grouping(plan, unit, reason=reason, actor=actor, at=at)
    decided = {pk for each in standing for pk in (each.left_id, each.right_id)}
    act = Act("golden_record.unmerged", "golden_record", 0, reason=reason)
    settlement = follow(plan, unit, decided, act, because=UNDONE, actor=actor, at=at)
    made = MatchDecision.objects.filter(unit=unit).exists() or bool(_words(plan))
    return Unmerged(plan, unit if made else None, settlement)


def follow(
    plan: Plan, unit: uuid.UUID, decided: set[int], act: Act, *, because: str, actor: Actor, at: datetime
) -> Settlement:
    """Let everything go where the plan says, once its decisions are written: `unit` takes back what is said here.

    `act` is told of the golden record that goes on. Raises StateConflict where records go elsewhere.
    """
    reason = act.reason
    move_pins(plan, actor=actor, at=at)
    move_edits(plan, at=at)
    reassign(_words(plan), unit=unit, reason=reason, actor=actor, at=at)
    everyone = close_over(decided | set(plan.target))
    former = dict(plan.former)
    for record, key in plan.target.items():
        golden = plan.side(key).golden_record_id
        if key != plan.landing[record] and golden is not None:
            former[record] = golden
    settlement = _regroup(everyone, plan.unit, former=former, reason=because, actor=actor, at=at)
    homes = _check(plan)
    move_remote_records(
        {
            line.subject_id: homes[line.choice]
            for line in plan.of_kind(LineKind.REMOTE)
            if line.deviates and line.choice in homes
        }
    )
    survivor = GoldenRecord.objects.get(public_id=plan.survivor)
    told = {line.key: line.choice for line in plan.lines}
    told_of = replace(act, subject_id=survivor.pk, subject_version=survivor.version, values=told)
    record_audit_entries([told_of], actor=actor, at=at)
    return settlement


def _settle_grouping(plan: Plan, unit: uuid.UUID, *, reason: str, actor: Actor, at: datetime) -> None:
    """Where the steward groups records otherwise than matching would, the whole grouping becomes decisions."""
    deviating = any(plan.target[pk] != plan.landing[pk] for pk in plan.records)
    if not deviating and not plan.keep_apart:
        return
    if deviating:
        _untie(plan, actor=actor, at=at)
    anchors = {side.key: side.anchor for side in plan.sides if side.anchor is not None}
    everyone = close_over(set(plan.target))
    standing = list(MatchDecision.objects.filter(left__in=everyone, right__in=everyone, closed_at=None).order_by("pk"))
    links: list[tuple[Link, DecisionKind]] = [
        (link_of(left, right), DecisionKind.CANNOT_LINK) for left, right in combinations(sorted(anchors.values()), 2)
    ]
    if deviating:
        tied = must_links(standing)
        for pk in plan.records:
            anchor = anchors[plan.target[pk]]
            if path(tied, anchor, pk) is None:
                links.append((link_of(pk, anchor), DecisionKind.MUST_LINK))
    write_decisions(links, standing, unit=unit, reason=reason or "A steward divided them", actor=actor, at=at)


def _untie(plan: Plan, *, actor: Actor, at: datetime) -> None:
    """A record that a delivery made is tied to the side it was made for; the steward says that it is the other's."""
    moved = [pk for pk in plan.records if plan.target[pk] != plan.landing[pk]]
    ties = MatchDecision.objects.filter(origin=DecisionOrigin.PROVENANCE, closed_at=None)
    ties = ties.filter(left__in=moved) | ties.filter(right__in=moved)
    across = [
        each
        for each in ties.order_by("pk")
        if plan.target.get(each.left_id) != plan.target.get(each.right_id)
        and {each.left_id, each.right_id} <= plan.target.keys()
    ]
    close_decisions(across, reason="A steward divided them", actor=actor, at=at)


def _words(plan: Plan) -> list[Word]:
    """What is said from now on to be about another side's thing than the one its source record speaks for."""
    words = []
    anchors = {side.key: side.anchor for side in plan.sides}
    names = _named(plan)
    for line in plan.of_kind(LineKind.REFERENCE, LineKind.ITEM):
        if not line.deviates:
            continue
        if line.kind is LineKind.ITEM:
            own, key = plan.target[line.subject_id], str(line.former)
            kind = ReassignmentKind.ITEM
        else:
            named = (line.value["system"], line.value["entity_type"], line.value["key"])
            own, key = plan.target.get(names.get(named, 0), ""), key_of_target(named)
            kind = ReassignmentKind.REFERENCE
        to = None if own == line.choice else anchors[line.choice]
        words.append(Word(line.subject_id, line.attribute, kind, key, to))
    return words


def _named(plan: Plan) -> dict[Target, int]:
    records = SourceRecord.objects.select_related("source_system").filter(pk__in=plan.target)
    return {target_of(record): record.pk for record in records}


def _check(plan: Plan) -> dict[str, int]:
    """The golden record of each side, by key. Raises StateConflict when a record went where the plan does not say."""
    entries = CrosswalkEntry.objects.filter(source_record__in=plan.records, unlinked_at=None)
    homes: dict[str, int] = {}
    for record, golden in sorted(entries.values_list("source_record_id", "golden_record_id")):
        side = plan.side(plan.target[record])
        if homes.setdefault(side.key, golden) != golden or side.golden_record_id not in (None, golden):
            raise StateConflict("Matching would not leave every record where this plan puts it; choose otherwise.")
    if len(set(homes.values())) != len(homes):
        raise StateConflict("The sides do not come apart; keep them apart, or choose otherwise.")
    return homes
