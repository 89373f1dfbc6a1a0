"""Reading what changed in a system, after a checkpoint that never skips."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from mdm.actors import Actor
from mdm.entity_types import in_settling_order
from mdm.models import MappingVersion, SourceSystem
from mdm.services.intake import Intake, current_mapping, receive_payloads
from mdm.services.settlement import settle_pending, settle_source_records
from sync.clock import Clock
from sync.connectors import Connector, DeliveryError, Page, Token, connector_for
from sync.inbound.in_flight import settled_records
from sync.locks import held_alone
from sync.models import Checkpoint, PullRun

OVERLAP_SECONDS = 300
PAGE_SIZE = 500
KEPT_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading under way."""

    system: SourceSystem
    entity_type: str
    connector: Connector
    run: PullRun
    actor: Actor
    clock: Clock
    settle: bool


def pull(system: SourceSystem, entity_type: str, *, actor: Actor, clock: Clock, settle: bool = True) -> PullRun | None:
    """Read every change since the checkpoint; None when another worker is at it. Repeating it changes nothing.

    It begins `overlap_seconds` (setting of the system, default 300) before the checkpoint, for changes that became
    visible late; the value hash makes the repeats harmless. Each page is kept together with the checkpoint behind it,
    then settled: killed in between, the records wait as pending. `settle=False` leaves them all so, for a first load
    that is to train a match model. An unreachable system is an `error` of the run.
    """
    with held_alone(f"pull {system.name} {entity_type}") as alone:
        if not alone:
            return None
        run = PullRun.objects.create(system=system, entity_type=entity_type, started_at=clock())
        connector = connector_for(system)
        try:
            _read_pages(_Reading(system, entity_type, connector, run, actor, clock, settle))
        except DeliveryError as error:
            run.error = f"{error.outcome}: {error.message}"
        finally:
            connector.close()
        run.finished_at = clock()
        run.save()
        PullRun.objects.filter(
            system=system, entity_type=entity_type, started_at__lt=run.finished_at - KEPT_FOR
        ).delete()
        return run


def pull_all(system: SourceSystem, *, actor: Actor, clock: Clock, settle: bool = True) -> list[PullRun]:
    """Pull every entity type that the system has a mapping for, then settle whatever waits, both in settling order."""
    runs = [pull(system, name, actor=actor, clock=clock, settle=settle) for name in pulled_entity_types(system)]
    for kind in in_settling_order() if settle else ():
        settle_pending(kind.name, actor=actor, at=clock())
    return [run for run in runs if run is not None]


def pulled_entity_types(system: SourceSystem) -> list[str]:
    """Entity types that its connector reads and that have a mapping, in settling order."""
    connector = connector_for(system)
    connector.close()
    mapped = set(MappingVersion.objects.filter(source_system=system).values_list("entity_type", flat=True))
    return [kind.name for kind in in_settling_order() if kind.name in mapped and kind.name in connector.entity_types]


def page_size(system: SourceSystem, connector: Connector) -> int:
    """Records to ask for at once: the setting of the system, no more than its connector may ask for."""
    wanted = int(system.settings.get("page_size", PAGE_SIZE))
    return min(wanted, connector.limits.page_size or wanted)


def _read_pages(reading: _Reading) -> None:
    system = reading.system
    checkpoint = Checkpoint.objects.filter(system=system, entity_type=reading.entity_type).first()
    token: Token | None = None
    if checkpoint is not None:
        overlap = timedelta(seconds=int(system.settings.get("overlap_seconds", OVERLAP_SECONDS)))
        token = reading.connector.rewind(checkpoint.token, overlap)
    limit = page_size(system, reading.connector)
    while True:
        read_at = reading.clock()
        page = reading.connector.pull(reading.entity_type, token, limit)
        if page.next_token is None:
            return
        intake = _keep_page(reading, page, read_at=read_at)
        if reading.settle:
            done = settle_source_records(
                reading.entity_type, intake.pending_ids, actor=reading.actor, at=reading.clock()
            )
            reading.run.golden_versions += done.golden_versions
        if not page.more:
            return
        token = page.next_token


@transaction.atomic
def _keep_page(reading: _Reading, page: Page, *, read_at: datetime) -> Intake:
    """The page and the checkpoint behind it stand or fall together."""
    at = reading.clock()
    records = settled_records(
        page.records,
        system=reading.system,
        mapping=current_mapping(reading.system, reading.entity_type)[1],
        connector=reading.connector,
        read_at=read_at,
    )
    intake = receive_payloads(reading.system, reading.entity_type, records, actor=reading.actor, at=at)
    Checkpoint.objects.update_or_create(
        system=reading.system,
        entity_type=reading.entity_type,
        defaults={"token": dict(page.next_token or {}), "moved_at": at},
    )
    for name in ("received", "new", "changed", "unchanged", "echoes", "tombstoned", "quarantined"):
        setattr(reading.run, name, getattr(reading.run, name) + getattr(intake, name))
    reading.run.save()
    return intake
