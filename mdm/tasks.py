"""Celery's doors of the hub itself. Each may run twice, and leaves the work to whoever is at it already."""

from contextlib import suppress
from time import monotonic

from celery import shared_task
from django.utils import timezone

from mdm.actors import person
from mdm.errors import NotFound, StateConflict
from mdm.models import RolloutState
from mdm.selectors.rollouts import open_rollouts
from mdm.services.certificates import note_expiring_certificates
from mdm.services.rollouts.carrying import carry_on
from mdm.services.tax_verification import verify_registration, verify_what_is_due

SECONDS_AT_ONCE = 240  # well within a task's time limit; the next run goes on


@shared_task
def carry_on_rollouts() -> None:
    """Carry on what is running, also what a command that was killed left behind."""
    ends_at = monotonic() + SECONDS_AT_ONCE
    for rollout in open_rollouts().filter(state=RolloutState.RUNNING):
        carry_on(rollout.pk, clock=timezone.now, enough=lambda: monotonic() > ends_at, wait=False)


@shared_task
def verify_tax_registrations() -> None:
    """Ask registers about the numbers that are due."""
    ends_at = monotonic() + SECONDS_AT_ONCE
    verify_what_is_due(clock=timezone.now, enough=lambda: monotonic() > ends_at)


@shared_task
def verify_tax_registration(registration_id: int, username: str) -> None:
    """Ask about one registration, which a person wants to know of. One that went meanwhile needs no answer."""
    with suppress(NotFound, StateConflict):
        verify_registration(registration_id, actor=person(username), clock=timezone.now)


@shared_task
def look_at_certificates() -> None:
    """Tell of exemption certificates that lapse soon, and take back what was told of those that were renewed."""
    note_expiring_certificates(at=timezone.now())
