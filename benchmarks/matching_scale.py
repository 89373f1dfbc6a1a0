"""Assay beside Splink on the same invented customers: `python -m benchmarks.matching_scale --count 100000`.

Both read the same file and end with clusters; the clock and the memory are of the whole process. Splink runs in an
environment of its own (`var/benchmarks/splink`), which is made when it is missing.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "var" / "benchmarks"
SPLINK = "splink==5.*"
_MAP = ("entity_type=kind", "organisation_name=organization_name", "birth_or_founded=date_of_birth")


def main() -> int:
    """Measure every count; 0 when Assay was more accurate than Splink at its best."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching_scale")
    parser.add_argument("--count", type=int, action="append", help="records (100000); may be given several times")
    options = parser.parse_args()
    peer = _peer()
    verdicts = []
    for count in options.count or [100_000]:
        folder = WORK / f"customers-{count}"
        if not (folder / "truth.csv").exists():
            _say(f"making {count:,} customers")
            make = [sys.executable, "-m", "benchmarks.customers", "--count", str(count), "--out", str(folder)]
            subprocess.run(make, check=True, cwd=ROOT)
        _say(f"{count:,} records: Assay")
        ours = _assay(folder)
        _say(f"{count:,} records: Splink")
        theirs = _splink(peer, folder)
        _print(count, ours, theirs)
        verdicts.append(ours["f1"] > theirs["f1_best"])
    _say("bench-matching: " + ("OK, more accurate than Splink at its best" if all(verdicts) else "FAILED"))
    return 0 if all(verdicts) else 1


def _peer() -> Path:
    """The Python of Splink's environment."""
    home = WORK / "splink"
    if not (home / "bin" / "splink-ready").exists():
        _say(f"installing {SPLINK}")
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([home / "bin" / "pip", "install", "--quiet", SPLINK], check=True)
        (home / "bin" / "splink-ready").touch()
    return home / "bin" / "python"


def _assay(folder: Path) -> dict[str, float]:
    pairs, clusters = folder / "pairs.csv", folder / "clusters.csv"
    command = ["-m", "matching", "dedupe", str(folder / "records.csv"), "--entity", "customer", "--map", *_MAP]
    seconds, megabytes = _run([sys.executable, *command, "--pairs", str(pairs), "--clusters", str(clusters)])
    with (folder / "truth.csv").open() as stream:
        true = {(row["id_l"], row["id_r"]) for row in csv.DictReader(stream)}
    with pairs.open() as stream:
        links = [(row["id_l"], row["id_r"]) for row in csv.DictReader(stream) if row["decision"] == "LINK"]
    right = sum(link in true for link in links)
    f1 = 2 * right / (len(links) + len(true))
    return {"seconds": seconds, "mb": megabytes, "f1": f1, "precision": right / len(links), "recall": right / len(true)}


def _run(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak megabytes of a process."""
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"bench-matching: FAILED, {command[1:4]} ended with {process.returncode}")
    return time.monotonic() - started, usage.ru_maxrss / 1024


def _splink(python: Path, folder: Path) -> dict[str, float]:
    script = ROOT / "benchmarks" / "splink_customers.py"
    done = subprocess.run(
        [python, script, folder / "records.csv", folder / "truth.csv"],
        check=True,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _print(count: int, ours: dict[str, float], theirs: dict[str, float]) -> None:
    _say(f"{count:>10,} records       seconds   peak MB        F1")
    _say(f"  Assay, balanced         {ours['seconds']:>7.1f} {ours['mb']:>9,.0f}    {ours['f1']:.4f}")
    _say(f"  Splink at .95           {theirs['seconds']:>7.1f} {theirs['mb']:>9,.0f}    {theirs['f1_at_95']:.4f}")
    _say(f"  Splink, best threshold                        {theirs['f1_best']:.4f}")
    _say(f"  Assay takes {ours['seconds'] / theirs['seconds']:.1f} times as long")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
