"""`train`: learn a model from a file, and from labels where there are any, for `dedupe --model`."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from matching.commands.reading import add_record_options, add_unique_option, read_given_records, showing_steps
from matching.defaults import default_match_rules
from matching.label_files import read_labels, write_model
from matching.learning import learn_from_labels
from matching.standardize.batch import standardize_batch
from matching.training import train_standardized

NAME = "train"
HELP = "learn a match model from a file, with or without labelled pairs"
_STEPS = ("reading", "standardizing", "training", "learning")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    add_record_options(parser)
    add_unique_option(parser)
    parser.add_argument(
        "--labels", type=Path, metavar="LABELS.csv", help="columns id_l, id_r, label (1 the same thing, 0 not)"
    )
    parser.add_argument("--model", type=Path, required=True, metavar="MODEL.json", help="where to write the model")


def run(options: argparse.Namespace, console: Console) -> None:
    """Train, learn, write the model."""
    with showing_steps(console, _STEPS) as steps:
        steps.begin("reading")
        records = read_given_records(options, console)
        labels = read_labels(options.labels) if options.labels else []
        rules = default_match_rules(options.entity)
        steps.begin("standardizing")
        standardized = standardize_batch(records.batch.in_order_of_ids(), rules)
        steps.begin("training")
        model, pairs = train_standardized(
            standardized,
            rules,
            across_sources_only=options.link_column is not None,
            unique_sources=options.unique_in or None,
        )
        steps.begin("learning")
        model = learn_from_labels(standardized, pairs, rules, model, labels)
    write_model(options.model, model)
    console.print(
        f"model {model.sha256[:12]} of {len(records.batch)} records and {len(labels)} labels: {options.model}"
    )
