"""`evaluate`: precision, recall and F1 of found pairs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from matching.decision import MatchDecision
from matching.evaluation import pairwise
from matching.files import read_pairs

NAME = "evaluate"
HELP = "precision, recall and F1 of found pairs"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    parser.add_argument("--pairs", type=Path, required=True, help="columns id_l, id_r; only rows decided LINK count")
    parser.add_argument("--truth", type=Path, required=True, help="columns id_l, id_r")


def run(options: argparse.Namespace, console: Console) -> None:
    """Print the scores to standard output."""
    scores = pairwise(read_pairs(options.pairs, decision=MatchDecision.LINK.value), read_pairs(options.truth))
    sys.stdout.write(
        f"found {scores.found}, true {scores.true}, right {scores.right}\n"
        f"precision {scores.precision:.4f}\nrecall {scores.recall:.4f}\nf1 {scores.f1:.4f}\n"
    )
