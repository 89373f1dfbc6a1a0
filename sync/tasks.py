"""Celery's doors. Each takes ids, may run twice, and leaves the work to whoever is at it already."""

from logging import getLogger
from random import SystemRandom

from celery import shared_task

from mdm.actors import Actor
from mdm.services.intake import source_system
from sync.clock import system_clock
from sync.inbound.pulling import pull_all
from sync.inbound.reconciling import reconcile_all
from sync.locks import held_alone
from sync.outbound.relay import run_once

logger = getLogger(__name__)

SCHEDULER = Actor("scheduler")


@shared_task
def pull_system(system_name: str) -> None:
    """Read what changed in a system and settle it."""
    for run in pull_all(source_system(system_name), actor=SCHEDULER, clock=system_clock):
        if run.error:
            logger.warning("Pull run %d of %s failed", run.pk, system_name)


@shared_task
def reconcile_system(system_name: str) -> None:
    """Compare everything a system holds with what the hub would send."""
    for run in reconcile_all(source_system(system_name), actor=SCHEDULER, clock=system_clock):
        if run.error:
            logger.warning("Reconcile run %d of %s failed", run.pk, system_name)


@shared_task
def relay_once() -> None:
    """Plan and deliver what is due. Beside a running relay process it does whatever that has not taken yet."""
    with held_alone("relay_once") as alone:
        if alone:
            run_once(clock=system_clock, random=SystemRandom())
