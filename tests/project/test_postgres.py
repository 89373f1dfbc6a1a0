"""The embedded PostgreSQL, its guard and what they survive. One durable cluster serves the module."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from mdm.project.supervisor.guard import Kind, ServiceUnavailable, forget, hold
from mdm.project.supervisor.places import ROOT, Places
from mdm.project.supervisor.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    places = Places(state=tmp_path_factory.mktemp("hub"), for_tests=False)
    yield places
    shutil.rmtree(places.postgres, ignore_errors=True)
    if places.postgres.parent != places.state:
        places.postgres.parent.rmdir()


@pytest.fixture
def server(own_places: Places) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(own_places)
    server.start()
    yield server
    server.stop()


def ask(places: Places, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(places.owner_database_url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def postmaster(places: Places) -> int:
    return int((places.postgres / "data" / "postmaster.pid").read_text().splitlines()[0])


def wait_for(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def test_a_killed_server_starts_again_with_its_data(server: EmbeddedPostgres, own_places: Places) -> None:
    ask(own_places, "CREATE TABLE kept AS SELECT 42 AS answer")

    os.kill(postmaster(own_places), signal.SIGKILL)
    wait_for(lambda: not server.is_running())
    server.start()

    assert ask(own_places, "SELECT answer FROM kept") == [(42,)]


def test_a_pid_file_whose_pid_now_belongs_to_another_process_is_stale(own_places: Places) -> None:
    """As after a crash of the machine; the process is ours and alive, which is what misleads PostgreSQL."""
    server = EmbeddedPostgres(own_places)
    server.start()
    pid_file = own_places.postgres / "data" / "postmaster.pid"
    contents = pid_file.read_text().splitlines()
    server.stop()

    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        pid_file.write_text("\n".join([str(sleeper.pid), *contents[1:]]) + "\n")
        server.start()
        assert ask(own_places, "SELECT 1") == [(1,)]
        assert sleeper.poll() is None
    finally:
        server.stop()
        sleeper.kill()
        sleeper.wait()


def test_a_server_left_by_a_killed_guard_is_ended_and_replaced(own_places: Places) -> None:
    first, second = EmbeddedPostgres(own_places), EmbeddedPostgres(own_places)
    first.start()
    left = postmaster(own_places)
    try:
        second.start()
        assert postmaster(own_places) != left
    finally:
        second.stop()
        first.stop()


def test_the_running_role_owns_nothing_and_the_owner_is_no_superuser(
    server: EmbeddedPostgres, own_places: Places
) -> None:
    rows = ask(own_places, "SELECT rolname, rolsuper FROM pg_roles WHERE rolname LIKE 'assay%' ORDER BY 1")

    assert rows == [("assay_app", False), ("assay_owner", False)]
    with psycopg.connect(own_places.database_url()) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("CREATE TABLE public.mine (id int)")


def test_holders_share_one_server_until_the_last_one_ends(own_places: Places) -> None:
    with hold(Kind.POSTGRES, places=own_places) as first:
        first_server = postmaster(own_places)
        with hold(Kind.POSTGRES, places=own_places):
            assert postmaster(own_places) == first_server
        assert first.answers()
    assert not first.answers()


def test_the_guard_restarts_a_killed_server(own_places: Places) -> None:
    with hold(Kind.POSTGRES, places=own_places) as held:
        killed = postmaster(own_places)
        os.kill(killed, signal.SIGKILL)

        wait_for(lambda: held.answers() and postmaster(own_places) != killed)


def test_a_killed_holder_leaves_nothing_running(own_places: Places) -> None:
    script = (
        "import sys, time; from pathlib import Path; from mdm.project.supervisor.guard import Kind, hold;"
        "from mdm.project.supervisor.places import Places;"
        "place = Places(state=Path(sys.argv[1]), for_tests=False)\n"
        "with hold(Kind.POSTGRES, places=place): print('up', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(own_places.state)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "up\n"
    server = Path("/proc") / str(postmaster(own_places))

    holder.kill()
    holder.wait()
    wait_for(lambda: not server.exists())


def test_data_in_use_is_not_forgotten_and_other_data_is(own_places: Places) -> None:
    with hold(Kind.POSTGRES, places=own_places), pytest.raises(ServiceUnavailable, match="in use"):
        forget(places=own_places)

    forget(places=own_places)
    assert not own_places.postgres.exists()


def test_a_new_checkout_at_the_same_path_does_not_get_the_old_data(own_places: Places) -> None:
    with hold(Kind.POSTGRES, places=own_places):
        ask(own_places, "CREATE TABLE old (id int)")
    own_places.instance_file.unlink()

    with hold(Kind.POSTGRES, places=own_places):
        assert ask(own_places, "SELECT to_regclass('old')") == [(None,)]
