"""Standardizing a batch: every distinct combination of values is standardized once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import cast

import numpy as np
from numpy.typing import NDArray

from matching.cells import Cells, Part, Values, arrow_texts
from matching.errors import UnknownRecord
from matching.records import RecordBatch, ValueColumn, joined_codes
from matching.rule_tree import FeatureRule, MatchRules
from matching.standardize.kinds import Cell, Standardizer, bulk_standardizers, standardizers
from matching.workers import done_by

ABSENT = -1
_NOTHING = ValueColumn.of(())
_ROWS_AT_ONCE = 50_000
BULK_FROM = 500
"""Of fewer records columns cost more than loops."""


@dataclass(frozen=True, slots=True, eq=False)
class FeatureColumn:
    """One standardized feature: `values[codes[row]]` are the row's alternatives; code -1 where it has none."""

    name: str
    codes: NDArray[np.int32]
    values: Sequence[tuple[Cell, ...]]

    def of_rows(self, rows: NDArray[np.int64]) -> FeatureColumn:
        """The column of some rows, with their values alone."""
        used, codes = np.unique(self.codes[rows], return_inverse=True)
        absent = int((used < 0).sum())
        return FeatureColumn(
            name=self.name,
            codes=(codes - absent).astype(np.int32),
            values=tuple([self.values[each] for each in used[absent:].tolist()]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class StandardizedBatch:
    """Records ready to compare. `segments` indexes `MatchRules.segments`: only rows of one segment can match."""

    ids: tuple[str, ...]
    sources: tuple[str, ...]
    segments: NDArray[np.int32]
    features: Mapping[str, FeatureColumn]
    _source_numbers: NDArray[np.int32] | None = field(default=None, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def source_numbers(self) -> NDArray[np.int32]:
        """The source of each row as a number, in the order of the sources' names. Made once."""
        if self._source_numbers is None:
            number_of = {source: number for number, source in enumerate(sorted(set(self.sources)))}
            numbers = np.fromiter(map(number_of.__getitem__, self.sources), dtype=np.int32, count=len(self))
            object.__setattr__(self, "_source_numbers", numbers)
            return numbers
        return self._source_numbers

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
    columns = [batch.columns.get(attribute, _NOTHING) for attribute in feature.attributes]
    return standardize_feature(columns, feature, records=len(batch))


def standardize_feature(
    columns: Sequence[ValueColumn], feature: FeatureRule, *, records: int, bulk_from: int = BULK_FROM
) -> FeatureColumn:
    """One feature of records whose attributes these columns hold; of `bulk_from` records and more in bulk."""
    codes, values, rest = np.full(records, ABSENT, dtype=np.int32), None, np.arange(records)
    if records >= bulk_from and (made := _in_bulk(columns, feature, records)) is not None:
        codes, values, rest = made
    more_codes, more = _one_by_one(columns, rest, standardizers.get(feature.standardizer))
    codes[rest] = np.where(more_codes < 0, ABSENT, more_codes + len(values or ()))
    if values is not None:
        return FeatureColumn(name=feature.name, codes=codes, values=values.followed_by(more))
    by_part = Values.of(more) if len(more) >= bulk_from else None
    return FeatureColumn(name=feature.name, codes=codes, values=more if by_part is None else by_part)


def _in_bulk(
    columns: Sequence[ValueColumn], feature: FeatureRule, records: int
) -> tuple[NDArray[np.int32], Values, NDArray[np.int64]] | None:
    """Codes of rows, their values, and rows left to be standardized one by one; None where there is no bulk form."""
    if feature.standardizer not in bulk_standardizers:
        return None
    stated = [found for each in columns if (found := _stated(each, records)) is not None]
    if len(stated) < len(columns):
        return None
    made = bulk_standardizers.get(feature.standardizer)([part for part, _ in stated])
    told = made.told & ~np.any([several for _, several in stated], axis=0)
    rows = np.flatnonzero(told & np.any([part.filled for part in made.parts], axis=0))
    codes = np.full(records, ABSENT, dtype=np.int32)
    codes[rows], first = joined_codes([part.codes[rows] for part in made.parts])
    values = Values(Cells([part.at(rows[first]) for part in made.parts], single=len(made.parts) == 1))
    return codes, values, np.flatnonzero(~told)


def _stated(column: ValueColumn, rows: int) -> tuple[Part, NDArray[np.bool_]] | None:
    """What every row states of an attribute, and which rows state several alternatives; None where texts are odd."""
    if column is _NOTHING:
        return Part(np.zeros(rows, dtype=np.int32), arrow_texts([""])), np.zeros(rows, dtype=np.bool_)
    values = Values.of(column.values)
    if values is None or not values.cells.single:
        return None
    sizes = np.diff(values.starts)
    text_of_value = np.zeros(len(values), dtype=np.int32)
    text_of_value[sizes == 1] = values.cells.parts[0].codes[values.starts[:-1][sizes == 1]]
    return Part(text_of_value[column.codes], values.cells.parts[0].texts), (sizes > 1)[column.codes]


def _one_by_one(
    columns: Sequence[ValueColumn], rows: NDArray[np.int64], standardize: Standardizer
) -> tuple[NDArray[np.int32], tuple[tuple[Cell, ...], ...]]:
    """Codes of some rows and their values: every distinct combination of attributes is standardized once."""
    stated = [column.codes[rows] for column in columns if column is not _NOTHING]
    code_of_row, first = joined_codes(stated or [np.zeros(len(rows), dtype=np.int32)])
    code_of_value: dict[tuple[Cell, ...], int] = {}
    code_of_input = np.full(len(first), ABSENT, dtype=np.int32)
    for start in range(0, len(first), _ROWS_AT_ONCE):
        some = rows[first[start : start + _ROWS_AT_ONCE]]
        for place, given in enumerate(zip(*(_values_at(column, some) for column in columns), strict=True), start):
            if cells := standardize(given):
                code_of_input[place] = code_of_value.setdefault(cells, len(code_of_value))
    return code_of_input[code_of_row], tuple(code_of_value)


def _values_at(column: ValueColumn, rows: NDArray[np.int64]) -> Iterable[tuple[str, ...]]:
    if column is _NOTHING:
        return repeat((), len(rows))
    if isinstance(column.values, Values):
        return cast("Iterable[tuple[str, ...]]", column.values.at(column.codes[rows].astype(np.int64)))
    return map(column.values.__getitem__, column.codes[rows].tolist())
