"""Every difference in a file: JSON lines or CSV, also compressed.

It holds attribute values, which are personal data.
"""

import csv
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import orjson

from mdm.errors import MdmError
from mdm.masking import hidden
from mdm.services.rehearsal.differences import Difference

COLUMNS = ("kind", "golden_ids", "source_records", "about", "old", "new")
_CSV, _JSONL = (".csv", ".csv.gz"), (".jsonl", ".jsonl.gz")


class UnknownFileForm(MdmError):
    """The name does not say how to write it."""

    code = "unknown_file_form"


@contextmanager
def differences_file(path: Path) -> Iterator[Callable[[Difference], None]]:
    """Yields what writes one row. Only its owner may read the file. Raises UnknownFileForm."""
    if not path.name.endswith(_CSV + _JSONL):
        raise UnknownFileForm(f"{path.name} must end with {', '.join(_CSV + _JSONL)}.")
    path.touch(mode=0o600)
    opened = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "wt", encoding="utf-8", newline="") as stream:
        yield _csv(stream) if path.name.endswith(_CSV) else _json_lines(stream)


def as_row(found: Difference) -> dict[str, Any]:
    """A difference as JSON, national ids masked where they are not to be shown. Any: canonical values."""
    row = {
        "kind": found.kind.value,
        "golden_ids": list(found.golden_ids),
        "source_records": list(found.source_records),
        "about": found.about,
        "old": found.old,
        "new": found.new,
    }
    told: dict[str, Any] = hidden(row)
    return told


def _json_lines(stream: TextIO) -> Callable[[Difference], None]:
    def write(found: Difference) -> None:
        stream.write(orjson.dumps(as_row(found)).decode() + "\n")

    return write


def _csv(stream: TextIO) -> Callable[[Difference], None]:
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()

    def write(found: Difference) -> None:
        row = as_row(found)
        told = {name: " ".join(row[name]) for name in ("golden_ids", "source_records")}
        values = {name: "" if row[name] is None else orjson.dumps(row[name]).decode() for name in ("old", "new")}
        writer.writerow({**row, **told, **values})

    return write
