"""Where the embedded services keep their data, sockets and logs: a pure function of the state directory.

Settings compute the addresses from here without starting anything, so any command finds a hub that runs already.
"""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[3]
SYSTEM_STATE = Path("/var/lib")
SHORT_SOCKETS = Path("/tmp")  # noqa: S108 - only for socket paths that are too long; owner and mode are verified
SOCKET_PATH_LIMIT = 107
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")


class PlaceError(Exception):
    """A directory of ours is missing, or belongs to somebody else."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user that PostgreSQL runs as. `switch` is false when that is already the current user."""

    name: str
    uid: int
    gid: int
    switch: bool


@dataclass(frozen=True, slots=True)
class Places:
    """The directories of one state directory, apart for tests so that a test run never meets the demo's data."""

    state: Path
    for_tests: bool

    @property
    def logs(self) -> Path:
        return self.state / "log"

    @property
    def instance_file(self) -> Path:
        return self.state / "instance"

    @property
    def postgres(self) -> Path:
        """PostgreSQL refuses to run as root, and an unprivileged user may not reach a checkout: then /var/lib."""
        base = SYSTEM_STATE / f"assay-{self._digest}" if os.geteuid() == 0 else self.state
        return base / self._named("postgres")

    @property
    def redis(self) -> Path:
        return self.state / self._named("redis")

    @property
    def postgres_sockets(self) -> Path:
        return self._sockets(self.postgres / "run", "postgres")

    @property
    def redis_socket(self) -> Path:
        return self._sockets(self.redis / "run", "redis") / "redis.sock"

    @property
    def owner_database_url(self) -> str:
        return self.database_url("assay_owner")

    @property
    def redis_url(self) -> str:
        return f"unix://{quote(str(self.redis_socket))}?db=0"

    def database_url(self, role: str = "assay_app", *, database: str = "assay") -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.postgres_sockets), safe='')}"

    @property
    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.state)).hexdigest()[:12]

    def _named(self, service: str) -> str:
        return f"{service}-tests" if self.for_tests else service

    def _sockets(self, wanted: Path, service: str) -> Path:
        if len(os.fsencode(wanted)) + LONGEST_SOCKET_NAME <= SOCKET_PATH_LIMIT:
            return wanted
        return SHORT_SOCKETS / f"assay-{os.geteuid()}-{self._digest}-{self._named(service)}"


def default_state() -> Path:
    """ASSAY_STATE_DIR, else `var/` of the checkout."""
    return Path(os.environ.get("ASSAY_STATE_DIR") or ROOT / "var").absolute()


def current_account() -> Account:
    """Who PostgreSQL runs as: the current user, or for root the system's `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return Account(name=str(os.geteuid()), uid=os.geteuid(), gid=os.getegid(), switch=False)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, switch=True)
    raise PlaceError("PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody.")


def private_directory(path: Path, *, account: Account | None = None) -> Path:
    """Make `path` a directory that only its owner enters. Refuses one that somebody else put there."""
    owner = account.uid if account else os.geteuid()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
            raise PlaceError(f"{path} belongs to somebody else; remove it or set ASSAY_STATE_DIR.") from None
        path.chmod(0o700)
        return path
    if account and account.switch:
        os.chown(path, account.uid, account.gid)
    return path
