"""`explain`: why two records of a file match, or why not."""

from __future__ import annotations

import argparse
import json
import sys

from rich.console import Console
from rich.table import Table

from matching.commands.reading import add_record_options, add_unique_option, read_given_records, showing_steps
from matching.defaults import default_match_rules
from matching.errors import UnreadableInput
from matching.explain import PairAccount, explain_pair
from matching.rule_tree import PROFILES
from matching.standardize.batch import standardize_batch
from matching.training import train_standardized

NAME = "explain"
HELP = "say why two records of a file match, or why not"
_STEPS = ("reading", "standardizing", "training", "explaining")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    add_record_options(parser)
    add_unique_option(parser)
    parser.add_argument("--profile", choices=PROFILES, default="balanced")
    parser.add_argument("--ids", nargs=2, required=True, metavar=("LEFT", "RIGHT"), help="the ids of the two records")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(options: argparse.Namespace, console: Console) -> None:
    """Train as `dedupe` does, so that the weight is the same, and print the account to standard output."""
    with showing_steps(console, _STEPS) as steps:
        steps.begin("reading")
        records = read_given_records(options, console)
        row_of = {each: row for row, each in enumerate(sorted(records.batch.ids))}
        if unknown := [each for each in options.ids if each not in row_of]:
            raise UnreadableInput(f"--ids {unknown[0]}: {options.records.name} has no record with this id")
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
        steps.begin("explaining")
        left, right = sorted(row_of[each] for each in options.ids)
        account = explain_pair(standardized, left, right, rules, model, profile=options.profile)
        compared = bool(((pairs.left == left) & (pairs.right == right)).any())
    if options.json:
        sys.stdout.write(json.dumps({**account, "compared": compared}, ensure_ascii=False, indent=2) + "\n")
    else:
        print_account(account)
        Console(highlight=False).print(f"compared in a run: {'yes' if compared else 'no'}")


def print_account(account: PairAccount) -> None:
    """Print an account to standard output, a line for each attribute that says anything."""
    table = Table("attribute", "level", str(account["left"]), str(account["right"]), "bits", "of these by rarity")
    for each in account["attributes"]:
        if each["level"] is None:
            continue
        table.add_row(
            each["attribute"],
            each["level"],
            "; ".join(each["left"]),
            "; ".join(each["right"]),
            f"{each['weight_bits']:+.2f}",
            f"{each['term_frequency_bits']:+.2f}" if each["term_frequency_bits"] else "",
        )
    keys = ", ".join(account["blocking_rules"]) or "none"
    # Ids and values may hold brackets or colons that rich would take for markup or emoji.
    out = Console(highlight=False, markup=False, emoji=False)
    out.print(table)
    out.print(
        f"match weight {account['weight_bits']:.2f} bits; two records at random: {account['prior_bits']:.2f} bits"
    )
    out.print(f"match probability {account['probability']:.4f}")
    out.print(f"link from {account['link_bits']:.2f} bits, review from {account['review_bits']:.2f}")
    out.print(f"vetoes: {', '.join(account['vetoes']) or 'none'}")
    out.print(f"shared blocking keys: {keys}")
    out.print(f"decision on this pair alone: {account['decision']}")
