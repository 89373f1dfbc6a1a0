"""`dedupe`: duplicates in one file, or links between the sources in it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from rich.console import Console

from matching.commands.preparing import given_model
from matching.commands.reading import add_record_options, add_unique_option, read_given_records, showing_steps
from matching.decision import thresholds
from matching.deduplication import Deduplication, deduplicate
from matching.defaults import default_match_rules
from matching.errors import UnreadableInput
from matching.files import read_pairs, write_clusters, write_pairs, write_text
from matching.report import report_page
from matching.rule_tree import PROFILES

NAME = "dedupe"
HELP = "find duplicates in a CSV or Parquet file with an id column"
_STEPS = ("reading", "standardizing", "training", "scoring", "clustering", "deciding", "writing")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    add_record_options(parser)
    add_unique_option(parser)
    parser.add_argument("--profile", choices=PROFILES, default="balanced")
    parser.add_argument(
        "--model", type=Path, metavar="MODEL.json", help="a model that train wrote; else one is trained"
    )
    parser.add_argument("--pairs", type=Path, required=True, metavar="PAIRS.csv")
    parser.add_argument("--clusters", type=Path, required=True, metavar="CLUSTERS.csv")
    parser.add_argument("--report", type=Path, metavar="REPORT.html", help="one page about the run; holds values")
    parser.add_argument("--truth", type=Path, help="true pairs, columns id_l and id_r, for the report")


def run(options: argparse.Namespace, console: Console) -> None:
    """Match the file, write pairs and clusters, report."""
    started = time.monotonic()
    with showing_steps(console, _STEPS) as steps:
        steps.begin("reading")
        records = read_given_records(options, console)
        rules = default_match_rules(options.entity)
        if options.truth and not options.report:
            raise UnreadableInput("--truth is for the report: give --report too, or use evaluate")
        truth = read_pairs(options.truth) if options.truth else None
        model = given_model(options)
        found = deduplicate(
            records.batch,
            rules,
            profile=options.profile,
            across_sources_only=options.link_column is not None,
            unique_sources=options.unique_in,
            model=model,
            processes=options.processes,
            on_progress=steps.begin,
        )
        steps.begin("writing")
        write_pairs(options.pairs, found.pairs)
        write_clusters(options.clusters, found.clusters)
        if options.report:
            title = f"Matching {options.records.name}"
            page = report_page(found, rules, title=title, profile=options.profile, truth=truth)
            write_text(options.report, page)
    _report(found, len(records.batch), options, console)
    console.print(f"{time.monotonic() - started:.1f} s")


def _report(found: Deduplication, records: int, options: argparse.Namespace, console: Console) -> None:
    links = int(found.pairs.linked.sum())
    limit = thresholds(default_match_rules(options.entity), found.model, profile=options.profile)
    console.print(
        f"{records} records, {len(found.clusters)} clusters, {links} links, {len(found.pairs) - links} pairs to review"
    )
    console.print(f"link from {limit.link_bits:.1f} bits, review from {limit.review_bits:.1f} bits ({options.profile})")
    how = "from the model" if options.model else "declared" if options.unique_in else "estimated"
    unique = ", ".join(found.model.unique_sources) or "none"
    console.print(f"sources without duplicates ({how}): {unique}", markup=False)
    if found.blocking.left_out:
        console.print(f"too coarse for so many records: {', '.join(found.blocking.left_out)}")
    if found.blocking.oversize_blocks:
        blocks = ", ".join(f"{name} {count}" for name, count in found.blocking.oversize_blocks.items())
        console.print(f"oversize blocks split: {blocks}; {found.blocking.pairs_cut} pairs in them not compared")
