"""What most verbs do first: read records, standardize them, and train a model on them or take a given one."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.console import Console

from matching.commands.reading import Steps, read_given_records
from matching.defaults import default_match_rules, match_rules_with
from matching.errors import InvalidMatchRules, UnreadableInput
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
    rules = given_rules(options)
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


def given_rules(options: argparse.Namespace) -> MatchRules:
    """The shipped rules, with the blocking keys that `--blocking` names. Raises UnreadableInput."""
    path: Path | None = options.blocking
    if path is None:
        return default_match_rules(options.entity)
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UnreadableInput(f"--blocking: {path.name} can't be read as YAML") from error
    if not isinstance(document, dict) or set(document) != {"blocking"}:
        raise UnreadableInput(f"--blocking: {path.name} holds something else than one section blocking")
    try:
        return match_rules_with(options.entity, document["blocking"])
    except InvalidMatchRules as error:
        first = error.mistakes[0]
        raise UnreadableInput(f"--blocking: {path.name}: {first.path} {first.message}") from error


def given_model(options: argparse.Namespace) -> MatchModel | None:
    """The model that `--model` names. Raises UnreadableInput where it doesn't go with the other options."""
    if options.model is None:
        return None
    model = read_model(options.model)
    if model.rules_hash != given_rules(options).section_hash:
        raise UnreadableInput(f"{options.model.name} was trained under other match rules; train it anew")
    if options.unique_in:
        raise UnreadableInput("--unique-in belongs to train: the model holds which sources have no duplicates")
    return model
