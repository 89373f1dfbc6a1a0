"""`train`: learn a model from a file, and from labels where there are any, for `dedupe --model`."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from matching.commands.preparing import STEPS, prepare
from matching.commands.reading import add_record_options, add_unique_option, showing_steps
from matching.label_files import read_labels, write_model
from matching.learning import learn_from_labels
from matching.writing import refuse_overwriting

NAME = "train"
HELP = "learn a match model from a file, with or without labelled pairs"
_STEPS = (*STEPS, "learning")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    add_record_options(parser)
    add_unique_option(parser)
    parser.add_argument(
        "--labels", type=Path, metavar="LABELS.csv", help="columns id_l, id_r, label (1 the same thing, 0 not)"
    )
    parser.add_argument(
        "--model",
        type=Path,
        required=True,
        metavar="MODEL.json",
        help="where to write it; treat it as the records: whoever has it can test guesses of values",
    )


def run(options: argparse.Namespace, console: Console) -> None:
    """Train, learn, write the model."""
    refuse_overwriting([options.model], inputs=[options.records, options.labels])
    with showing_steps(console, _STEPS) as steps:
        labels = read_labels(options.labels) if options.labels else []
        ready = prepare(options, console, steps)
        steps.begin("learning")
        model = learn_from_labels(ready.standardized, ready.pairs, ready.rules, ready.model, labels)
    write_model(options.model, model)
    what = f"model {model.sha256[:12]} of {len(ready.standardized)} records and {len(labels)} labels: {options.model}"
    console.print(what, markup=False)
