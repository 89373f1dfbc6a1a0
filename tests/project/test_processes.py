import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mdm.project.supervisor.leftovers import started_ticks
from mdm.project.supervisor.places import ROOT
from mdm.project.supervisor.processes import AlreadyRunning, Program, ProgramFailed, Supervisor

# Notes its start, starts a child of its own and notes its orderly end.
PROGRAM = """
import os, signal, subprocess, sys, time
name, notes = sys.argv[1], sys.argv[2]
def note(what):
    with open(notes, "a") as file: file.write(f"{name} {what}\\n")
worker = subprocess.Popen(["sleep", "600"])
note(f"started {os.getpid()} {worker.pid}")
def leave(*_):
    note("stopped"); sys.exit(0)
signal.signal(signal.SIGTERM, leave)
while True: time.sleep(0.05)
"""


class Diary:
    """What the programs of a test noted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> list[list[str]]:
        return [line.split() for line in self.path.read_text().splitlines()] if self.path.exists() else []

    def starts(self, name: str) -> list[tuple[int, int]]:
        return [(int(line[2]), int(line[3])) for line in self.lines() if line[:2] == [name, "started"]]


@pytest.fixture
def diary(tmp_path: Path) -> Diary:
    return Diary(tmp_path / "notes")


def program(name: str, diary: Diary) -> Program:
    command = [sys.executable, "-c", PROGRAM, name, str(diary.path)]
    return Program(name=name, command=command, ready=lambda: bool(diary.starts(name)))


def is_alive(pid: int) -> bool:
    return started_ticks(pid) is not None


def wait_for(condition: Callable[[], bool], *, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def test_programs_stop_in_reverse_order_with_all_their_workers(tmp_path: Path, diary: Diary) -> None:
    with Supervisor(state=tmp_path, report=print) as supervisor:
        supervisor.start(program("web", diary), program("worker", diary))

    assert [line[0] for line in diary.lines() if line[1] == "stopped"] == ["worker", "web"]
    assert not any(is_alive(pid) for name in ("web", "worker") for pair in diary.starts(name) for pid in pair)


def test_a_killed_program_is_reported_and_runs_again_without_its_old_workers(tmp_path: Path, diary: Diary) -> None:
    reports: list[str] = []
    with Supervisor(state=tmp_path, report=reports.append) as supervisor:
        supervisor.start(program("web", diary))
        pid, worker = diary.starts("web")[0]
        os.kill(pid, signal.SIGKILL)
        supervisor.watch(until=lambda: len(diary.starts("web")) == 2)

        assert not is_alive(worker)
    assert reports == ["web ended with status -9; starting it again in 0.2 s.", "web runs again."]


def test_a_program_that_ends_while_starting_is_an_error_that_names_its_log(tmp_path: Path) -> None:
    failing = Program(name="web", command=[sys.executable, "-c", "raise SystemExit(3)"], ready=lambda: False)

    with Supervisor(state=tmp_path, report=print) as supervisor, pytest.raises(ProgramFailed, match=r"3: .*web\.log"):
        supervisor.start(failing)


def test_a_second_supervisor_of_one_state_is_refused(tmp_path: Path) -> None:
    with (
        Supervisor(state=tmp_path, report=print),
        pytest.raises(AlreadyRunning),
        Supervisor(state=tmp_path, report=print),
    ):
        pass


def supervise(tmp_path: Path, diary: Diary) -> subprocess.Popen[bytes]:
    script = (
        "import sys; from pathlib import Path; from mdm.project.supervisor.processes import Program, Supervisor\n"
        "with Supervisor(state=Path(sys.argv[1]), report=print) as supervisor:\n"
        "    supervisor.start(Program(name='web', command=[sys.executable, '-c', *sys.argv[2:]]))\n"
        "    supervisor.watch()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), PROGRAM, "web", str(diary.path)], cwd=ROOT, stderr=subprocess.PIPE
    )
    wait_for(lambda: bool(diary.starts("web")))
    return child


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_supervisor_stops_what_it_started(tmp_path: Path, diary: Diary, sign: signal.Signals) -> None:
    supervisor = supervise(tmp_path, diary)

    supervisor.send_signal(sign)
    supervisor.communicate(timeout=15)

    assert diary.lines()[-1] == ["web", "stopped"]
    assert not any(is_alive(pid) for pid in diary.starts("web")[0])


def test_what_a_killed_supervisor_leaves_is_ended_at_once_or_by_the_next_start(tmp_path: Path, diary: Diary) -> None:
    supervisor = supervise(tmp_path, diary)
    pid, worker = diary.starts("web")[0]

    supervisor.kill()
    supervisor.communicate(timeout=15)
    wait_for(lambda: not is_alive(pid))
    assert is_alive(worker)

    reports: list[str] = []
    with Supervisor(state=tmp_path, report=reports.append):
        assert not is_alive(worker)
    assert reports == ["Ended 1 processes that an earlier run had left."]
