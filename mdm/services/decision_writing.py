"""Decisions of stewards written and closed: none may contradict those that stand."""

import uuid
from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime

from mdm.actors import Actor
from mdm.errors import ContradictsDecision
from mdm.models import DecisionKind, MatchDecision
from mdm.services.audit import Act, record_audit_entries

Link = tuple[int, int]  # two source records, the lower id first


def link_of(left: int, right: int) -> Link:
    """The two in the order that decisions have."""
    return min(left, right), max(left, right)


def write_decisions(
    links: Sequence[tuple[Link, DecisionKind]],
    standing: Sequence[MatchDecision],
    *,
    unit: uuid.UUID,
    reason: str,
    actor: Actor,
    at: datetime,
) -> list[MatchDecision]:
    """Keep these as one action. `standing` are the open decisions of the component.

    What stands already in the same words is not repeated. Raises ContradictsDecision with the decisions in the way.
    """
    known = {(each.left_id, each.right_id): each for each in standing}
    fresh = [(link, kind) for link, kind in links if link not in known or known[link].kind != kind]
    _refuse_contradiction(fresh, standing)
    decisions = MatchDecision.objects.bulk_create(
        [
            MatchDecision(
                left_id=left, right_id=right, kind=kind, unit=unit, reason=reason, decided_by=actor.name, decided_at=at
            )
            for (left, right), kind in fresh
        ]
    )
    record_audit_entries(
        [Act(f"match_decision.{each.kind}", "match_decision", each.pk, reason=reason) for each in decisions],
        actor=actor,
        at=at,
    )
    return decisions


def close_decisions(decisions: Sequence[MatchDecision], *, reason: str, actor: Actor, at: datetime) -> None:
    """Take these back."""
    for decision in decisions:
        decision.closed_at, decision.closed_by = at, actor.name
    MatchDecision.objects.bulk_update(decisions, ["closed_at", "closed_by"])
    record_audit_entries(
        [Act("match_decision.undone", "match_decision", each.pk, reason=reason) for each in decisions],
        actor=actor,
        at=at,
    )


def must_links(decisions: Sequence[MatchDecision]) -> dict[int, list[tuple[int, int]]]:
    """Source record → those it is must-linked to, each with the decision's id."""
    must: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for decision in decisions:
        if decision.kind == DecisionKind.MUST_LINK:
            must[decision.left_id].append((decision.right_id, decision.pk))
            must[decision.right_id].append((decision.left_id, decision.pk))
    return must


def path(must: dict[int, list[tuple[int, int]]], start: int, goal: int) -> list[int] | None:
    """Decision ids along the shortest path of must-links, or None where none leads there."""
    came_from: dict[int, tuple[int, int] | None] = {start: None}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        if node == goal:
            found = []
            step = came_from[node]
            while step is not None:
                found.append(step[1])
                step = came_from[step[0]]
            return found
        for neighbor, pk in must.get(node, ()):
            if neighbor not in came_from:
                came_from[neighbor] = (node, pk)
                queue.append(neighbor)
    return None


def _refuse_contradiction(fresh: Sequence[tuple[Link, DecisionKind]], standing: Sequence[MatchDecision]) -> None:
    """No path of must-links may close over a cannot-link, whichever of them is new."""
    must = must_links(standing)
    apart = [(each.left_id, each.right_id, each.pk) for each in standing if each.kind == DecisionKind.CANNOT_LINK]
    for (left, right), kind in fresh:
        if kind == DecisionKind.MUST_LINK:
            must[left].append((right, 0))
            must[right].append((left, 0))
        else:
            apart.append((left, right, 0))
    for left, right, decision_id in apart:
        found = path(must, left, right)
        if found is not None:
            raise ContradictsDecision(sorted({pk for pk in (*found, decision_id) if pk}))
