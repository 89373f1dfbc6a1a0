"""Celery's doors of the hub itself. Each may run twice, and leaves the work to whoever is at it already."""

from time import monotonic

from celery import shared_task
from django.utils import timezone

from mdm.models import RolloutState
from mdm.selectors.rollouts import open_rollouts
from mdm.services.rollouts.carrying import carry_on

SECONDS_AT_ONCE = 240  # well within a task's time limit; the next run goes on


@shared_task
def carry_on_rollouts() -> None:
    """Carry on what is running, also what a command that was killed left behind."""
    ends_at = monotonic() + SECONDS_AT_ONCE
    for rollout in open_rollouts().filter(state=RolloutState.RUNNING):
        carry_on(rollout.pk, clock=timezone.now, enough=lambda: monotonic() > ends_at, wait=False)
