"""Cells of many values by part: every distinct text once, in Arrow's memory, and which of them each cell has.

What a column of a million tuples would cost in objects, it costs here in numbers. Read one by one, the values are the
tuples that a standardizer of one record answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import overload

import numpy as np
from numpy.typing import NDArray

from matching.arrow import Texts, pa
from matching.spans import spread

Cell = str | tuple[str, ...]
_TEXT = -1
_BLANK = pa.array([""], pa.string())


def arrow_texts(texts: Sequence[object]) -> Texts:
    """The same texts in Arrow's memory."""
    return pa.array(texts, pa.string())


def python_texts(texts: Texts) -> list[str]:
    """The same texts as objects."""
    found: list[str] = texts.to_numpy(zero_copy_only=False).tolist()
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One text of each of many cells: `texts[codes[i]]`. The texts are distinct, and the first is the empty one."""

    codes: NDArray[np.int32]
    texts: Texts

    @classmethod
    def of(cls, texts: Texts) -> Part:
        """The part with the text of each cell; null counts as empty."""
        if isinstance(texts, pa.ChunkedArray):
            texts = pa.concat_arrays([_BLANK[:0], *texts.chunks])
        coded = pa.concat_arrays([_BLANK, texts.fill_null("") if texts.null_count else texts]).dictionary_encode()
        return cls(coded.indices.to_numpy()[1:], coded.dictionary)

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Which cells have a text that isn't empty."""
        return self.codes > 0

    def each(self) -> Texts:
        """The text of every cell."""
        return self.texts.take(pa.array(self.codes))

    def at(self, places: NDArray[np.int64] | NDArray[np.int32]) -> Part:
        """The part of some cells, in the order given. All texts stay."""
        return Part(self.codes[places], self.texts)

    def slim(self) -> Part:
        """The same part without most of the texts that no cell has."""
        if len(self.codes) * 2 > len(self.texts):
            return self
        is_used = np.bincount(self.codes, minlength=len(self.texts)) > 0
        is_used[0] = True
        return Part((np.cumsum(is_used, dtype=np.int32) - 1)[self.codes], self.texts.filter(pa.array(is_used)))

    def with_texts(self, texts: Texts) -> Part:
        """The part with another text in the place of each distinct one; those need not be distinct."""
        other = Part.of(texts)
        return Part(other.codes[self.codes], other.texts)


class Cells(Sequence[Cell]):
    """Many cells, each one text, or a tuple of as many texts as there are parts."""

    __slots__ = ("parts", "single")

    def __init__(self, parts: Sequence[Part], *, single: bool) -> None:
        self.parts, self.single = tuple(parts), single

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> Cells | None:
        """The same cells by part; None where they have not all the same number of parts."""
        if isinstance(cells, Cells):
            return cells
        sizes = {_TEXT if isinstance(each, str) else len(each) for each in cells} or {_TEXT}
        if len(sizes) > 1 or 0 in sizes:
            return None
        single = _TEXT in sizes
        try:
            parts = [Part.of(arrow_texts(part)) for part in ([cells] if single else zip(*cells, strict=True))]
        except UnicodeEncodeError:
            return None  # half a surrogate, which UTF-8 can't hold
        return cls(parts, single=single)

    def __len__(self) -> int:
        return len(self.parts[0].codes)

    @overload
    def __getitem__(self, place: int) -> Cell: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Cell]: ...
    def __getitem__(self, place: int | slice) -> Cell | Sequence[Cell]:
        if isinstance(place, slice):
            return list(self.at(np.arange(len(self))[place]))
        texts = tuple(part.texts[int(part.codes[place])].as_py() for part in self.parts)
        return texts[0] if self.single else texts

    def __iter__(self) -> Iterator[Cell]:
        columns = [map(python_texts(part.texts).__getitem__, part.codes.tolist()) for part in self.parts]
        return iter(columns[0]) if self.single else zip(*columns, strict=True)

    def at(self, places: NDArray[np.int64]) -> Cells:
        """Some of the cells, in the order given."""
        return Cells([part.at(places) for part in self.parts], single=self.single)


def _joined_parts(one: Part, other: Part) -> Part:
    """The part of both lots of cells, one after the other."""
    texts = Part.of(pa.concat_arrays([one.texts, other.texts]))
    return Part(np.concatenate([texts.codes[one.codes], texts.codes[other.codes + len(one.texts)]]), texts.texts)


class Values(Sequence[tuple[Cell, ...]]):
    """Many values, each some cells: those of value i are `cells[starts[i]:starts[i + 1]]`."""

    __slots__ = ("cells", "starts")

    def __init__(self, cells: Cells, starts: NDArray[np.int64] | None = None) -> None:
        self.cells = cells
        self.starts = np.arange(len(cells) + 1) if starts is None else starts

    @classmethod
    def of(cls, values: Sequence[tuple[Cell, ...]]) -> Values | None:
        """The same values by part; None where their cells have not all the same number of parts."""
        if isinstance(values, Values):
            return values
        cells = Cells.of([cell for value in values for cell in value])
        sizes = np.fromiter(map(len, values), dtype=np.int64, count=len(values))
        return None if cells is None else cls(cells, np.concatenate([[0], np.cumsum(sizes)]))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def slim(self) -> Values:
        """The same values without most of the texts that none has."""
        cells = Cells([part.slim() for part in self.cells.parts], single=self.cells.single)
        return Values(cells, self.starts)

    @property
    def is_single(self) -> bool:
        """Whether every value has exactly one cell."""
        return len(self.cells) == len(self) and bool((np.diff(self.starts) == 1).all())

    @overload
    def __getitem__(self, place: int) -> tuple[Cell, ...]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[tuple[Cell, ...]]: ...
    def __getitem__(self, place: int | slice) -> tuple[Cell, ...] | Sequence[tuple[Cell, ...]]:
        if isinstance(place, slice):
            return list(self.at(np.arange(len(self))[place]))
        return tuple(self.cells[each] for each in range(self.starts[place], self.starts[place + 1]))

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        if self.is_single:
            return zip(self.cells, strict=True)
        cells = list(self.cells)
        bounds = self.starts.tolist()
        return iter([tuple(cells[start:end]) for start, end in pairwise(bounds)])

    def followed_by(self, others: Sequence[tuple[Cell, ...]]) -> Sequence[tuple[Cell, ...]]:
        """These values and then the others; as tuples where the others' cells don't have the same parts."""
        if not others:
            return self
        more = Values.of(others)
        if more is None or len(more.cells.parts) != len(self.cells.parts) or more.cells.single != self.cells.single:
            return (*self, *others)
        parts = [_joined_parts(*each) for each in zip(self.cells.parts, more.cells.parts, strict=True)]
        starts = np.concatenate([self.starts[:-1], self.starts[-1] + more.starts])
        return Values(Cells(parts, single=self.cells.single), starts)

    def at(self, places: NDArray[np.int64]) -> Values:
        """Some of the values, in the order given."""
        sizes = np.diff(self.starts)[places]
        cells = self.cells.at(spread(self.starts[places], sizes)[1])
        return Values(cells, np.concatenate([[0], np.cumsum(sizes)]))


def joined_texts(parts: Iterable[Texts]) -> Texts:
    """Lots of texts one after another."""
    return pa.concat_arrays([_BLANK[:0], *parts])
