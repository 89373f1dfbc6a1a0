"""`python -m benchmarks.hub_accuracy [SET ...]`: what the hub links of labelled sets, beside the command line.

Each set goes into a hub of its own through the hub's doors, each source as a system (`--one-system`: all as one;
`--declared`: as systems that the rules say are free of duplicates), under the mappings of `benchmarks/mappings`. The
match model is trained as `manage.py match --train` does, and every record settled, once under each profile. Beside it
stands what `python -m matching dedupe` makes of the same file.

The sets are those of `benchmarks.labelled_sets`. Ends with exit code 0, or 2 when something did not run.
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
from benchmarks.labelled_sets import SETS, LabelledSet, NoDatasets, datasets_folder, file_of, scores_of
from benchmarks.processes import ROOT, RunFailed, measured
from matching.evaluation import PairwiseScores
from matching.rule_tree import PROFILES

MEASURED = ("overture-places", "abt-buy", "walmart-amazon", "senzing-truthset")
HEAD = (
    f"{'set':<18}{'profile':<10}{'hub: P':>8}{'R':>7}{'F1':>8}{'asked':>7}"
    f"{'dedupe: P':>12}{'R':>7}{'F1':>8}  without duplicates"
)

Figures = Mapping[str, Any]  # as `benchmarks.hub.linking` writes them


def measure(name: str, datasets: Path, *options: str) -> Iterator[Figures]:
    """One set in a hub of its own, profile by profile; `options` are those of taking it in. Raises RunFailed."""
    program = [sys.executable, "-m", "benchmarks.hub.linking"]
    with empty_database(f"assay_bench_{os.getpid()}"), tempfile.TemporaryDirectory(prefix="hub_accuracy_") as scratch:
        log, out = Path(scratch) / "run.log", Path(scratch) / "figures.json"
        measured([sys.executable, "manage.py", "migrate", "--verbosity", "0"], log=log)
        folder = str(datasets / name)
        measured([*program, "take-in", name, folder, *options], log=log)
        for profile in PROFILES:
            os.environ["ASSAY_MATCH_PROFILE"] = profile
            measured([*program, "link", name, folder, str(out)], log=log)
            yield json.loads(out.read_text(encoding="utf-8"))


def line(name: str, hub: Figures, alone: PairwiseScores) -> str:
    """One set under one profile, under HEAD."""
    return (
        f"{name:<18}{hub['profile']:<10}{hub['precision']:>8.3f}{hub['recall']:>7.3f}{hub['f1']:>8.4f}"
        f"{hub['asked']:>7}{alone.precision:>12.3f}{alone.recall:>7.3f}{alone.f1:>8.4f}"
        f"  {', '.join(hub['unique_sources']) or 'none'}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 2 when something did not run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hub_accuracy", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", choices=[[], *MEASURED], default=[])
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--one-system", action="store_true", help="load all sources of a set as one system")
    how.add_argument("--declared", action="store_true", help="declare every system free of duplicates first")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "hub_accuracy.json", help="where the figures go")
    given = parser.parse_args(arguments)
    options = [f"--{name}" for name in ("one-system", "declared") if getattr(given, name.replace("-", "_"))]
    found: list[dict[str, Any]] = []
    try:
        datasets = datasets_folder()
        for each in _chosen(given.sets, datasets):
            if not found:
                print(HEAD, flush=True)
            for hub in measure(each.name, datasets, *options):
                alone = scores_of(each, datasets, profile=hub["profile"])
                found.append({"set": each.name, "options": options, **hub, "dedupe_f1": alone.f1})
                print(line(each.name, hub, alone), flush=True)
    except (NoDatasets, RunFailed) as failed:
        print("\n".join(map(str, failed.args)), file=sys.stderr)
        print("make bench-hub-accuracy: FAILED, not everything ran; the reason stands above")
        return 2
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"figures in {given.out}", "make bench-hub-accuracy: OK", sep="\n")
    return 0


def _chosen(wanted: Sequence[str], datasets: Path) -> list[LabelledSet]:
    """Raises NoDatasets where none of them is there; says which are not."""
    chosen = [each for each in SETS if each.name in (wanted or MEASURED)]
    there = [each for each in chosen if file_of(datasets / each.name, "truth")]
    if left_out := [each.name for each in chosen if each not in there]:
        print(f"not in {datasets}: {', '.join(left_out)}")
    if not there:
        raise NoDatasets(f"{datasets} holds none of the sets")
    return there


if __name__ == "__main__":
    sys.exit(main())
