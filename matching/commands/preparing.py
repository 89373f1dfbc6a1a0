"""What most verbs do first: read records, standardize them, and train a model on them or take a given one."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from rich.console import Console

from matching.commands.reading import Steps, read_given_records
from matching.defaults import default_match_rules
from matching.errors import UnreadableInput
from matching.label_files import read_model
from matching.model import MatchModel
from matching.preparation import prepare_pairs
from matching.rule_tree import MatchRules
from matching.standardize.batch import StandardizedBatch, standardize_batch
from matching.training_pairs import TrainingPairs

STEPS = ("reading", "standardizing", "training")


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Records ready to compare, their candidate pairs, and the model that weighs them."""

    rules: MatchRules
    standardized: StandardizedBatch
    model: MatchModel
    pairs: TrainingPairs


def prepare(
    options: argparse.Namespace, console: Console, steps: Steps, *, model: MatchModel | None = None
) -> Prepared:
    """Do what `dedupe` does up to its scores, under the options of the same names. Raises UnreadableInput."""
    steps.begin("reading")
    records = read_given_records(options, console)
    rules = default_match_rules(options.entity)
    steps.begin("standardizing")
    standardized = standardize_batch(records.batch.in_order_of_ids(), rules, processes=options.processes)
    steps.begin("training")
    model, pairs, _ = prepare_pairs(
        standardized,
        rules,
        model=model,
        across_sources_only=options.link_column is not None,
        unique_sources=getattr(options, "unique_in", ()),
        processes=options.processes,
    )
    return Prepared(rules, standardized, model, pairs)


def given_model(options: argparse.Namespace) -> MatchModel | None:
    """The model that `--model` names. Raises UnreadableInput where it doesn't go with the other options."""
    if options.model is None:
        return None
    model = read_model(options.model)
    if model.rules_hash != default_match_rules(options.entity).section_hash:
        raise UnreadableInput(f"{options.model.name} was trained under other match rules; train it anew")
    if options.unique_in:
        raise UnreadableInput("--unique-in belongs to train: the model holds which sources have no duplicates")
    return model
