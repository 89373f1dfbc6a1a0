"""`propose-blocking`: which keys would find the matches of a file for the fewest comparisons."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from matching.commands.preparing import STEPS, Prepared, prepare
from matching.commands.reading import add_record_options, add_unique_option, showing_steps
from matching.errors import UnreadableInput
from matching.files import read_pairs
from matching.proposal import ProposedKey, propose_keys
from matching.rule_tree import MatchRules
from matching.scoring import weigh_pairs
from matching.writing import refuse_overwriting, write_text

NAME = "propose-blocking"
HELP = "propose blocking keys for a file, without labels"
_STEPS = (*STEPS, "trying keys")
_PRESUMED = 0.9


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    add_record_options(parser)
    add_unique_option(parser)
    parser.add_argument("--truth", type=Path, help="judge by these true pairs instead: columns id_l, id_r")
    parser.add_argument("--out", type=Path, metavar="BLOCKING.yaml", help="write them as the blocking section of rules")


def run(options: argparse.Namespace, console: Console) -> None:
    """Print the proposal to standard output."""
    refuse_overwriting([options.out], inputs=[options.records, options.truth])
    with showing_steps(console, _STEPS) as steps:
        ready = prepare(options, console, steps)
        if options.truth:
            left, right = ready.standardized.rows_of(read_pairs(options.truth))
        else:
            left, right = _presumed_matches(ready)
        steps.begin("trying keys")
        groups = ready.standardized.source_numbers if options.link_column else None
        keys = propose_keys(ready.standardized, ready.rules, left, right, groups=groups)
        if not keys:
            raise UnreadableInput("no matches to find keys by: give some with --truth, or map more columns")
    _print(keys)
    judges = "true pairs" if options.truth else "pairs that a first model is sure of; it may overlook others"
    Console(highlight=False).print(f"judged by {len(left):,} {judges}")
    if options.out:
        write_text(options.out, yaml.safe_dump({"blocking": _section(keys, ready.rules)}, sort_keys=False))


def _presumed_matches(ready: Prepared) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    pairs = ready.pairs
    scored = weigh_pairs(ready.standardized, pairs.left, pairs.right, ready.rules, ready.model, graded=pairs.graded)
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
