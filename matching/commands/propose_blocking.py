"""`propose-blocking`: which keys would find the matches of a file for the fewest comparisons."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from matching.commands.reading import add_record_options, read_given_records, showing_steps
from matching.defaults import default_match_rules
from matching.files import read_pairs, write_text
from matching.proposal import ProposedKey, propose_keys
from matching.rule_tree import MatchRules
from matching.scoring import weigh_pairs
from matching.standardize.batch import StandardizedBatch, standardize_batch
from matching.training import train_standardized

NAME = "propose-blocking"
HELP = "propose blocking keys for a file, without labels"
_STEPS = ("reading", "standardizing", "training", "trying keys")
_PRESUMED = 0.9


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    add_record_options(parser)
    parser.add_argument("--truth", type=Path, help="judge by these true pairs instead: columns id_l, id_r")
    parser.add_argument("--out", type=Path, metavar="BLOCKING.yaml", help="write them as the blocking section of rules")


def run(options: argparse.Namespace, console: Console) -> None:
    """Print the proposal to standard output."""
    with showing_steps(console, _STEPS) as steps:
        steps.begin("reading")
        records = read_given_records(options, console)
        rules = default_match_rules(options.entity)
        steps.begin("standardizing")
        standardized = standardize_batch(records.batch.in_order_of_ids(), rules)
        steps.begin("training")
        if options.truth:
            left, right = standardized.rows_of(read_pairs(options.truth))
        else:
            left, right = _presumed_matches(standardized, rules, across_sources_only=options.link_column is not None)
        steps.begin("trying keys")
        keys = propose_keys(standardized, rules, left, right)
    _print(keys)
    judges = "true pairs" if options.truth else "pairs that a first model is sure of; it may overlook others"
    Console(highlight=False).print(f"judged by {len(left):,} {judges}")
    if options.out:
        write_text(options.out, yaml.safe_dump({"blocking": _section(keys, rules)}, sort_keys=False))


def _presumed_matches(
    standardized: StandardizedBatch, rules: MatchRules, *, across_sources_only: bool
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    model, pairs = train_standardized(standardized, rules, across_sources_only=across_sources_only)
    scored = weigh_pairs(standardized, pairs.left, pairs.right, rules, model, graded=pairs.graded)
    sure = (scored.probability >= _PRESUMED) & (scored.vetoes == 0)
    return pairs.left[sure], pairs.right[sure]


def _section(keys: tuple[ProposedKey, ...], rules: MatchRules) -> dict[str, object]:
    return {
        "cap": rules.block_cap,
        "key_hash": rules.key_hash,
        "keys": [{"name": key.name, "parts": list(key.parts)} for key in keys],
    }


def _print(keys: tuple[ProposedKey, ...]) -> None:
    table = Table("key", "records", "pairs", "matches alone", "all so far", "records in blocks to split")
    for key in keys:
        table.add_row(
            " + ".join(key.parts),
            f"{key.coverage:.1%}",
            f"{key.pairs:,}",
            f"{key.found:,}",
            f"{key.reach:.2%}",
            f"{key.in_large_blocks:,}",
        )
    Console(highlight=False).print(table)
