"""Starts the test doubles as processes of their own, on small extracts."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from fixtures.make.everything import make_everything

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-the-tests"


@dataclass(slots=True)
class Running:
    """One double under way."""

    process: subprocess.Popen[str]
    http: httpx.Client

    def stop(self) -> int:
        """Ask it to stop; returns its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=10)

    def kill(self) -> None:
        """End it without warning."""
        self.process.kill()
        self.process.wait(timeout=10)


Start = Callable[[str], Running]


@pytest.fixture(scope="session")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small set of extracts."""
    folder = tmp_path_factory.mktemp("extracts")
    make_everything(folder, seed=7, scale=0.02)
    return folder


@pytest.fixture
def start(tmp_path: Path, extracts: Path) -> Iterator[Start]:
    """Starts `crm` or `erp`; again in the same test, it finds the state it left."""
    started: list[Running] = []

    def begin(name: str) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-m", f"tests.targets.{name}", "--port", "0", "--data", str(tmp_path / name),
             "--seed-from", str(extracts)],
            cwd=ROOT,
            env=os.environ | {"TARGET_TOKEN": TOKEN, "TARGET_FAULTS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        http = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)
        running = Running(process=process, http=http)
        started.append(running)
        return running

    yield begin
    for running in started:
        running.http.close()
        if running.process.poll() is None:
            running.kill()
        if running.process.stdout:
            running.process.stdout.close()
