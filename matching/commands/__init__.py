"""The verbs of the command line, a module each."""

from __future__ import annotations

import argparse
from typing import Protocol

from rich.console import Console

from matching.commands import dedupe, evaluate, explain, label, propose_blocking, train


class Verb(Protocol):
    """What a verb's module holds."""

    NAME: str
    HELP: str

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the verb's options."""

    def run(self, options: argparse.Namespace, console: Console) -> None:
        """Do it. Raises MatchingError for mistaken input."""


VERBS: tuple[Verb, ...] = (dedupe, evaluate, explain, label, train, propose_blocking)
