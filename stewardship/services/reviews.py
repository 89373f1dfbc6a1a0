"""A steward's answers to match reviews and regroupings, given to `mdm` and closing the task in one transaction."""

from collections import defaultdict
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from mdm.actors import Actor
from mdm.errors import AlreadyDecided, NotFound, StateConflict
from mdm.models import CandidatePair
from mdm.selectors.golden import holders_of
from mdm.services.circles import refusing_circles
from mdm.services.decisions import Decided, keep_apart, merge_pair, undo
from mdm.services.price_conflicts import refusing_price_conflicts
from mdm.services.reopening import Reopening
from mdm.services.retries import atomically
from mdm.services.settlement import repartition
from stewardship.models import Task, TaskKind
from stewardship.selectors.decisions import last_decision_unit
from stewardship.services.tasks import finish_task


class Verdict(StrEnum):
    """What a steward says about a candidate pair."""

    MERGE = "merge"
    APART = "apart"


@atomically
def decide_review(
    task_id: int,
    verdict: Verdict,
    *,
    reason: str = "",
    reopen_when: Reopening | None = None,
    accept_price_conflicts: bool = False,
    actor: Actor,
    at: datetime,
) -> Decided:
    """Answer a match review. Raises StateConflict, ContradictsDecision and what else the decision may raise."""
    task = finish_task(task_id, kind=TaskKind.MATCH_REVIEW, actor=actor, at=at)
    pair = CandidatePair.objects.filter(pk=task.subject_id).first()
    if pair is None:
        raise StateConflict("These two are no longer a candidate pair; your decision was not applied.")
    if verdict is Verdict.APART:
        return keep_apart(pair.left_id, pair.right_id, actor=actor, at=at, reason=reason, reopen_when=reopen_when)
    return merge_pair(
        pair.left_id,
        pair.right_id,
        actor=actor,
        at=at,
        reason=reason,
        reopen_when=reopen_when,
        accept_price_conflicts=accept_price_conflicts,
    )


@atomically
def undo_last(*, actor: Actor, at: datetime) -> UUID:
    """Take back the actor's latest decision that still stands, and return its unit. Raises NotFound."""
    unit = last_decision_unit(actor.name)
    if unit is None:
        raise NotFound("You have no decision left to undo.")
    undo(unit, actor=actor, at=at)
    return unit


@atomically
def regroup(task_id: int, *, actor: Actor, at: datetime) -> None:
    """Let the held source records take the grouping that matching computes now.

    Raises PriceConflictsArise and CircleArises.
    """
    task = finish_task(task_id, kind=TaskKind.REPARTITION, actor=actor, at=at)
    records = task.details["source_record_ids"]
    holders = [holder.pk for holder in holders_of(records)]
    with refusing_circles(holders), refusing_price_conflicts(holders):
        repartition(
            records,
            entity_type=task.entity_type,
            reason="A steward confirmed the new grouping",
            actor=actor,
            at=at,
        )


@atomically
def keep_grouping(task_id: int, *, actor: Actor, at: datetime) -> None:
    """Decide that the present grouping is right: nothing of it is divided, nothing more is joined."""
    task = finish_task(task_id, kind=TaskKind.REPARTITION, actor=actor, at=at)
    for left, right in _divided(task):
        _ignoring_known(merge_pair, left, right, actor=actor, at=at)
    for left, right in _joined(task):
        _ignoring_known(keep_apart, left, right, actor=actor, at=at)


def _divided(task: Task) -> list[tuple[int, int]]:
    """For each present group that would be divided: its first record with one of each part."""
    group_of = {record: index for index, members in enumerate(task.details["computed"]) for record in members}
    links = []
    for members in task.details["current"]:
        firsts: dict[int | None, int] = {}
        for record in members:
            firsts.setdefault(group_of.get(record), record)
        anchor, *others = firsts.values()
        links += [(anchor, other) for other in others]
    return links


def _joined(task: Task) -> list[tuple[int, int]]:
    """Pairs of present groups that would be joined, by one record each."""
    group_of = {record: index for index, members in enumerate(task.details["current"]) for record in members}
    pairs: dict[tuple[int, int], tuple[int, int]] = {}
    for members in task.details["computed"]:
        firsts: dict[int, int] = defaultdict(int)
        for record in members:
            if record in group_of:
                firsts.setdefault(group_of[record], record)
        groups = sorted(firsts)
        for index, left in enumerate(groups):
            for right in groups[index + 1 :]:
                pairs.setdefault((left, right), (firsts[left], firsts[right]))
    return list(pairs.values())


def _ignoring_known(decide: object, left: int, right: int, *, actor: Actor, at: datetime) -> None:
    try:
        with transaction.atomic():
            decide(left, right, actor=actor, at=at, reason="A steward kept the present grouping")  # type: ignore[operator]
    except AlreadyDecided:
        return
