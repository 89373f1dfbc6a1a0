"""Programs run to be measured: wall time and peak memory of each, on a given number of cores."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS")


class RunFailed(Exception):
    """A program is missing, or ended with an exit code other than 0. Holds the lines that tell of it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Wall time from start to end, and the most memory held at once (resident set)."""

    seconds: float
    peak_mb: float


def measured(command: Sequence[str], *, log: Path) -> Run:
    """Run a program to its end, what it prints going to a file. Raises RunFailed.

    Linux counts the memory of who starts a program to that program's peak, so this process must stay small: it imports
    no NumPy, and records are made and judged in processes of their own.
    """
    with log.open("wb") as stream:
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        printed = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise RunFailed(*printed[-20:], f"{' '.join(command[1:4])} ended with exit code {process.returncode}")
    # Linux says kilobytes, macOS bytes.
    return Run(seconds=seconds, peak_mb=usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024))


def limit_to(threads: int) -> None:
    """Hold this process and those it starts to so many cores and threads; cores only where the system can."""
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(threads)))
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
