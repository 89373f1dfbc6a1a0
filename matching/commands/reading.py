"""What the verbs share: options that name a file of records, reading it, and a progress bar of named steps."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from matching.errors import UnreadableInput
from matching.files import KNOWN_ATTRIBUTES, RecordFile, read_records

_MOST_PROCESSES = 4
"""There are some ten features and attributes to share out, and each process holds memory."""


def add_record_options(parser: argparse.ArgumentParser) -> None:
    """Options that say which records to read, and how."""
    parser.add_argument("records", type=Path, metavar="RECORDS", help="CSV or Parquet, with an id column")
    parser.add_argument("--entity", required=True, choices=tuple(KNOWN_ATTRIBUTES))
    parser.add_argument(
        "--map",
        action="extend",
        nargs="+",
        default=[],
        metavar="COLUMN=ATTRIBUTE",
        help="columns mapped to the same attribute are joined in the order given",
    )
    parser.add_argument(
        "--blocking",
        type=Path,
        metavar="BLOCKING.yaml",
        help="blocking keys that propose-blocking wrote; else shipped ones",
    )
    parser.add_argument("--link-column", metavar="COLUMN", help="only pairs with different values here count")
    parser.add_argument(
        "--processes",
        type=int,
        default=_usual_processes(),
        metavar="N",
        help=f"how many share the work; the result is the same (one a core, at most {_MOST_PROCESSES})",
    )


def _usual_processes() -> int:
    return min(len(os.sched_getaffinity(0)), _MOST_PROCESSES) if sys.platform == "linux" else 1


def add_unique_option(parser: argparse.ArgumentParser) -> None:
    """The option that declares sources free of duplicates."""
    parser.add_argument(
        "--unique-in", action="append", default=[], metavar="SOURCE", help="a source without duplicates; else estimated"
    )


def read_given_records(options: argparse.Namespace, console: Console) -> RecordFile:
    """The records that the options name; tells which columns were ignored. Raises UnreadableInput."""
    records = read_records(
        options.records,
        entity_type=options.entity,
        column_map=_column_map(options.map),
        link_column=options.link_column,
        threads=options.processes,
    )
    if records.ignored_columns:
        console.print(f"ignored columns: {', '.join(records.ignored_columns)}", markup=False)
    if not records.used_columns:
        known = ", ".join(KNOWN_ATTRIBUTES[options.entity])
        raise UnreadableInput(f"no column is an attribute of {options.entity}; map some to: {known}")
    if unknown := sorted(set(getattr(options, "unique_in", ())) - set(records.batch.sources)):
        raise UnreadableInput(f"--unique-in {unknown[0]}: no record has this source")
    return records


def _column_map(pairs: Sequence[str]) -> dict[str, str]:
    column_map: dict[str, str] = {}
    for pair in pairs:
        column, equals, attribute = pair.partition("=")
        if not (column and equals and attribute):
            raise UnreadableInput(f"--map {pair}: write COLUMN=ATTRIBUTE")
        column_map[column] = attribute
    return column_map


class Steps:
    """Moves a progress bar on by named steps."""

    def __init__(self, progress: Progress, names: Sequence[str]) -> None:
        self._progress = progress
        self._names = tuple(names)
        self._task: TaskID = progress.add_task("starting", total=len(names))

    def begin(self, step: str) -> None:
        """Show that `step` is under way."""
        self._progress.update(self._task, description=step, completed=self._names.index(step))


@contextmanager
def showing_steps(console: Console, names: Sequence[str]) -> Iterator[Steps]:
    """A progress bar over these steps while the block runs."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
    ) as progress:
        yield Steps(progress, names)
