"""Records as the matching library sees them: an id, a source and flat attribute values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matching.errors import DuplicateRecordId

MatchValue = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """One record to match. `id` is opaque; a tuple holds alternative values, of which the best pair counts."""

    id: str
    source: str
    values: Mapping[str, MatchValue]


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Records by column: `columns[attribute][row]` is a tuple of alternatives, empty where the record has none."""

    ids: tuple[str, ...]
    sources: tuple[str, ...]
    columns: Mapping[str, tuple[tuple[str, ...], ...]]

    @classmethod
    def from_records(cls, records: Sequence[MatchRecord]) -> RecordBatch:
        """Turn records into columns, in the order given. Raises DuplicateRecordId."""
        ids = tuple(record.id for record in records)
        if len(set(ids)) != len(ids):
            seen: set[str] = set()
            raise DuplicateRecordId(*sorted({each for each in ids if each in seen or seen.add(each)})[:5])  # type: ignore[func-returns-value]  # set.add answers None, which is the point
        attributes = sorted({attribute for record in records for attribute in record.values})
        columns = {
            attribute: tuple(alternatives_of(record.values.get(attribute, ())) for record in records)
            for attribute in attributes
        }
        return cls(ids=ids, sources=tuple(record.source for record in records), columns=columns)

    def __len__(self) -> int:
        return len(self.ids)

    def in_order_of_ids(self) -> RecordBatch:
        """The same records sorted by id: what is learned from them must not depend on how they were listed."""
        order = sorted(range(len(self)), key=self.ids.__getitem__)
        return RecordBatch(
            ids=tuple(self.ids[row] for row in order),
            sources=tuple(self.sources[row] for row in order),
            columns={name: tuple(column[row] for row in order) for name, column in self.columns.items()},
        )


def alternatives_of(value: MatchValue) -> tuple[str, ...]:
    """The alternatives of one value, blank ones left out."""
    if isinstance(value, str):
        return (value,) if value and not value.isspace() else ()
    return tuple(each for each in value if each and not each.isspace())
