"""PostgreSQL and Redis for whoever needs them: the ones the environment names, else embedded ones."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mdm.project.supervisor.binaries import redis_server
from mdm.project.supervisor.guard import Hold, Kind, hold
from mdm.project.supervisor.places import Places, default_state


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services are. `redis_url` is None when the machine has no Redis: then the relay runs alone."""

    database_url: str
    owner_database_url: str | None
    redis_url: str | None
    holds: tuple[Hold, ...]

    def environment(self) -> dict[str, str]:
        """The variables that settings read these addresses from."""
        found = {
            "DATABASE_URL": self.database_url,
            "ASSAY_OWNER_DATABASE_URL": self.owner_database_url,
            "REDIS_URL": self.redis_url,
        }
        return {name: value for name, value in found.items() if value}

    def ensure(self) -> None:
        """Bring back an embedded service whose guard was killed. Cheap when all is well."""
        for held in self.holds:
            held.ensure()


@contextmanager
def embedded_services(*, for_tests: bool = False, state: Path | None = None) -> Iterator[Addresses]:
    """Services up for the length of the block. Raises ServiceUnavailable.

    DATABASE_URL and REDIS_URL, where set, are used as they are; then the owner's address comes from
    ASSAY_OWNER_DATABASE_URL or not at all.
    """
    places = Places(state=(state or default_state()).absolute(), for_tests=for_tests)
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    owner_database_url = os.environ.get("ASSAY_OWNER_DATABASE_URL")
    holds: list[Hold] = []
    with ExitStack() as stack:
        if not database_url:
            holds.append(stack.enter_context(hold(Kind.POSTGRES, places=places, wait=False)))
            database_url, owner_database_url = places.database_url(), places.owner_database_url
        if not redis_url and redis_server():
            holds.append(stack.enter_context(hold(Kind.REDIS, places=places, wait=False)))
            redis_url = places.redis_url
        addresses = Addresses(database_url, owner_database_url, redis_url, tuple(holds))
        addresses.ensure()
        yield addresses
