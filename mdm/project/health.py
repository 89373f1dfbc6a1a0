"""What a load balancer asks: is the process there, and can it serve?"""

import logging

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


@never_cache
@require_GET
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all; touches nothing else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_GET
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers and is migrated. Redis is told but not required: it only wakes workers up."""
    database, migrations = _database(), "unknown"
    if database == "ok":
        migrations = _migrations()
    ready = database == migrations == "ok"
    body = {
        "status": "ok" if ready else "unavailable",
        "database": database,
        "migrations": migrations,
        "redis": _redis(),
    }
    return JsonResponse(body, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("Database did not answer: %s", type(error).__name__)
        return "unavailable"
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "pending" if pending else "ok"


def _redis() -> str:
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except RedisError:
        return "unavailable"
    return "ok"
