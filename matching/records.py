"""Records as the matching library sees them: an id, a source and flat attribute values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.arrow import pa, pc
from matching.cells import Values
from matching.errors import DuplicateRecordId
from matching.spans import coded

MatchValue = str | tuple[str, ...]
MOST_ALTERNATIVES = 50
"""Of more alternatives of one attribute the first are read: every two of two records are compared."""
_MOST_JOINT = 1 << 62


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """One record to match. `id` is opaque; a tuple holds alternative values, of which the best pair counts."""

    id: str
    source: str
    values: Mapping[str, MatchValue]


@dataclass(frozen=True, slots=True, eq=False)
class ValueColumn:
    """One attribute of many records: `values[codes[row]]` are a record's alternatives, empty where it has none."""

    codes: NDArray[np.int32]
    values: Sequence[tuple[str, ...]] | Values

    @classmethod
    def of(cls, rows: Iterable[tuple[str, ...]]) -> ValueColumn:
        """The column of these alternatives, row by row."""
        code_of: dict[tuple[str, ...], int] = {}
        codes = np.fromiter((code_of.setdefault(each, len(code_of)) for each in rows), dtype=np.int32)
        return cls(codes, tuple(code_of))

    @classmethod
    def of_values(cls, attribute: str, rows: Iterable[MatchValue]) -> ValueColumn:
        """The column of these values of an attribute; each distinct one is looked at once."""
        code_of: dict[tuple[str, ...], int] = {}
        code_of_value: dict[MatchValue, int] = {}
        codes: list[int] = []
        for value in rows:
            code = code_of_value.get(value)
            if code is None:
                code = code_of.setdefault(alternatives_of(attribute, value), len(code_of))
                code_of_value[value] = code
            codes.append(code)
        return cls(np.array(codes, dtype=np.int32), tuple(code_of))


def joined_codes(columns: Sequence[NDArray[np.int32]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """A code for each row's combination of codes, in the order of appearance; and the row where each appears first."""
    joint = columns[0].astype(np.int64)
    for codes in columns[1:]:
        width = int(codes.max(initial=0)) + 1
        if int(joint.max(initial=0)) >= _MOST_JOINT // width:
            joint = coded(joint)[0].astype(np.int64)
        joint = joint * width + codes
    return coded(joint)


@dataclass(frozen=True, slots=True, eq=False)
class RecordBatch:
    """Records by column."""

    ids: tuple[str, ...]
    sources: tuple[str, ...]
    columns: Mapping[str, ValueColumn]

    @classmethod
    def from_records(cls, records: Sequence[MatchRecord]) -> RecordBatch:
        """Turn records into columns, in the order given. Raises DuplicateRecordId."""
        ids = tuple(record.id for record in records)
        if len(set(ids)) != len(ids):
            seen: set[str] = set()
            raise DuplicateRecordId(*sorted({each for each in ids if each in seen or seen.add(each)})[:5])  # type: ignore[func-returns-value]  # set.add answers None, which is the point
        attributes = sorted({attribute for record in records for attribute in record.values})
        columns = {
            attribute: ValueColumn.of_values(attribute, [record.values.get(attribute, ()) for record in records])
            for attribute in attributes
        }
        return cls(ids=ids, sources=tuple(record.source for record in records), columns=columns)

    def __len__(self) -> int:
        return len(self.ids)

    def in_order_of_ids(self) -> RecordBatch:
        """The same records sorted by id: what is learned from them must not depend on how they were listed."""
        rows = _rising(self.ids)
        order = rows.tolist()
        return RecordBatch(
            ids=tuple(self.ids[row] for row in order),
            sources=tuple(self.sources[row] for row in order),
            columns={name: ValueColumn(column.codes[rows], column.values) for name, column in self.columns.items()},
        )


def _rising(ids: Sequence[str]) -> NDArray[np.int64]:
    """The places of ids in their order by code points."""
    try:
        places: NDArray[np.int64] = pc.sort_indices(pa.array(ids, pa.string())).to_numpy().astype(np.int64)
    except UnicodeEncodeError:
        # Half a surrogate, which UTF-8 can't hold.
        return np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    return places


def alternatives_of(attribute: str, value: MatchValue) -> tuple[str, ...]:
    """The alternatives of one value as matching reads them, blank ones left out, at most MOST_ALTERNATIVES."""
    most = most_characters(attribute)
    if isinstance(value, str):
        return (_read(value, most),) if value and not value.isspace() else ()
    return tuple([_read(each, most) for each in value if each and not each.isspace()][:MOST_ALTERNATIVES])


def most_characters(attribute: str) -> int:
    """How much matching reads of a value of this attribute: some expressions take the square of it."""
    return 20_000 if attribute == "description" else 1_000


def _read(value: str, most: int) -> str:
    read = value[:most] if len(value) > most else value
    # Half a surrogate is no sign, and no hash can be made of it.
    return read if read.isascii() else read.encode("utf-8", "replace").decode()
