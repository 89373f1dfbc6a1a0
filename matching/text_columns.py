"""Columns of text as a CSV or Parquet file has them: every distinct cell once, and which one each row has."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import isnan
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, read_csv

from matching.arrow import Texts, pa, pc
from matching.cells import arrow_texts, joined_texts, python_texts
from matching.errors import UnreadableInput
from matching.workers import done_by_threads

SEPARATOR = "\x1f"
_LONGEST_HEADER = 65_536
_MOST_BYTES = 1 << 31
"""Arrow's texts of one column are counted in 31 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class TextColumn:
    """`texts[codes[row]]` is the row's cell; of a column of lists its entries, separated by SEPARATOR."""

    codes: NDArray[np.int32]
    texts: Texts
    of_lists: bool = False

    @classmethod
    def of(cls, cells: Iterable[str]) -> TextColumn:
        """The column of these cells."""
        code_of: dict[str, int] = {}
        codes = np.fromiter((code_of.setdefault(each, len(code_of)) for each in cells), dtype=np.int32)
        return cls(codes, arrow_texts(list(code_of)))

    def rows(self) -> list[str]:
        """The cell of every row."""
        return python_texts(self.texts.take(pa.array(self.codes)))

    def at(self, rows: NDArray[np.int64]) -> list[str]:
        """The cells of some rows."""
        return python_texts(self.texts.take(pa.array(self.codes[rows])))


def read_columns(path: Path) -> dict[str, list[str]]:
    """Every cell of a file as text, by column. Raises UnreadableInput."""
    return {name: column.rows() for name, column in read_text_columns(path).items()}


def read_text_columns(path: Path, *, threads: int = 1) -> dict[str, TextColumn]:
    """The columns of a file, gzipped or not; `threads` share the work. Raises UnreadableInput."""
    if not path.is_file():
        raise UnreadableInput(f"{path} is not a file")
    if path.stat().st_size == 0:
        raise UnreadableInput(f"{path.name} is empty")
    if path.suffix.lower() in {".parquet", ".pq"}:
        return _read_parquet(path)
    if path.suffix.lower() != ".gz" and path.stat().st_size < _MOST_BYTES:
        columns = plain_columns(path.read_bytes(), threads=threads)
        # Arrow would keep what it held meanwhile for itself: a third of a run's memory.
        pa.default_memory_pool().release_unused()
        if columns is not None:
            return columns
    return _read_csv(path)


def plain_columns(content: bytes, *, threads: int = 1) -> dict[str, TextColumn] | None:
    """The columns of a CSV file that Arrow reads without complaint, else None.

    What Arrow accepts it reads as the csv module does. Rows with too few or too many cells, cells longer than that
    module allows, repeated names and other encodings are left to it: it says what is wrong, and where.
    """
    start = io.StringIO(content[:_LONGEST_HEADER].decode("utf-8-sig", errors="replace"), newline="")
    try:
        header = next(csv.reader(start), [])
        # Without threads, since processes may be forked later.
        table = read_csv(
            io.BytesIO(content),
            read_options=ReadOptions(use_threads=False),
            parse_options=ParseOptions(newlines_in_values=True),
            convert_options=ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False),
        )
    except (pa.ArrowInvalid, csv.Error):
        return None
    if table.column_names != header or len(set(header)) != len(header):
        return None
    columns = done_by_threads(threads, [partial(_coded, table.column(name)) for name in header])
    if any((pc.max(pc.utf8_length(each.texts)).as_py() or 0) > csv.field_size_limit() for each in columns):
        return None
    return dict(zip(header, columns, strict=True))


def _coded(column: pa.ChunkedArray) -> TextColumn:
    cells = joined_texts(column.chunks).dictionary_encode()
    return TextColumn(cells.indices.to_numpy(), cells.dictionary)


def _read_csv(path: Path) -> dict[str, TextColumn]:
    with _open_text(path) as stream:
        reader = csv.reader(stream)
        header = next(reader, [])
        if len(set(header)) != len(header):
            raise UnreadableInput(f"{path.name} repeats a column name in its first line")
        rows = []
        for row in reader:
            if len(row) > len(header):
                raise UnreadableInput(f"{path.name}: line {reader.line_num} has more cells than the first line")
            if row:
                rows.append(row + [""] * (len(header) - len(row)))
    return {name: TextColumn.of(row[index] for row in rows) for index, name in enumerate(header)}


def _read_parquet(path: Path) -> dict[str, TextColumn]:
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableInput(f"{path.name} is not a Parquet file") from error
    return {name: _as_texts(table.column(name)) for name in table.column_names}


def _as_texts(column: pa.ChunkedArray) -> TextColumn:
    found = TextColumn.of(map(_text_of, column.to_pylist()))
    return replace(found, of_lists=pa.types.is_list(column.type) or pa.types.is_large_list(column.type))


def _text_of(value: object) -> str:
    """What a cell of Parquet says: a number that is none says nothing, and 2134.0 is a number only stored so."""
    if isinstance(value, list):
        return SEPARATOR.join(filter(None, map(_text_of, value)))
    if isinstance(value, float):
        return "" if isnan(value) else str(int(value)) if value.is_integer() else str(value)
    return "" if value is None else str(value)


@contextmanager
def _open_text(path: Path) -> Iterator[TextIO]:
    """Open a CSV file, gzipped or not, as UTF-8. Raises UnreadableInput when reading it shows that it is neither."""
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
                yield stream
        else:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                yield stream
    except UnicodeDecodeError as error:
        raise UnreadableInput(f"{path.name} is not UTF-8 text") from error
    except (gzip.BadGzipFile, EOFError) as error:
        raise UnreadableInput(f"{path.name} is not a gzip file") from error
    except csv.Error as error:
        raise UnreadableInput(f"{path.name} is not CSV: {error}") from error
