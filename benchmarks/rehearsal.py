"""`python -m benchmarks.rehearsal`: how long a rehearsal takes, by phase, and how much memory.

For each --count it fills a hub of its own with invented customers (`benchmarks.rehearsing.filling`) and rehearses two
drafts, each in a process of its own, one after the other, on two cores: one that changes survivorship only, one that
also matches everything anew. Beside them stands the time to read the same rows with COPY.

Ends with exit code 0 when every rehearsal took less than 3 minutes, with 1 when one took longer, with 2 when something
did not run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.databases import empty_database
from benchmarks.processes import ROOT, RunFailed, limit_to, measured

COUNTS = (10_000, 100_000)
DRAFTS = {"survivorship": 3, "matching": 4}  # after the shipped and the trained version
LONGEST_SECONDS = 180.0
HEAD = f"{'records':>9}  {'draft':<13}{'seconds':>8}{'CPU s':>7}{'peak MB':>9}{'COPY s':>8}  phases"

Figures = Mapping[str, Any]  # as `benchmarks.rehearsing.measuring` writes them


def measure(count: int, *, folder: Path, seed: int) -> Iterator[tuple[str, Figures]]:
    """Make customers, fill a hub, rehearse. Raises RunFailed."""
    made = [sys.executable, "-m", "benchmarks.customers", "--count", str(count), "--seed", str(seed)]
    measured([*made, "--out", str(folder)], log=folder / "customers.log")
    with empty_database(f"assay_bench_{os.getpid()}"):
        log = folder / "filling.log"
        measured([sys.executable, "manage.py", "migrate", "--verbosity", "0"], log=log)
        records = str(folder / "records.csv")
        filled = measured([sys.executable, "-m", "benchmarks.rehearsing.filling", records], log=log)
        said = ", ".join(log.read_text(encoding="utf-8").split("\n")).strip(", ")
        print(f"{count:>9}  filled in {filled.seconds:.0f} s ({said})", flush=True)
        for draft, number in DRAFTS.items():
            out = folder / f"{draft}.json"
            command = [sys.executable, "-m", "benchmarks.rehearsing.measuring", str(number), str(out)]
            measured(command, log=folder / f"{draft}.log")
            yield draft, json.loads(out.read_text(encoding="utf-8"))


def line(count: int, draft: str, figures: Figures) -> str:
    """One rehearsal, under HEAD."""
    phases = ", ".join(f"{name} {seconds:.1f}" for name, seconds in figures["phases"].items())
    return (
        f"{count:>9}  {draft:<13}{figures['seconds']:>8.1f}{figures['cpu_seconds']:>7.1f}"
        f"{figures['peak_mb']:>9.0f}{figures['copy_seconds']:>8.1f}  {phases}"
    )


def verdict(seconds: Sequence[float]) -> str:
    """One line."""
    longest = max(seconds)
    said = "passed" if longest < LONGEST_SECONDS else "FAILED"
    return f"make bench-rehearsal: {said}, the longest rehearsal took {longest:.0f} s of at most {LONGEST_SECONDS:.0f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when every rehearsal was fast enough, 1 when one was not, 2 when something did not run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rehearsal", description=__doc__)
    parser.add_argument("--count", type=int, nargs="+", default=COUNTS, help="source records (10000 100000)")
    parser.add_argument("--seed", type=int, default=7, help="of the customers (7)")
    parser.add_argument("--threads", type=int, default=2, help="cores and threads (2)")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "rehearsal.json", help="where the figures go")
    given = parser.parse_args(arguments)
    limit_to(given.threads)
    found: list[dict[str, Any]] = []
    print(HEAD, flush=True)
    try:
        for count in given.count:
            with tempfile.TemporaryDirectory(prefix="rehearsal_") as folder:
                for draft, figures in measure(count, folder=Path(folder), seed=given.seed):
                    found.append({"count": count, "draft": draft, **figures})
                    print(line(count, draft, figures), flush=True)
    except RunFailed as failed:
        print("\n".join(failed.args), file=sys.stderr)
        print("make bench-rehearsal: FAILED, not everything ran; the reason stands above")
        return 2
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps({"seed": given.seed, "figures": found}, indent=1) + "\n", encoding="utf-8")
    said = verdict([each["seconds"] for each in found])
    print(f"figures in {given.out}", said, sep="\n")
    return 0 if "passed" in said else 1


if __name__ == "__main__":
    sys.exit(main())
