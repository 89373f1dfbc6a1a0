"""The schedule of pulls and reconciles, as rows that an admin can see, change, pause and run now."""

import json

from django.db import transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from mdm.models import SystemMode
from sync.outbound.targets import open_targets

PULL_SECONDS = 30
RECONCILE_SECONDS = 600
RELAY_SECONDS = 15
ROLLOUT_SECONDS = 60
VERIFY_SECONDS = 300
CERTIFICATE_SECONDS = 3_600  # looking again on the same day changes nothing


@transaction.atomic
def ensure_schedules(
    *, pull_seconds: int = PULL_SECONDS, reconcile_seconds: int = RECONCILE_SECONDS, relay_seconds: int = RELAY_SECONDS
) -> None:
    """A pull and a reconcile for every live system, a nudge for deliveries, rollouts carried on, taxes watched.

    What an admin changed stays.
    """
    for system in open_targets():
        if system.mode != SystemMode.LIVE:
            continue
        _ensure(f"Pull from {system.label}", task="sync.tasks.pull_system", args=[system.name], seconds=pull_seconds)
        _ensure(
            f"Reconcile {system.label}",
            task="sync.tasks.reconcile_system",
            args=[system.name],
            seconds=reconcile_seconds,
        )
    _ensure("Deliver what is due", task="sync.tasks.relay_once", args=[], seconds=relay_seconds)
    _ensure("Carry on rollouts", task="mdm.tasks.carry_on_rollouts", args=[], seconds=ROLLOUT_SECONDS)
    _ensure("Verify tax ids", task="mdm.tasks.verify_tax_registrations", args=[], seconds=VERIFY_SECONDS)
    _ensure("Look at tax certificates", task="mdm.tasks.look_at_certificates", args=[], seconds=CERTIFICATE_SECONDS)


def _ensure(name: str, *, task: str, args: list[str], seconds: int) -> None:
    """A run that no worker took before the next one is due is dropped, so that runs do not pile up."""
    every, _ = IntervalSchedule.objects.get_or_create(every=seconds, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.get_or_create(
        name=name,
        defaults={
            "task": task,
            "args": json.dumps(args),
            "interval": every,
            "expire_seconds": seconds,
        },
    )
