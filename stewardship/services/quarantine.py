"""Replaying and discarding of quarantined payloads, closing their tasks in the same transaction."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from mdm.actors import Actor
from mdm.services.quarantine import discard, replay
from mdm.services.retries import atomically
from stewardship.models import TaskKind
from stewardship.services.tasks import finish_tasks


@atomically
def replay_payloads(entry_ids: Sequence[int], *, actor: Actor, at: datetime) -> int:
    """Read the payloads again; returns how many passed. Those that fail again are asked about anew."""
    finish_tasks(TaskKind.QUARANTINE, entry_ids, actor=actor, at=at)
    return replay(entry_ids, actor=actor, at=at)


@transaction.atomic
def discard_payloads(entry_ids: Sequence[int], *, reason: str, actor: Actor, at: datetime) -> None:
    """Put the payloads aside for good."""
    finish_tasks(TaskKind.QUARANTINE, entry_ids, actor=actor, at=at)
    discard(entry_ids, actor=actor, at=at, reason=reason)
