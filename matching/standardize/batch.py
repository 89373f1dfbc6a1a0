"""Standardizing a batch: every distinct combination of values is standardized once."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from matching.errors import UnknownRecord
from matching.records import RecordBatch, ValueColumn, joined_codes
from matching.rule_tree import FeatureRule, MatchRules
from matching.standardize.kinds import Cell, standardizers
from matching.workers import done_by

ABSENT = -1
_NOTHING = ValueColumn.of(())
_ROWS_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class FeatureColumn:
    """One standardized feature: `values[codes[row]]` are the row's alternatives; code -1 where it has none."""

    name: str
    codes: NDArray[np.int32]
    values: tuple[tuple[Cell, ...], ...]

    def __reduce__(self) -> tuple[object, ...]:
        # Between processes of one program; marshal takes a fifth of pickle's time over so many small tuples.
        return _unpacked, (self.name, self.codes, marshal.dumps(self.values))

    def of_rows(self, rows: NDArray[np.int64]) -> FeatureColumn:
        """The column of some rows, with their values alone."""
        used, codes = np.unique(self.codes[rows], return_inverse=True)
        absent = int((used < 0).sum())
        return FeatureColumn(
            name=self.name,
            codes=(codes - absent).astype(np.int32),
            values=tuple(self.values[each] for each in used[absent:].tolist()),
        )


def _unpacked(name: str, codes: NDArray[np.int32], values: bytes) -> FeatureColumn:
    return FeatureColumn(name, codes, marshal.loads(values))  # noqa: S302  # packed by this program


@dataclass(frozen=True, slots=True, eq=False)
class StandardizedBatch:
    """Records ready to compare. `segments` indexes `MatchRules.segments`: only rows of one segment can match."""

    ids: tuple[str, ...]
    sources: tuple[str, ...]
    segments: NDArray[np.int32]
    features: Mapping[str, FeatureColumn]

    def __len__(self) -> int:
        return len(self.ids)

    def of_rows(self, rows: NDArray[np.int64]) -> StandardizedBatch:
        """Some of the records, in the order of `rows`."""
        places = rows.tolist()
        return StandardizedBatch(
            ids=tuple([self.ids[row] for row in places]),
            sources=tuple([self.sources[row] for row in places]),
            segments=self.segments[rows],
            features={name: column.of_rows(rows) for name, column in self.features.items()},
        )

    def rows_of(self, pairs: Sequence[tuple[str, str]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The rows of pairs of ids, smaller first. Raises UnknownRecord."""
        row_of = {each: row for row, each in enumerate(self.ids)}
        if unknown := sorted({each for pair in pairs for each in pair if each not in row_of}):
            raise UnknownRecord(*unknown[:5])
        ends = np.array([sorted((row_of[left], row_of[right])) for left, right in pairs], dtype=np.int32).reshape(-1, 2)
        return ends[:, 0], ends[:, 1]


def standardize_batch(batch: RecordBatch, rules: MatchRules, *, processes: int = 1) -> StandardizedBatch:
    """Standardize every feature that the rules declare. A record's result never depends on the rest of the batch.

    `processes` share the features.
    """
    by_size = sorted(rules.features, key=lambda feature: -len(feature.attributes))
    made = done_by(processes, [partial(_standardize_feature, batch, feature) for feature in by_size])
    column_of = {column.name: column for column in made}
    features = {feature.name: column_of[feature.name] for feature in rules.features}
    segments = np.zeros(len(batch), dtype=np.int32)
    if rules.segment_feature is not None:
        column = features[rules.segment_feature]
        place = {name: index for index, name in enumerate(rules.segments)}
        of_code = np.array([place[str(cells[0])] for cells in column.values], dtype=np.int32)
        segments = np.where(column.codes >= 0, of_code[column.codes] if len(of_code) else 0, 0).astype(np.int32)
    return StandardizedBatch(ids=batch.ids, sources=batch.sources, segments=segments, features=features)


def _standardize_feature(batch: RecordBatch, feature: FeatureRule) -> FeatureColumn:
    standardize = standardizers.get(feature.standardizer)
    columns = [batch.columns.get(attribute, _NOTHING) for attribute in feature.attributes]
    stated = [column.codes for column in columns if column is not _NOTHING]
    code_of_row, first_rows = joined_codes(stated or [np.zeros(len(batch), dtype=np.int32)])
    code_of_value: dict[tuple[Cell, ...], int] = {}
    code_of_input = np.full(len(first_rows), ABSENT, dtype=np.int32)
    for start in range(0, len(first_rows), _ROWS_AT_ONCE):
        rows = first_rows[start : start + _ROWS_AT_ONCE]
        for place, given in enumerate(zip(*(_values_at(column, rows) for column in columns), strict=True), start):
            if cells := standardize(given):
                code_of_input[place] = code_of_value.setdefault(cells, len(code_of_value))
    return FeatureColumn(name=feature.name, codes=code_of_input[code_of_row], values=tuple(code_of_value))


def _values_at(column: ValueColumn, rows: NDArray[np.int64]) -> Iterable[tuple[str, ...]]:
    if column is _NOTHING:
        return repeat((), len(rows))
    return map(column.values.__getitem__, column.codes[rows].tolist())
