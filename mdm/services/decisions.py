"""Stewards' decisions about which source records are the same thing, and their undoing."""

import uuid
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mdm.actors import Actor
from mdm.errors import AlreadyDecided, ContradictsDecision, NotFound, SourceRecordPending, StateConflict
from mdm.models import CrosswalkEntry, DecisionKind, MatchDecision, SourceRecord
from mdm.selectors.former_homes import former_homes
from mdm.services.audit import Act, record_audit_entries
from mdm.services.components import close_over
from mdm.services.placing import Settlement
from mdm.services.price_conflicts import refusing_price_conflicts
from mdm.services.retries import atomically
from mdm.services.settlement import repartition


@dataclass(frozen=True, slots=True)
class Decided:
    """A steward's action: `unit` undoes it."""

    unit: uuid.UUID
    decision_ids: tuple[int, ...]
    settlement: Settlement


@atomically
def merge_pair(
    left_id: int, right_id: int, *, actor: Actor, at: datetime, reason: str = "", accept_price_conflicts: bool = False
) -> Decided:
    """The two source records are the same thing: the golden records that hold them become one.

    Every open source record of both is must-linked to one anchor of the larger, so that the merge outlives a re-match:
    the larger one's own records too, or a veto between them and the newcomers would divide what the steward joined. Own
    records that an earlier decision ties to the anchor get no second tie, which would outlive its undoing.
    Raises ContradictsDecision with the decisions that stand against it, and PriceConflictsArise where prices of equal
    rank would come to differ. With `accept_price_conflicts`, for which there must be a `reason`, they become tasks.
    """
    homes = _homes([left_id, right_id])
    members = {golden: _members(golden) for golden in set(homes.values())}
    if len(members) == 1:
        links = [(min(left_id, right_id), max(left_id, right_id))]
    else:
        loser, survivor = sorted(members, key=lambda golden: (len(members[golden]), -golden))
        anchor = right_id if homes[right_id] == survivor else left_id
        own = _tied_by_nothing(members[survivor], anchor)
        everyone = [*members[loser], *own]
        links = [(min(record, anchor), max(record, anchor)) for record in everyone]
    with refusing_price_conflicts(set(homes.values()), accepted=accept_price_conflicts, reason=reason):
        return _decide(links, DecisionKind.MUST_LINK, reason=reason, actor=actor, at=at)


@atomically
def keep_apart(left_id: int, right_id: int, *, actor: Actor, at: datetime, reason: str = "") -> Decided:
    """The two source records are not the same thing, now and after every re-match.

    Where they stand under one golden record, it is divided. Raises ContradictsDecision.
    """
    _homes([left_id, right_id])
    return _decide(
        [(min(left_id, right_id), max(left_id, right_id))], DecisionKind.CANNOT_LINK, reason=reason, actor=actor, at=at
    )


@atomically
def undo(unit: uuid.UUID, *, actor: Actor, at: datetime, reason: str = "") -> Settlement:
    """Take back a steward's action, whatever happened since; matching and the decisions left say what follows.

    Raises NotFound for an unknown unit, StateConflict when it was undone already.
    """
    decisions = list(MatchDecision.objects.select_for_update().filter(unit=unit).order_by("pk"))
    if not decisions:
        raise NotFound("There is no such decision.")
    still_open = [decision for decision in decisions if decision.closed_at is None]
    if not still_open:
        raise StateConflict("The decision was undone already.")
    for decision in still_open:
        decision.closed_at, decision.closed_by = at, actor.name
    records = sorted({pk for decision in still_open for pk in (decision.left_id, decision.right_id)})
    everyone = close_over(set(records))
    former = former_homes(still_open[0].decided_at, decided=set(records), everyone=everyone)
    MatchDecision.objects.bulk_update(still_open, ["closed_at", "closed_by"])
    record_audit_entries(
        [Act("match_decision.undone", "match_decision", decision.pk, reason=reason) for decision in still_open],
        actor=actor,
        at=at,
    )
    return repartition(
        sorted(everyone),
        entity_type=_entity_type(records[0]),
        reason="A steward's decision was undone",
        actor=actor,
        at=at,
        former=former,
    )


def _decide(
    links: Sequence[tuple[int, int]], kind: DecisionKind, *, reason: str, actor: Actor, at: datetime
) -> Decided:
    records = sorted({record for link in links for record in link})
    list(SourceRecord.objects.select_for_update().filter(pk__in=records).order_by("pk").values_list("pk"))
    component = close_over(set(records))
    standing = list(MatchDecision.objects.filter(left__in=component, right__in=component, closed_at=None))
    known = {(decision.left_id, decision.right_id): decision for decision in standing}
    fresh = [link for link in links if link not in known or known[link].kind != kind]
    if not fresh:
        raise AlreadyDecided(known[links[0]].pk)
    _refuse_contradiction(fresh, kind, standing)
    unit = uuid.uuid4()
    decisions = MatchDecision.objects.bulk_create(
        [
            MatchDecision(
                left_id=left, right_id=right, kind=kind, unit=unit, reason=reason, decided_by=actor.name, decided_at=at
            )
            for left, right in fresh
        ]
    )
    record_audit_entries(
        [Act(f"match_decision.{kind}", "match_decision", decision.pk, reason=reason) for decision in decisions],
        actor=actor,
        at=at,
    )
    settlement = repartition(
        records,
        entity_type=_entity_type(records[0]),
        reason="A steward said they are the same" if kind == DecisionKind.MUST_LINK else "A steward said they differ",
        actor=actor,
        at=at,
    )
    return Decided(unit, tuple(decision.pk for decision in decisions), settlement)


def _refuse_contradiction(
    links: Sequence[tuple[int, int]], kind: DecisionKind, standing: Sequence[MatchDecision]
) -> None:
    """No path of must-links may close over a cannot-link, whichever of them is new."""
    must: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for decision in standing:
        if decision.kind == DecisionKind.MUST_LINK:
            must[decision.left_id].append((decision.right_id, decision.pk))
            must[decision.right_id].append((decision.left_id, decision.pk))
    apart = [
        (decision.left_id, decision.right_id, decision.pk)
        for decision in standing
        if decision.kind == DecisionKind.CANNOT_LINK
    ]
    if kind == DecisionKind.MUST_LINK:
        for left, right in links:
            must[left].append((right, 0))
            must[right].append((left, 0))
    else:
        apart = [(left, right, 0) for left, right in links]
    for left, right, decision_id in apart:
        path = _path(must, left, right)
        if path is not None:
            raise ContradictsDecision(sorted({pk for pk in (*path, decision_id) if pk}))


def _path(must: dict[int, list[tuple[int, int]]], start: int, goal: int) -> list[int] | None:
    """Decision ids along the shortest path of must-links, or None where none leads there."""
    came_from: dict[int, tuple[int, int] | None] = {start: None}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        if node == goal:
            path = []
            step = came_from[node]
            while step is not None:
                path.append(step[1])
                step = came_from[step[0]]
            return path
        for neighbor, pk in must[node]:
            if neighbor not in came_from:
                came_from[neighbor] = (node, pk)
                queue.append(neighbor)
    return None


def _tied_by_nothing(members: Sequence[int], anchor: int) -> list[int]:
    """Those of a golden record's source records that no path of open must-links leads to from the anchor."""
    standing = MatchDecision.objects.filter(
        left__in=members, right__in=members, kind=DecisionKind.MUST_LINK, closed_at=None
    )
    must: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pk, left, right in standing.values_list("pk", "left_id", "right_id"):
        must[left].append((right, pk))
        must[right].append((left, pk))
    return [record for record in members if _path(must, anchor, record) is None]


def _homes(source_record_ids: Sequence[int]) -> dict[int, int]:
    entries = CrosswalkEntry.objects.filter(source_record__in=source_record_ids, unlinked_at=None)
    homes = dict(entries.values_list("source_record_id", "golden_record_id"))
    for pk in source_record_ids:
        if pk not in homes:
            raise SourceRecordPending(pk)
    return homes


def _members(golden_record_id: int) -> list[int]:
    entries = CrosswalkEntry.objects.filter(golden_record=golden_record_id, unlinked_at=None)
    return sorted(entries.values_list("source_record_id", flat=True))


def _entity_type(source_record_id: int) -> str:
    return SourceRecord.objects.values_list("entity_type", flat=True).get(pk=source_record_id)
