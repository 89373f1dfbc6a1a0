"""An embedded PostgreSQL: its data directory, its start and its stop. Reached by a private socket only."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from mdm.project.supervisor.binaries import postgres_bin, postgres_major
from mdm.project.supervisor.children import DidNotComeUp, start_child, stop_child
from mdm.project.supervisor.leftovers import end, processes_working_in
from mdm.project.supervisor.places import Places, current_account, private_directory

SUPERUSER = "postgres"
DATABASE = "assay"
START_SECONDS = 60.0
# Fast shutdown, then immediate: a smart one would wait for every idle connection.
SHUTDOWN = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))


class PostgresError(Exception):
    """The cluster cannot be prepared; the message says what to do."""


class EmbeddedPostgres:
    """One cluster of ours. Only its guard starts it, one at a time."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._home = places.postgres
        self._data = self._home / "data"
        self._sockets = places.postgres_sockets
        self._log = places.logs / f"{self._home.name}.log"
        self._account = current_account()
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Prepare what is missing, end what an earlier run left, start, and return once the server answers."""
        private_directory(self._home, account=self._account)
        self._forget_another_checkout()
        self._bin = postgres_bin(copy_to=self._home / "programs", must_copy=self._account.switch)
        end(processes_working_in(self._data), grace_seconds=SHUTDOWN[0][1], first=signal.SIGINT)
        self._prepare_sockets()
        if not self._data.is_dir():
            self._initialize()
        self._check_major()
        # With nobody left in the data directory this file is stale, even if another process got its pid.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        self._child = start_child(
            [self._bin / "postgres", "-D", self._data, *self._settings()],
            log=self._log,
            cwd=self._home,
            env=_clean_environment(),
            account=self._account,
            when_parent_dies=SHUTDOWN[0][0],
        )
        self._wait_until_it_answers()
        try:
            self._create_roles_and_database()
        except psycopg.OperationalError as error:
            raise DidNotComeUp(f"PostgreSQL ended while it was being prepared; see {self._log}") from error

    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        if self._child is not None:
            stop_child(self._child, signals=SHUTDOWN)

    def _forget_another_checkout(self) -> None:
        """Drop data that belongs to a checkout which stood at this path before: its `var/`, and so its id, is gone."""
        ours = instance_id(self._places)
        mark = self._home / "instance"
        if mark.exists() and mark.read_text() == ours:
            return
        end(processes_working_in(self._data), grace_seconds=SHUTDOWN[0][1], first=signal.SIGINT)
        shutil.rmtree(self._data, ignore_errors=True)
        mark.write_text(ours)

    def _prepare_sockets(self) -> None:
        shutil.rmtree(private_directory(self._sockets, account=self._account))
        private_directory(self._sockets, account=self._account)

    def _initialize(self) -> None:
        """Build the cluster beside its place and move it there whole, so that a killed run leaves no half of one."""
        draft = self._home / "data.draft"
        shutil.rmtree(draft, ignore_errors=True)
        private_directory(draft, account=self._account)
        command = [self._bin / "initdb", "-D", draft, "-U", SUPERUSER, "--encoding=UTF8", "--no-locale"]
        command += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
        if postgres_major(self._bin) >= 17:
            # Sorts like C, yet lower() and upper() know more letters than ASCII.
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self._places.for_tests:
            command.append("--no-sync")
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._home,
            env=_clean_environment(),
            user=self._account.uid if self._account.switch else None,
            group=self._account.gid if self._account.switch else None,
            extra_groups=[] if self._account.switch else None,
        )
        if done.returncode != 0:
            raise PostgresError(f"initdb failed: {done.stderr.strip()}")
        draft.rename(self._data)

    def _check_major(self) -> None:
        data, programs = (self._data / "PG_VERSION").read_text().strip(), str(postgres_major(self._bin))
        if data == programs:
            return
        if not self._places.for_tests:
            raise PostgresError(
                f"The data in {self._data} was written by PostgreSQL {data}, the programs are {programs}. "
                "Go back to that version, or forget the data with `make demo-reset`."
            )
        shutil.rmtree(self._data)
        self._initialize()

    def _settings(self) -> list[str]:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": f"{_megabytes(memory // 8, least=64, most=1024)}MB",
            "effective_cache_size": f"{_megabytes(memory // 2, least=128, most=16384)}MB",
            "maintenance_work_mem": f"{_megabytes(memory // 32, least=32, most=256)}MB",
            "work_mem": "16MB",
            "max_wal_size": "2GB",
            "random_page_cost": "1.1",
            "jit": "off",
            "timezone": "UTC",
            # Statements and details carry attribute values, which are personal data.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_parameter_max_length": "0",
        }
        if self._places.for_tests:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_running():
                break
            if answers(self._sockets, user=SUPERUSER, database="postgres"):
                return
            time.sleep(0.05)
        raise DidNotComeUp(f"PostgreSQL did not come up; see {self._log}")

    def _create_roles_and_database(self) -> None:
        """Safe to repeat; the database comes last, since holders wait for it."""
        # Each test run makes databases of its own, so only there the owner may.
        right = sql.SQL("CREATEDB" if self._places.for_tests else "NOCREATEDB")
        with psycopg.connect(_address(self._sockets, user=SUPERUSER, database="postgres"), autocommit=True) as server:
            for role, rights in (("assay_owner", right), ("assay_app", sql.SQL("NOCREATEDB"))):
                if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    server.execute(sql.SQL("CREATE ROLE {} LOGIN {}").format(sql.Identifier(role), rights))
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                server.execute(sql.SQL("CREATE DATABASE {} OWNER assay_owner").format(sql.Identifier(DATABASE)))


def answers(sockets: Path, *, user: str = "assay_app", database: str = DATABASE) -> bool:
    """Whether a server behind these sockets accepts queries. The only test of readiness: pid files lie."""
    try:
        with psycopg.connect(_address(sockets, user=user, database=database), connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def instance_id(places: Places) -> str:
    """A random id that a state directory keeps for life, so that data outside it is never mistaken for its own."""
    file = places.instance_file
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        draft = file.with_name(f"instance.{os.getpid()}")
        draft.write_text(secrets.token_hex(16))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text()


def _address(sockets: Path, *, user: str, database: str) -> str:
    return make_conninfo(host=str(sockets), user=user, dbname=database)


def _megabytes(size: int, *, least: int, most: int) -> int:
    return max(least, min(most, size // 1024**2))


def _clean_environment() -> dict[str, str]:
    """Without the caller's PG* and library variables, which would redirect or break the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
