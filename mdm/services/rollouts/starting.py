"""A rollout begins, where rules that come into force may change golden records; and ends without having got there."""

import uuid
from datetime import datetime

from django.db import connection
from django.db.models import Max

from mdm.actors import Actor
from mdm.errors import StateConflict
from mdm.events import RolloutSteered, emit
from mdm.models import (
    BlockingKey,
    CrosswalkEntry,
    GoldenRecord,
    GoldenStatus,
    Rollout,
    RolloutKind,
    RolloutPair,
    RolloutPhase,
    RolloutRecord,
    RolloutState,
    RuleSet,
    SourceRecord,
)
from mdm.selectors.rollouts import open_rollouts
from mdm.services.rollouts.naming import audit_rollouts
from mdm.services.rule_sets import rules_of

_EVERY_PLACED_RECORD = """
INSERT INTO mdm_rolloutrecord (rollout_id, source_record_id, matched)
SELECT %s, record.id, false FROM mdm_sourcerecord record
JOIN mdm_crosswalkentry entry ON entry.source_record_id = record.id AND entry.unlinked_at IS NULL
WHERE record.entity_type = %s ORDER BY record.id
"""


def refuse_while_under_way(entity_type: str, *, but: Rollout | None = None) -> None:
    """Rules come into force one after another. Raises StateConflict, naming the rollout that is in the way."""
    for other in open_rollouts(entity_type):
        if but is None or other.pk != but.pk:
            raise StateConflict(
                f"Rollout {other.public_id} of the {entity_type} rules is {other.state}; let it finish "
                f"(manage.py rollout resume {other.public_id}) or roll it back first."
            )


def is_needed(entity_type: str) -> bool:
    """Whether any record is placed: else there is nothing to bring to other rules."""
    return CrosswalkEntry.objects.filter(unlinked_at=None, source_record__entity_type=entity_type).exists()


def begin_rollout(
    rule_set: RuleSet,
    former: RuleSet,
    *,
    matches_alike: bool,
    rolls_back: Rollout | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Rollout:
    """Start the way from `former`, which is in force, to `rule_set`. The caller has all who work by rules wait.

    Rules that match alike regroup nothing: golden records are rebuilt one after another, under rules that the caller
    puts in force now. Else that comes when all pairs are made.
    """
    rollout = Rollout.objects.create(
        entity_type=rule_set.entity_type,
        kind=RolloutKind.PUBLISH if rolls_back is None else RolloutKind.ROLL_BACK,
        rule_set=rule_set,
        former=former,
        rolls_back=rolls_back,
        phase=RolloutPhase.REBUILDING if matches_alike else RolloutPhase.MATCHING,
        reason=reason,
        actor=actor.name,
        correlation_id=uuid.uuid4(),
        started_at=at,
        moved_at=at,
        in_force_at=at if matches_alike else None,
    )
    if matches_alike:
        golden = GoldenRecord.objects.filter(entity_type=rule_set.entity_type)
        rollout.total = golden.exclude(status=GoldenStatus.MERGED).count()
        rollout.up_to = golden.aggregate(last=Max("pk"))["last"] or 0
    else:
        with connection.cursor() as cursor:
            cursor.execute(_EVERY_PLACED_RECORD, [rollout.pk, rule_set.entity_type])
            rollout.total = cursor.rowcount
    rollout.save(update_fields=["total", "up_to"])
    audit_rollouts("started", [rollout], reason=reason, actor=actor, at=at)
    return rollout


def withdraw(rollout: Rollout, *, reason: str, actor: Actor, at: datetime) -> None:
    """End a rollout before its end; what it has done stays done, what it prepared is gone."""
    RolloutPair.objects.filter(rollout=rollout).delete()
    RolloutRecord.objects.filter(rollout=rollout).delete()
    if rollout.in_force_at is None:
        section = rules_of(rollout.rule_set).key_section
        if section != rules_of(rollout.former).key_section:
            records = SourceRecord.objects.filter(entity_type=rollout.entity_type)
            BlockingKey.objects.filter(section=section, source_record__in=records).delete()
    rollout.state, rollout.ended_at = RolloutState.WITHDRAWN, at
    rollout.save(update_fields=["state", "ended_at"])
    audit_rollouts("withdrawn", [rollout], reason=reason, actor=actor, at=at)
    emit(RolloutSteered(rollout.pk, actor.name))
