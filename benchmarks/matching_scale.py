"""`python -m benchmarks.matching_scale`: Assay and Splink on the same customers, side by side, from file to clusters.

For each --count it makes customers (`benchmarks.customers`), runs `python -m matching dedupe` as it comes and a
tuned Splink (`benchmarks.peers.splink_run`), each in a process of its own, one after the other, on two cores. Both are
judged by the truth: their links as they come, Splink's from a probability of .95 on; the best that a threshold of the
weights alone could have made, which nobody can know beforehand; and their clusters.

Ends with exit code 0 only when at every count Assay is at least as fast as Splink and its links, as they come, are at
least as good as Splink's at its best; with 1 when Assay is behind, with 2 when something did not run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from benchmarks.processes import ROOT, Run, RunFailed, limit_to, measured

COUNTS = (100_000, 1_000_000)
ASSAY, SPLINK = "Assay", "Splink"
_ASSAY_OPTIONS = (
    *("--entity", "customer", "--profile", "balanced", "--map", "entity_type=kind"),
    *("organisation_name=organization_name", "birth_or_founded=date_of_birth"),
)
_VERSIONS = "import duckdb, splink; print(splink.__version__, duckdb.__version__)"

HEAD = f"{'records':>9}  {'tool':<7}{'seconds':>9}{'peak MB':>9}   {'P':>5} {'R':>5} {'F1':>5}   best F1  clusters F1"

Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one tool did with one number of records. Scores hold precision, recall and f1."""

    tool: str
    count: int
    run: Run
    links: Scores
    best: Scores
    clusters: Scores


def measure(count: int, *, folder: Path, seed: int, threads: int, splink_python: str) -> Iterator[Figures]:
    """Make customers, run one tool after the other, judge them. Raises RunFailed."""
    made = [sys.executable, "-m", "benchmarks.customers", "--count", str(count), "--seed", str(seed)]
    measured([*made, "--out", str(folder)], log=folder / "customers.log")
    records = str(folder / "records.csv")
    commands = {
        ASSAY: [sys.executable, "-m", "matching", "dedupe", records, *_ASSAY_OPTIONS],
        SPLINK: [splink_python, "-m", "benchmarks.peers.splink_run", records, "--threads", str(threads)],
    }
    for tool, command in commands.items():
        yield _figures(tool, command, count=count, folder=folder)


def _figures(tool: str, command: Sequence[str], *, count: int, folder: Path) -> Figures:
    pairs, clusters, quality = (
        str(folder / f"{tool}_{name}") for name in ("pairs.csv", "clusters.csv", "quality.json")
    )
    run = measured([*command, "--pairs", pairs, "--clusters", clusters], log=folder / f"{tool}.log")
    truth = ["--truth", str(folder / "truth.csv"), "--out", quality]
    judge = [sys.executable, "-m", "benchmarks.quality", "--pairs", pairs, "--clusters", clusters, *truth]
    measured(judge, log=folder / "quality.log")
    said = cast("dict[str, Scores]", json.loads(Path(quality).read_text(encoding="utf-8")))
    return Figures(tool, count, run, links=said["links"], best=said["best"], clusters=said["clusters"])


def line(each: Figures) -> str:
    """One tool and count, under HEAD."""
    links = " ".join(f"{each.links[name]:.3f}" for name in ("precision", "recall", "f1"))
    return (
        f"{each.count:>9}  {each.tool:<7}{each.run.seconds:>9.1f}{each.run.peak_mb:>9.0f}   {links}   "
        f"{each.best['f1']:>7.3f}{each.clusters['f1']:>13.3f}"
    )


def shortfalls(figures: Sequence[Figures]) -> list[str]:
    """In what Assay is behind Splink, at each count; empty when in nothing."""
    of = {(each.tool, each.count): each for each in figures}
    found = []
    for count in dict.fromkeys(each.count for each in figures):
        assay, splink = of[ASSAY, count], of[SPLINK, count]
        if assay.run.seconds > splink.run.seconds:
            found.append(f"at {count} records it takes {assay.run.seconds:.1f} s, Splink {splink.run.seconds:.1f} s")
        if assay.links["f1"] < splink.best["f1"]:
            found.append(f"at {count} records its F1 is {assay.links['f1']:.3f}, Splink's {splink.best['f1']:.3f}")
    return found


def verdict(figures: Sequence[Figures]) -> str:
    """One line."""
    behind = shortfalls(figures)
    counts = " and ".join(str(count) for count in dict.fromkeys(each.count for each in figures))
    if behind:
        return f"make bench-matching: FAILED, Assay is behind: {'; '.join(behind)}"
    return f"make bench-matching: passed, Assay is faster than Splink and links better at {counts} records"


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="matching_scale_") as made:
            yield Path(made)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching_scale", description=__doc__)
    parser.add_argument(
        "--count", type=int, nargs="+", default=COUNTS, help="how many records, several times (100000 1000000)"
    )
    parser.add_argument("--seed", type=int, default=7, help="of the customers (7)")
    parser.add_argument("--threads", type=int, default=2, help="cores and threads for each tool (2)")
    parser.add_argument(
        "--splink-python", default=sys.executable, help="the Python that has Splink, by default this one"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "matching_scale.json", help="where the figures go")
    parser.add_argument("--keep", type=Path, help="folder to keep the records and all results in")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when Assay is ahead, 1 when it is behind, 2 when something did not run."""
    given = _options(arguments)
    figures: list[Figures] = []
    try:
        versions = _versions(given.splink_python)
        limit_to(given.threads)
        print(HEAD, flush=True)
        with _folder(given.keep) as folder:
            for count in given.count:
                for each in measure(
                    count, folder=folder, seed=given.seed, threads=given.threads, splink_python=given.splink_python
                ):
                    figures.append(each)
                    print(line(each), flush=True)
    except RunFailed as failed:
        print("\n".join(failed.args), file=sys.stderr)
        print("make bench-matching: FAILED, not everything ran; the reason stands above")
        return 2
    _write(given.out, figures, seed=given.seed, threads=given.threads, versions=versions)
    print(f"figures in {given.out}", verdict(figures), sep="\n")
    return 1 if shortfalls(figures) else 0


def _versions(splink_python: str) -> dict[str, str]:
    """Versions of what is measured beside Assay. Raises RunFailed when it is missing."""
    try:
        asked = subprocess.run([splink_python, "-c", _VERSIONS], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RunFailed(f"{splink_python} has no Splink; make bench-matching installs it") from error
    return dict(zip(("splink", "duckdb"), asked.stdout.split(), strict=True))


def _write(out: Path, figures: Sequence[Figures], *, seed: int, threads: int, versions: Mapping[str, str]) -> None:
    document = {
        "seed": seed,
        "threads": threads,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        **versions,
        "figures": [asdict(each) for each in figures],
        "verdict": verdict(figures),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
