"""What the parts of blocking keys are of each value of a feature: whole columns at once where that can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matching.arrow import Texts
from matching.blocking_columns import Entries, entries_in_bulk
from matching.blocking_parts import KeyPart, parts
from matching.cells import Part, Values, arrow_texts, python_texts
from matching.rule_tree import MatchRules
from matching.spans import spread
from matching.standardize.batch import StandardizedBatch
from matching.standardize.kinds import Cell
from matching.workers import done_by


@dataclass(frozen=True, slots=True, eq=False)
class PartNumbers:
    """Numbers of one part's values: those of row r are `numbers[starts[code]:starts[code + 1]]` of its feature code.

    Two values of a part have one number when they are the same, and only then; none exceeds `count`.
    """

    codes: NDArray[np.int32]
    starts: NDArray[np.int64]
    numbers: NDArray[np.int32]
    count: int

    def of_rows(self) -> NDArray[np.int32] | None:
        """The one number of each row, -1 for none; None where some rows have several."""
        sizes = np.diff(self.starts)
        if int(sizes.max(initial=0)) > 1:
            return None
        number_of_code = np.full(len(sizes) + 1, -1, dtype=np.int32)
        number_of_code[:-1][sizes == 1] = self.numbers
        return number_of_code[self.codes]

    @classmethod
    def of(cls, standardized: StandardizedBatch, name: str) -> PartNumbers | None:
        """The numbers of a part; None where the records don't have its feature."""
        found = _starts_and_numbers(standardized, name)
        return None if found is None else cls(standardized.features[parts.get(name).feature].codes, *found)


def _starts_and_numbers(
    standardized: StandardizedBatch, name: str
) -> tuple[NDArray[np.int64], NDArray[np.int32], int] | None:
    found = part_entries(standardized, name)
    return None if found is None else (found.starts, found.texts.codes, len(found.texts.texts))


def part_numbers(
    standardized: StandardizedBatch, names: Sequence[str], *, processes: int
) -> Mapping[str, PartNumbers | None]:
    """The numbers of these parts, each made once."""
    made = done_by(processes, [partial(_starts_and_numbers, standardized, name) for name in names])
    return {
        name: None if found is None else PartNumbers(standardized.features[parts.get(name).feature].codes, *found)
        for name, found in zip(names, made, strict=True)
    }


def parts_used(rules: MatchRules, *, whole_file: bool) -> tuple[str, ...]:
    """The parts that blocking rules use; those of rules not stored only in a whole file."""
    return tuple(dict.fromkeys(name for rule in rules.blocking if rule.stored or whole_file for name in rule.parts))


def part_entries(standardized: StandardizedBatch, name: str) -> Entries | None:
    """The distinct texts of a part for each value of its feature; None where the records don't have it."""
    part = parts.get(name)
    feature = standardized.features.get(part.feature)
    if feature is None:
        return None
    values = feature.values
    if not (isinstance(values, Values) and values.is_single):
        return _of_lists([_texts(part, cells) for cells in values])
    if made := entries_in_bulk(name, values.cells):
        return made
    place = 0 if values.cells.single else part.place
    if place is None:
        return _of_lists([part.values_of(cell) for cell in values.cells])
    # Many values have one entry, such as a city: what comes of it is made once.
    column = values.cells.parts[place]
    of_text = _of_lists(_of_entries(part, column.texts))
    sizes = np.diff(of_text.starts)[column.codes]
    return Entries(ends_of(sizes), of_text.texts.at(spread(of_text.starts[column.codes], sizes)[1]))


def _of_entries(part: KeyPart, texts: Texts) -> list[tuple[str, ...]]:
    values_of = part.of_entry or part.values_of
    return [values_of(each) if each else () for each in python_texts(texts)]


def _texts(part: KeyPart, cells: tuple[Cell, ...]) -> Sequence[str]:
    """The distinct values of a part for all alternatives."""
    return tuple(dict.fromkeys(text for cell in cells for text in part.values_of(cell)))


def _of_lists(lists: Sequence[Sequence[str]]) -> Entries:
    flat = [text for texts in lists for text in texts]
    return Entries(ends_of(np.fromiter(map(len, lists), np.int64, count=len(lists))), Part.of(arrow_texts(flat)))


def ends_of(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where lists of these sizes start, laid one after another, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(sizes)])
