"""The command line: `python -m matching VERB …`. No database needed."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console

from matching.commands import VERBS
from matching.errors import MatchingError, UnreadableInput

EXIT_MISTAKE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; answers the exit code: 0 done, 2 the input or the options are mistaken."""
    options = _parser().parse_args(arguments)
    console = Console(stderr=True, highlight=False)
    try:
        with _without_collection():
            options.run(options, console)
    except UnreadableInput as error:
        console.print(f"error: {', '.join(error.ids)}", style="red", markup=False)
        return EXIT_MISTAKE
    except MatchingError as error:
        console.print(f"error: {error.code.replace('_', ' ')}: {', '.join(error.ids)}", style="red", markup=False)
        return EXIT_MISTAKE
    return 0


@contextmanager
def _without_collection() -> Iterator[None]:
    """Hold the collector of cycles off: a run makes none, and each search through millions of values takes seconds."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m matching", description="Find records that are the same thing.")
    commands = parser.add_subparsers(dest="command", required=True)
    for verb in VERBS:
        options = commands.add_parser(verb.NAME, help=verb.HELP)
        verb.add_options(options)
        options.set_defaults(run=verb.run)
    return parser
