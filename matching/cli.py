"""The command line: `python -m matching dedupe …` and `python -m matching evaluate …`. No database needed."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from matching.decision import MatchDecision, thresholds
from matching.deduplication import Deduplication, deduplicate
from matching.defaults import default_match_rules
from matching.errors import MatchingError, UnreadableInput
from matching.evaluation import pairwise
from matching.files import KNOWN_ATTRIBUTES, RecordFile, read_pairs, read_records, write_clusters, write_pairs
from matching.rules import PROFILES

EXIT_MISTAKE = 2
_STEPS = ("reading", "standardizing", "training", "scoring", "clustering", "deciding", "writing")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; answers the exit code: 0 done, 2 the input or the options are mistaken."""
    options = _parser().parse_args(arguments)
    console = Console(stderr=True, highlight=False)
    try:
        if options.command == "dedupe":
            _dedupe(options, console)
        else:
            _evaluate(options)
    except UnreadableInput as error:
        console.print(f"error: {', '.join(error.ids)}", style="red", markup=False)
        return EXIT_MISTAKE
    except MatchingError as error:
        console.print(f"error: {error}", style="red", markup=False)
        return EXIT_MISTAKE
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m matching", description="Find records that are the same thing.")
    commands = parser.add_subparsers(dest="command", required=True)
    dedupe = commands.add_parser("dedupe", help="find duplicates in a CSV or Parquet file with an id column")
    dedupe.add_argument("records", type=Path, metavar="RECORDS")
    dedupe.add_argument("--entity", required=True, choices=tuple(KNOWN_ATTRIBUTES))
    dedupe.add_argument(
        "--map",
        action="extend",
        nargs="+",
        default=[],
        metavar="COLUMN=ATTRIBUTE",
        help="columns mapped to the same attribute are joined in the order given",
    )
    dedupe.add_argument("--link-column", metavar="COLUMN", help="only pairs with different values here count")
    dedupe.add_argument(
        "--unique-in", action="append", default=[], metavar="SOURCE", help="a source without duplicates; else estimated"
    )
    dedupe.add_argument("--profile", choices=PROFILES, default="balanced")
    dedupe.add_argument("--pairs", type=Path, required=True, metavar="PAIRS.csv")
    dedupe.add_argument("--clusters", type=Path, required=True, metavar="CLUSTERS.csv")
    evaluate = commands.add_parser("evaluate", help="precision, recall and F1 of found pairs")
    evaluate.add_argument("--pairs", type=Path, required=True, help="columns id_l, id_r; only rows decided LINK count")
    evaluate.add_argument("--truth", type=Path, required=True, help="columns id_l, id_r")
    return parser


def _dedupe(options: argparse.Namespace, console: Console) -> None:
    started = time.monotonic()
    column_map = _column_map(options.map)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
    ) as progress:
        steps = _Steps(progress)
        steps.begin("reading")
        records = read_records(
            options.records, entity_type=options.entity, column_map=column_map, link_column=options.link_column
        )
        _report_columns(records, options.entity, console)
        if unknown := sorted(set(options.unique_in) - set(records.batch.sources)):
            raise UnreadableInput(f"--unique-in {unknown[0]}: no record has this source")
        rules = default_match_rules(options.entity)
        found = deduplicate(
            records.batch,
            rules,
            profile=options.profile,
            across_sources_only=options.link_column is not None,
            unique_sources=options.unique_in,
            on_progress=steps.begin,
        )
        steps.begin("writing")
        write_pairs(options.pairs, found.pairs)
        write_clusters(options.clusters, found.clusters)
    _report(found, len(records.batch), options, console)
    console.print(f"{time.monotonic() - started:.1f} s")


class _Steps:
    """Moves a progress bar on by named steps."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID = progress.add_task("starting", total=len(_STEPS))

    def begin(self, step: str) -> None:
        """Show that `step` is under way."""
        self._progress.update(self._task, description=step, completed=_STEPS.index(step))


def _column_map(pairs: Sequence[str]) -> dict[str, str]:
    column_map: dict[str, str] = {}
    for pair in pairs:
        column, equals, attribute = pair.partition("=")
        if not (column and equals and attribute):
            raise UnreadableInput(f"--map {pair}: write COLUMN=ATTRIBUTE")
        column_map[column] = attribute
    return column_map


def _report_columns(records: RecordFile, entity_type: str, console: Console) -> None:
    if records.ignored_columns:
        console.print(f"ignored columns: {', '.join(records.ignored_columns)}", markup=False)
    if not records.used_columns:
        known = ", ".join(KNOWN_ATTRIBUTES[entity_type])
        raise UnreadableInput(f"no column is an attribute of {entity_type}; map some to: {known}")


def _report(found: Deduplication, records: int, options: argparse.Namespace, console: Console) -> None:
    links = sum(pair.decision is MatchDecision.LINK for pair in found.pairs)
    limit = thresholds(default_match_rules(options.entity), found.model, profile=options.profile)
    console.print(
        f"{records} records, {len(found.clusters)} clusters, {links} links, {len(found.pairs) - links} pairs to review"
    )
    console.print(f"link from {limit.link_bits:.1f} bits, review from {limit.review_bits:.1f} bits ({options.profile})")
    how = "declared" if options.unique_in else "estimated"
    unique = ", ".join(found.model.unique_sources) or "none"
    console.print(f"sources without duplicates ({how}): {unique}", markup=False)
    if found.blocking.oversize_blocks:
        blocks = ", ".join(f"{name} {count}" for name, count in found.blocking.oversize_blocks.items())
        console.print(f"oversize blocks split: {blocks}; {found.blocking.pairs_cut} pairs in them not compared")


def _evaluate(options: argparse.Namespace) -> None:
    scores = pairwise(read_pairs(options.pairs, decision=MatchDecision.LINK.value), read_pairs(options.truth))
    sys.stdout.write(
        f"found {scores.found}, true {scores.true}, right {scores.right}\n"
        f"precision {scores.precision:.4f}\nrecall {scores.recall:.4f}\nf1 {scores.f1:.4f}\n"
    )
