"""Files of records: JSON lines and CSV, plain or gzipped, one payload at a time."""

import csv
import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import orjson

from mdm.errors import MdmError

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


class UnreadableFile(MdmError):
    """The file is missing, of an unknown kind, or broken; the detail names the line."""

    code = "unreadable_file"


def payloads_of(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a `.jsonl`, `.ndjson` or `.csv` file, `.gz` included. Raises UnreadableFile."""
    kind = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    readers = {"jsonl": _json_lines, "ndjson": _json_lines, "csv": _csv_rows}
    if kind not in readers:
        raise UnreadableFile(f"{path.name} is neither .jsonl, .ndjson nor .csv (or those with .gz).")
    if not path.is_file():
        raise UnreadableFile(f"There is no file {path}.")
    with _opened(path) as text:
        yield from readers[kind](text, path.name)


def in_batches(payloads: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Lists of `size` payloads; the last may be shorter."""
    while batch := list(islice(payloads, size)):
        yield batch


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as text:
        yield text


def _json_lines(text: TextIO, name: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        try:
            payload = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise UnreadableFile(f"{name}, line {number}, is not JSON; nothing after it was read.") from error
        if not isinstance(payload, dict):
            raise UnreadableFile(f"{name}, line {number}, is not a JSON object; nothing after it was read.")
        yield payload


def _csv_rows(text: TextIO, name: str) -> Iterator[dict[str, Any]]:
    try:
        for row in csv.DictReader(text, strict=True):
            if None in row:
                raise UnreadableFile(f"{name}: a row has more cells than the header; nothing after it was read.")
            yield dict(row)
    except (csv.Error, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{name} is not a UTF-8 CSV file with a header line: {type(error).__name__}.") from error
