"""`label`: ask a person about the pairs whose answer teaches most, and keep each answer at once."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from matching.commands.explain import print_account
from matching.commands.reading import add_record_options, add_unique_option, read_given_records, showing_steps
from matching.defaults import default_match_rules
from matching.explain import explain_pair
from matching.files import read_pairs
from matching.label_files import read_labels, write_labels
from matching.learning import Label, learn_from_labels
from matching.model import MatchModel
from matching.queue_order import pairs_to_ask
from matching.rule_tree import MatchRules
from matching.scoring import weigh_pairs
from matching.standardize.batch import StandardizedBatch, standardize_batch
from matching.training import TrainingPairs, rival_probabilities, train_standardized, unique_rows

NAME = "label"
HELP = "ask about the pairs whose answer teaches most"
_STEPS = ("reading", "standardizing", "training")
_BEFORE_LEARNING_AGAIN = 10


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    add_record_options(parser)
    add_unique_option(parser)
    parser.add_argument("--labels", type=Path, required=True, metavar="LABELS.csv", help="answers are added here")
    parser.add_argument("--count", type=int, default=150, help="how many answers to ask for (150)")
    parser.add_argument("--truth", type=Path, help="answer from this file of true pairs instead of asking, to measure")


def run(options: argparse.Namespace, console: Console) -> None:
    """Ask until there are enough answers or the person quits; what was answered before is not asked again."""
    with showing_steps(console, _STEPS) as steps:
        steps.begin("reading")
        records = read_given_records(options, console)
        labels = read_labels(options.labels) if options.labels.exists() else []
        truth = {frozenset(pair) for pair in read_pairs(options.truth)} if options.truth else None
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
    unsure: set[tuple[int, int]] = set()
    while len(labels) < options.count:
        learned = learn_from_labels(standardized, pairs, rules, model, labels)
        asking = min(_BEFORE_LEARNING_AGAIN, options.count - len(labels))
        batch = _next_pairs(standardized, pairs, rules, learned, labels=labels, unsure=unsure, count=asking)
        if not batch:
            console.print("no pair is left that an answer would teach anything about")
            return
        for ends in batch:
            left, right = (standardized.ids[row] for row in ends)
            if truth is None:
                print_account(explain_pair(standardized, *ends, rules, learned))
                answer = _ask(console, done=len(labels), count=options.count)
            else:
                answer = "y" if frozenset((left, right)) in truth else "n"
            if answer == "q":
                return
            if answer == "u":
                unsure.add(ends)
                continue
            if answer == "b":
                # The pair taken back is asked again in the next round, and so is this one.
                del labels[-1:]
                write_labels(options.labels, labels)
                break
            labels.append(Label(left, right, is_match=answer == "y"))
            write_labels(options.labels, labels)
    console.print(f"{len(labels)} labels in {options.labels}; go on with: train --labels")


def _next_pairs(
    standardized: StandardizedBatch,
    pairs: TrainingPairs,
    rules: MatchRules,
    model: MatchModel,
    *,
    labels: list[Label],
    unsure: set[tuple[int, int]],
    count: int,
) -> list[tuple[int, int]]:
    lefts, rights = standardized.rows_of([(each.left, each.right) for each in labels])
    asked = unsure | set(zip(lefts.tolist(), rights.tolist(), strict=True))
    scored = weigh_pairs(standardized, pairs.left, pairs.right, rules, model, graded=pairs.graded)
    posterior = rival_probabilities(scored, unique_rows(standardized, model))
    return pairs_to_ask(scored, posterior, asked=asked, count=count)


def _ask(console: Console, *, done: int, count: int) -> str:
    while True:
        try:
            answer = console.input(
                f"[{done + 1}/{count}] the same thing? y, n, u (unsure), b (take the last back), q (quit): ",
                markup=False,
            )
        except (EOFError, KeyboardInterrupt):
            return "q"
        if (letter := answer.strip().lower()[:1]) in {"y", "n", "u", "b", "q"}:
            return letter
