"""`explain`: why two records of a file match, or why not."""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from matching.commands.preparing import STEPS, given_model, prepare
from matching.commands.reading import add_record_options, add_unique_option, showing_steps
from matching.errors import UnreadableInput
from matching.explain import PairAccount, explain_pair
from matching.rule_tree import PROFILES

NAME = "explain"
HELP = "say why two records of a file match, or why not"
_STEPS = (*STEPS, "explaining")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    add_record_options(parser)
    add_unique_option(parser)
    parser.add_argument("--profile", choices=PROFILES, default="balanced")
    parser.add_argument("--model", type=Path, metavar="MODEL.json", help="the model that dedupe was given")
    parser.add_argument("--ids", nargs=2, required=True, metavar=("LEFT", "RIGHT"), help="the ids of the two records")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(options: argparse.Namespace, console: Console) -> None:
    """Weigh as `dedupe` does under the same options, and print the account to standard output."""
    with showing_steps(console, _STEPS) as steps:
        ready = prepare(options, console, steps, model=given_model(options))
        known = set(ready.standardized.ids)
        if unknown := [each for each in options.ids if each not in known]:
            raise UnreadableInput(f"--ids {unknown[0]}: {options.records.name} has no record with this id")
        steps.begin("explaining")
        lefts, rights = ready.standardized.rows_of([tuple(options.ids)])
        left, right = int(lefts[0]), int(rights[0])
        account = explain_pair(ready.standardized, left, right, ready.rules, ready.model, profile=options.profile)
        left_out = set(ready.pairs.blocking.left_out)
        account["blocking_rules"] = [each for each in account["blocking_rules"] if each not in left_out]
        found = bool(((ready.pairs.left == left) & (ready.pairs.right == right)).any())
    if options.json:
        sys.stdout.write(json.dumps({**account, "found_by_blocking": found}, ensure_ascii=False, indent=2) + "\n")
    else:
        print_account(account)
        Console(highlight=False).print(f"found by blocking: {'yes' if found else 'no'}")


def printable(text: str) -> str:
    """The text without control signs, which a terminal would obey."""
    return "".join([sign for sign in text if unicodedata.category(sign) != "Cc"])


def print_account(account: PairAccount) -> None:
    """Print an account to standard output, a line for each attribute that says anything."""
    table = Table("attribute", "level")
    for side in (account["left"], account["right"]):
        table.add_column(Text(printable(side)), overflow="fold")
    table.add_column("bits", justify="right")
    table.add_column("of these by rarity", justify="right")
    for each in account["attributes"]:
        if each["level"] is None:
            continue
        table.add_row(
            each["attribute"],
            each["level"],
            Text(printable("; ".join(each["left"]))),
            Text(printable("; ".join(each["right"]))),
            f"{each['weight_bits']:+.2f}",
            f"{each['term_frequency_bits']:+.2f}" if each["term_frequency_bits"] else "",
        )
    keys = ", ".join(account["blocking_rules"]) or "none"
    borne = [
        f"{each['attribute']} {each['term_seen']:,} of {each['term_counted']:,}"
        for each in account["attributes"]
        if each["term_counted"]
    ]
    # Ids and values may hold brackets or colons that rich would take for markup or emoji.
    out = Console(highlight=False, markup=False, emoji=False)
    out.print(table)
    out.print(
        f"match weight {account['weight_bits']:.2f} bits; two records at random: {account['prior_bits']:.2f} bits"
    )
    out.print(f"match probability {account['probability']:.4f}")
    out.print(f"link from {account['link_bits']:.2f} bits, review from {account['review_bits']:.2f}")
    out.print(f"records with the shared value: {', '.join(borne) or 'not counted'}")
    out.print(f"vetoes: {', '.join(account['vetoes']) or 'none'}")
    out.print(f"shared blocking keys: {keys}")
    out.print(f"decision on this pair alone: {account['decision']}")
