"""`python -m benchmarks.truth --count 1000000`: how fast source records become golden records, and where time goes.

For a tenth of the records and for all of them it makes invented customers and a hub of its own under var/benchmarks/,
on an embedded PostgreSQL that writes safely, and measures two things there, on two cores. First a load: records taken
in, the match model trained, everything settled, with history, outbox, audit and typed rows. Then arrivals: 5,000 more
records through the service behind `POST /source-records`, in batches of at most 100, each settled in its transaction.
Beside each stands plain COPY of the same rows into tables without indexes.

Ends with exit code 0 when the goals are met, with 1 when one is missed, with 2 when something did not run or what was
written is not whole.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, RunFailed, limit_to, measured
from benchmarks.truth.reporting import arrival_lines, load_lines, missed_goals
from mdm.project.supervisor.guard import Kind, forget, hold
from mdm.project.supervisor.places import Places

ARRIVALS = 5_000
Figures = Mapping[str, Any]  # as `benchmarks.truth.loading` and `benchmarks.truth.arriving` write them


def measure(count: int, *, folder: Path, seed: int, processes: int) -> tuple[Figures, Figures]:
    """Make customers, load all but some of them, then let those arrive. Raises RunFailed."""
    places = Places(state=folder / "hub", for_tests=False)
    places.state.mkdir(parents=True, exist_ok=True)
    forget(places=places)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "mdm.project.settings",
        "ASSAY_STATE_DIR": str(places.state),
        "DATABASE_URL": places.database_url(),
        "ASSAY_OWNER_DATABASE_URL": places.owner_database_url,
        "ASSAY_STATEMENT_TIMEOUT_SECONDS": "3600",
    }
    made = [sys.executable, "-m", "benchmarks.customers", "--count", str(count + ARRIVALS), "--seed", str(seed)]
    measured([*made, "--out", str(folder)], log=folder / "customers.log")
    divide(folder, every=(count + ARRIVALS) // ARRIVALS)
    try:
        with hold(Kind.POSTGRES, places=places):
            measured([sys.executable, "manage.py", "migrate", "--verbosity", "0"], log=folder / "migrate.log")
            print(f"{count} source records; progress is in {folder}/*.log", flush=True)
            load = _figures("load", "loading", folder, str(processes))
            print(*load_lines(count, load), sep="\n", flush=True)
            arrivals = _figures("arrivals", "arriving", folder)
            print(*arrival_lines(arrivals), sep="\n", flush=True)
            return load, arrivals
    finally:
        forget(places=places)


def _figures(name: str, module: str, folder: Path, *options: str) -> Figures:
    measured([sys.executable, "-m", f"benchmarks.truth.{module}", str(folder), *options], log=folder / f"{name}.log")
    found: Figures = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


def divide(folder: Path, *, every: int) -> None:
    """Of the records made one in so many arrives later; most are about a customer that is known by then."""
    with (
        (folder / "records.csv").open(encoding="utf-8", newline="") as records,
        (folder / "load.csv").open("w", encoding="utf-8", newline="") as load,
        (folder / "arrivals.csv").open("w", encoding="utf-8", newline="") as arrivals,
    ):
        head = next(records)
        load.write(head)
        arrivals.write(head)
        late = 0
        for number, line in enumerate(records):  # no value has a line break
            is_late = late < ARRIVALS and number % every == 0
            late += is_late
            (arrivals if is_late else load).write(line)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when the goals are met, 1 when one is missed, 2 when something did not run or is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="source records (1000000)")
    parser.add_argument("--seed", type=int, default=7, help="of the customers (7)")
    parser.add_argument("--threads", type=int, default=2, help="cores and threads (2)")
    parser.add_argument("--processes", type=int, default=2, help="that load (2); one tells where the time goes, too")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "truth.json", help="where the figures go")
    given = parser.parse_args(arguments)
    limit_to(given.threads)
    found: dict[int, tuple[Figures, Figures]] = {}
    started = _machine()
    try:
        for count in sorted({given.count // 10, given.count}):
            folder = ROOT / "var" / "benchmarks" / f"truth-{count}"
            folder.mkdir(parents=True, exist_ok=True)
            found[count] = measure(count, folder=folder, seed=given.seed, processes=given.processes)
    except RunFailed as failed:
        print("\n".join(failed.args), file=sys.stderr)
        print("make bench-truth: FAILED, not everything ran; the reason stands above")
        return 2
    written = {"machine": [started, _machine()], "seed": given.seed, "figures": found}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    print(f"load of the machine {started['load']:.1f} to {_machine()['load']:.1f}; figures in {given.out}")
    broken = {what: number for pair in found.values() for each in pair for what, number in each["incomplete"].items()}
    if broken:
        said = ", ".join(f"{number} {what}" for what, number in broken.items())
        print(f"make bench-truth: FAILED, what was written is not whole: {said}")
        return 2
    missed = missed_goals(found)
    print("make bench-truth: " + (f"FAILED, missed: {'; '.join(missed)}" if missed else "passed, all goals are met"))
    return 1 if missed else 0


def _machine() -> dict[str, Any]:  # Any: a line of a report
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan
    return {"at": datetime.now(UTC).isoformat(timespec="seconds"), "load": load, "cores": os.cpu_count()}


if __name__ == "__main__":
    sys.exit(main())
