"""This life of the hub, as idempotency keys name it."""

from functools import cache

from sync.models import HubEpoch


@cache
def hub_epoch() -> str:
    """Its name, given by a migration; a process keeps the one it started with."""
    return HubEpoch.objects.latest("pk").name
