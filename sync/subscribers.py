"""What the master data tells: golden versions were published, so there may be something to deliver."""

import time
from logging import getLogger

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from mdm import ports
from mdm.events import GoldenRecordsErased, GoldenVersionsPublished, subscribe
from sync.channel import CHANNEL
from sync.services.delivery_actions import StreamActions
from sync.services.erasing import erase_deliveries
from sync.services.impact import RenderedImpact

logger = getLogger(__name__)

BROKER_PAUSE_SECONDS = 30.0
_broker_away_until = 0.0  # on this process's monotonic clock: a broker that is away must not slow every commit down


def register() -> None:
    """Subscribe, and implement the ports. Repeating it changes nothing."""
    subscribe(GoldenVersionsPublished, _wake_the_relay)
    subscribe(GoldenRecordsErased, erase_deliveries)
    ports.provide_deliveries(StreamActions())
    ports.provide_impact(RenderedImpact())


def _wake_the_relay(event: GoldenVersionsPublished) -> None:
    """Both only wake somebody up: PostgreSQL the relay process, Celery a worker. Without either the relay polls."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    transaction.on_commit(_nudge_a_worker, robust=True)


def _nudge_a_worker() -> None:
    global _broker_away_until  # noqa: PLW0603  one memory per process is the point
    if time.monotonic() < _broker_away_until:
        return
    try:
        with current_app.connection_for_write() as broker:
            # Celery's own way to connect sleeps and tries again for seconds, here inside somebody's request.
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
            current_app.send_task("sync.tasks.relay_once", connection=broker, retry=False, expires=10)
    except (OperationalError, OSError):
        _broker_away_until = time.monotonic() + BROKER_PAUSE_SECONDS
        logger.info("No broker to nudge a worker with; the relay polls")
