"""A rollout carried on, batch by batch, each a transaction of its own: killed anywhere, it goes on where it was."""

from collections.abc import Callable
from datetime import datetime
from logging import getLogger

from django.db import transaction

from mdm.actors import Actor
from mdm.bulk import few_collections
from mdm.events import RolloutFailed, emit
from mdm.models import GoldenRecord, GoldenStatus, Rollout, RolloutPhase, RolloutRecord, RolloutState
from mdm.selectors.rollouts import versions_of
from mdm.services.locks import await_rule_users
from mdm.services.placing import Settlement
from mdm.services.rebuild import Cause, rebuild_golden_records
from mdm.services.retries import atomically
from mdm.services.rollouts.naming import audit_rollouts, reason_of
from mdm.services.rollouts.regrouping import regroup
from mdm.services.rollouts.staging import stage_next
from mdm.services.rollouts.starting import withdraw
from mdm.services.rule_set_versions import lock_versions, put_in_force
from mdm.services.rule_sets import PublishedRules, rules_of, rules_to_work_by

logger = getLogger(__name__)

AT_ONCE = 2_000
FEW = 500  # matched while arrivals wait, half a second of it
Clock = Callable[[], datetime]


def carry_on(
    rollout_id: int,
    *,
    clock: Clock,
    at_once: int = AT_ONCE,
    progress: Callable[[Rollout], None] = lambda _: None,
    enough: Callable[[], bool] = lambda: False,
    wait: bool = True,
) -> Rollout:
    """Do what is left, `at_once` records a batch, until it ends, is paused, or `enough` says so between two batches.

    Several may carry on at once: they take turns, or, with `wait` False, leave it to whoever is at it. An error ends
    it as failed and is raised; carrying on tries that batch again.
    """
    with few_collections():
        while not enough():
            try:
                rollout, goes_on = _step(rollout_id, clock=clock, at_once=at_once, wait=wait)
            except Exception as error:
                _keep_failure(rollout_id, error, clock=clock)
                raise
            progress(rollout)
            if not goes_on:
                break
    return Rollout.objects.select_related("rule_set", "former", "rolls_back").get(pk=rollout_id)


@atomically
def _step(rollout_id: int, *, clock: Clock, at_once: int, wait: bool) -> tuple[Rollout, bool]:
    rollout = _locked(rollout_id, wait=wait)
    if rollout is None or rollout.state != RolloutState.RUNNING:
        return rollout or Rollout.objects.get(pk=rollout_id), False
    at = clock()
    rollout.moved_at = at
    match rollout.phase:
        case RolloutPhase.MATCHING:
            _match(rollout, at_once=at_once, at=at)
        case RolloutPhase.REGROUPING:
            _regroup(rollout, at_once=at_once, at=at)
        case _:
            _rebuild(rollout, at_once=at_once, at=at)
    rollout.save()
    return rollout, rollout.state == RolloutState.RUNNING


def _match(rollout: Rollout, *, at_once: int, at: datetime) -> None:
    """Make pairs; when all are made, put the rules in force. Records told anew meanwhile come again until then."""
    rules = rules_of(rollout.rule_set)
    few = min(at_once, FEW)
    if RolloutRecord.objects.filter(rollout=rollout, matched=False)[:few].count() >= few:
        _stage(rollout, rules, at_once=at_once, at=at)
        return
    # Only few are left: nobody settles by the former rules any more while what was told until now is made up for.
    # Before any record is locked, or whoever waits for one would be waited for here.
    current = lock_versions(rollout.entity_type)
    await_rule_users(rollout.entity_type)
    while _stage(rollout, rules, at_once=at_once, at=at):
        pass
    if rollout.rolls_back is not None and rollout.rolls_back.is_open:
        withdraw(rollout.rolls_back, reason=reason_of(rollout), actor=Actor(rollout.actor), at=at)
    put_in_force(rollout.rule_set, current, actor=Actor(rollout.actor), at=at)
    rollout.phase, rollout.in_force_at, rollout.done = RolloutPhase.REGROUPING, at, 0
    rollout.total = RolloutRecord.objects.filter(rollout=rollout).count()


def _stage(rollout: Rollout, rules: PublishedRules, *, at_once: int, at: datetime) -> int:
    count, scored = stage_next(rollout, rules, at_most=at_once, at=at)
    rollout.done, rollout.pairs = min(rollout.done + count, rollout.total), rollout.pairs + scored
    return count


def _regroup(rollout: Rollout, *, at_once: int, at: datetime) -> None:
    rules = rules_to_work_by(rollout.entity_type)
    waiting = RolloutRecord.objects.filter(rollout=rollout).order_by("source_record")
    ids = list(waiting.values_list("source_record_id", flat=True)[:at_once])
    if not ids:
        _finish(rollout, at=at)
        return
    _count(rollout, regroup(rollout, ids, rules, at=at))


def _rebuild(rollout: Rollout, *, at_once: int, at: datetime) -> None:
    rules_to_work_by(rollout.entity_type)
    left = GoldenRecord.objects.select_for_update(of=("self",)).filter(
        entity_type=rollout.entity_type, pk__gt=rollout.cursor, pk__lte=rollout.up_to
    )
    records = list(left.exclude(status__in=(GoldenStatus.MERGED, GoldenStatus.ERASED)).order_by("pk")[:at_once])
    if not records:
        _finish(rollout, at=at)
        return
    cause = Cause(reason_of(rollout), {}, rollout.correlation_id)
    written = rebuild_golden_records(records, cause=cause, actor=Actor(rollout.actor), at=at)
    rollout.cursor = records[-1].pk
    _count(rollout, Settlement(len(records), 0, len(written), 0))


def _count(rollout: Rollout, done: Settlement) -> None:
    rollout.done = min(rollout.done + done.source_records, rollout.total)
    rollout.golden_versions += done.golden_versions
    rollout.held += done.held


def _finish(rollout: Rollout, *, at: datetime) -> None:
    rollout.state, rollout.ended_at, rollout.error = RolloutState.FINISHED, at, ""
    rollout.done, rollout.golden_versions = rollout.total, versions_of(rollout).count()
    audit_rollouts("finished", [rollout], actor=Actor(rollout.actor), at=at)


@transaction.atomic
def _keep_failure(rollout_id: int, error: Exception, *, clock: Clock) -> None:
    """Say that it failed; the error's own words stay out, they may hold values."""
    rollout = _locked(rollout_id, wait=True)
    if rollout is not None and rollout.state == RolloutState.RUNNING:
        rollout.state, rollout.error = RolloutState.FAILED, type(error).__name__
        rollout.save(update_fields=["state", "error"])
        audit_rollouts("failed", [rollout], reason=rollout.error, actor=Actor(rollout.actor), at=clock())
        emit(RolloutFailed(rollout.pk))
        logger.error("Rollout %d failed: %s", rollout_id, rollout.error)


def _locked(rollout_id: int, *, wait: bool) -> Rollout | None:
    """None while somebody else is at it. Not against key sharing: arrivals add records to a rollout."""
    locked = Rollout.objects.select_for_update(no_key=True, skip_locked=not wait, of=("self",))
    return locked.select_related("rule_set__match_model", "former", "rolls_back").filter(pk=rollout_id).first()
