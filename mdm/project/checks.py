"""`make test`: every check in order, each with its time, one verdict at the end."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from mdm.project.supervisor.laps import Laps
from mdm.project.supervisor.places import ROOT

NO_DATABASE = "ignore:Got an error checking a consistent migration history:RuntimeWarning"


@dataclass(frozen=True, slots=True)
class Check:
    """One command. A `loud` one shows its output as it runs, the others only when they fail."""

    title: str
    arguments: tuple[str, ...]
    loud: bool = False


LINTERS = (
    Check("Format", ("-m", "ruff", "format", "--check", ".")),
    Check("Lint", ("-m", "ruff", "check", ".")),
    Check("Types", ("-m", "mypy", ".")),
    Check("Import contracts", ("-c", "from importlinter.cli import lint_imports_command as run; run()")),
    Check("Migrations are complete", ("-W", NO_DATABASE, "manage.py", "makemigrations", "--check", "--dry-run")),
)
TESTS = (
    Check("Browser", ("-m", "tests.browser")),
    Check("Tests", ("-m", "pytest", "-n", "2", "--durations", "10"), loud=True),
)


def run(check: Check, *, laps: Laps) -> bool:
    """Whether the check passed. A failed one does not stop the next: one run should tell all."""
    with laps.step(check.title) as lap:
        done = subprocess.run(
            [sys.executable, *check.arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=None if check.loud else subprocess.PIPE,
            stderr=None if check.loud else subprocess.STDOUT,
            text=True,
            check=False,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        lap.ok = done.returncode == 0
    if done.stdout and not lap.ok:
        laps.console.print(done.stdout, markup=False)
    return lap.ok


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 only when every check passed."""
    parser = argparse.ArgumentParser(prog="python -m mdm.project.checks", description=__doc__)
    parser.add_argument("--without-tests", action="store_true", help="linters, types, contracts and migrations only")
    without_tests = parser.parse_args(arguments).without_tests
    laps = Laps(Console(highlight=False, soft_wrap=True))
    failed = [check.title for check in LINTERS + (() if without_tests else TESTS) if not run(check, laps=laps)]
    name, seconds = "make check" if without_tests else "make test", laps.total_seconds
    laps.console.print(f"{name}: FAILED ({', '.join(failed)})" if failed else f"{name}: passed in {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
