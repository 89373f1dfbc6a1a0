"""`label`: ask a person about the pairs whose answer teaches most, and keep each answer at once."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from matching.commands.explain import print_account
from matching.commands.preparing import STEPS, Prepared, prepare
from matching.commands.reading import add_record_options, add_unique_option, showing_steps
from matching.explain import explain_pair
from matching.files import read_pairs
from matching.label_files import read_own_labels, write_labels
from matching.learning import Label, learn_from_labels
from matching.queue_order import pairs_to_ask
from matching.scoring import score_pairs
from matching.training_pairs import rival_probabilities, unique_rows

NAME = "label"
HELP = "ask about the pairs whose answer teaches most"
_BEFORE_LEARNING_AGAIN = 10


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    add_record_options(parser)
    add_unique_option(parser)
    parser.add_argument("--labels", type=Path, required=True, metavar="LABELS.csv", help="answers are added here")
    parser.add_argument("--count", type=int, default=150, help="stop when the file holds so many answers (150)")
    parser.add_argument("--truth", type=Path, help="answer from this file of true pairs instead of asking, to measure")


def run(options: argparse.Namespace, console: Console) -> None:
    """Ask until the file holds enough answers or the person quits; an answered pair is not asked again."""
    labels = read_own_labels(options.labels)
    truth = {frozenset(pair) for pair in read_pairs(options.truth)} if options.truth else None
    with showing_steps(console, STEPS) as steps:
        ready = prepare(options, console, steps)
    session = _Session(ready, labels, options.labels)
    while len(session.labels) < options.count:
        ends = session.next_pair()
        if ends is None:
            console.print("no pair is left that an answer would teach anything about")
            return
        left, right = (ready.standardized.ids[row] for row in ends)
        if truth is None:
            print_account(explain_pair(ready.standardized, *ends, ready.rules, session.learned))
            answer = _ask(console, done=len(session.labels), count=options.count)
        else:
            answer = "y" if frozenset((left, right)) in truth else "n"
        if answer == "q":
            return
        if answer == "b":
            session.take_back()
        else:
            session.take(ends, None if answer == "u" else Label(left, right, is_match=answer == "y"))
    console.print(f"{len(session.labels)} labels in {options.labels}; go on with: train --labels", markup=False)


class _Session:
    """The answers of one sitting, on disk at once, and the pairs to ask about next."""

    def __init__(self, ready: Prepared, labels: list[Label], path: Path) -> None:
        self._ready = ready
        self._path = path
        self.labels = labels
        self.learned = ready.model
        self._waiting: list[tuple[int, int]] = []
        self._answered: list[tuple[tuple[int, int], Label | None]] = []

    def next_pair(self) -> tuple[int, int] | None:
        """The pair to ask about; None when no answer would teach anything."""
        if not self._waiting:
            ready = self._ready
            self.learned = learn_from_labels(ready.standardized, ready.pairs, ready.rules, ready.model, self.labels)
            self._waiting = self._most_instructive()
        return self._waiting[0] if self._waiting else None

    def _most_instructive(self) -> list[tuple[int, int]]:
        standardized, pairs = self._ready.standardized, self._ready.pairs
        lefts, rights = standardized.rows_of([(each.left, each.right) for each in self.labels])
        asked = {ends for ends, _ in self._answered} | set(zip(lefts.tolist(), rights.tolist(), strict=True))
        scored = score_pairs(
            standardized, pairs.left, pairs.right, self._ready.rules, self.learned, graded=pairs.graded
        )
        posterior = rival_probabilities(scored, unique_rows(standardized, self.learned))
        return pairs_to_ask(scored, posterior, asked=asked, count=_BEFORE_LEARNING_AGAIN)

    def take(self, ends: tuple[int, int], label: Label | None) -> None:
        """Keep an answer; None for a pair that the person is unsure of."""
        self._answered.append((ends, label))
        self._waiting.remove(ends)
        if label is not None:
            self.labels.append(label)
            write_labels(self._path, self.labels)

    def take_back(self) -> None:
        """Forget the last answer of this sitting and ask about its pair again; earlier sittings stay as they are."""
        if not self._answered:
            return
        ends, label = self._answered.pop()
        self._waiting.insert(0, ends)
        if label is not None:
            self.labels.remove(label)
            write_labels(self._path, self.labels)


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
