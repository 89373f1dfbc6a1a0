"""What a comparator is, and the registry of comparators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from matching.cells import Cells, Part, arrow_texts
from matching.registry import Registry
from matching.standardize.kinds import Cell

INCOMPARABLE = -1
FULL = 1000
_MANY = 100
"""Closeness is counted in thousandths, so that sums and lookups are exact."""


Places = NDArray[np.int64]
"""Places in a sequence of cells."""


class TokenWeights(Protocol):
    """Rarity of words, frozen in a model."""

    def __call__(self, token: str) -> int:
        """Rarity in 64ths of a bit; the rarer, the higher."""


@dataclass(frozen=True, slots=True, eq=False)
class Grades:
    """Levels of many pairs (INCOMPARABLE where a side is silent), and their closeness where the comparator has one."""

    levels: NDArray[np.int16]
    closeness: NDArray[np.int16] | None = None


class Comparator(Protocol):
    """Grades pairs of standardized cells. Symmetric, and a function of the two cells and the word rarities alone.

    `levels` are named best first. `bounds` is empty, or the least closeness of each level; weights are then
    interpolated between the levels. `uses_tokens` asks for word rarities of the feature.
    """

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels, best first."""

    @property
    def bounds(self) -> tuple[int, ...]:
        """Least closeness of each level, or empty."""

    @property
    def uses_tokens(self) -> bool:
        """Whether grading asks for word rarities."""

    @property
    def in_columns(self) -> bool:
        """Whether it grades by parts, each two different ones once: pairs of equal cells then cost little."""

    def grade(self, cells: Sequence[Cell], left: Places, right: Places, tokens: TokenWeights) -> Grades:
        """Grade `cells[left[i]]` against `cells[right[i]]` for every i."""

    def term(self, cell: Cell) -> str:
        """What the frequency adjustment counts for a cell; "" to leave it out."""

    def terms(self, cells: Cells) -> Part:
        """The term of each cell."""


@runtime_checkable
class PairComparator(Comparator, Protocol):
    """A comparator that also grades one pair, without arrays."""

    @property
    def level_of(self) -> Callable[[Cell, Cell], int]:
        """The level of two cells, or INCOMPARABLE; the same that `grade` says."""


def pairs_of(cells: Sequence[Cell], left: Places, right: Places) -> tuple[list[Cell], list[Cell]]:
    """Both sides of every pair, spelled out."""
    cells = list(cells)
    return [cells[each] for each in left.tolist()], [cells[each] for each in right.tolist()]


def words_of(cell: Cell) -> tuple[str, ...]:
    """The words whose rarity counts: of a text its words, of a set its members without the mark of stated ones."""
    return tuple(cell.split()) if isinstance(cell, str) else tuple(each.lstrip("=") for each in cell)


@dataclass(frozen=True, slots=True)
class LeveledComparator:
    """A comparator made of a function that names the level of one pair by its index, or INCOMPARABLE.

    `levels_of` may say the same of many pairs of cells by parts; the function is then for a few. The term is the
    entry at `term_place`, or the whole cell.
    """

    levels: tuple[str, ...]
    level_of: Callable[[Cell, Cell], int]
    levels_of: Callable[[Cells, Places, Places], NDArray[np.int16]] | None = None
    term_place: int | None = None
    bounds: tuple[int, ...] = ()
    uses_tokens: bool = False

    @property
    def in_columns(self) -> bool:
        """Whether many pairs are graded by parts."""
        return self.levels_of is not None

    def grade(self, cells: Sequence[Cell], left: Places, right: Places, tokens: TokenWeights) -> Grades:
        """Grade each pair by the level function, or all at once."""
        by_part = Cells.of(cells) if self.levels_of and len(left) >= _MANY else None
        if by_part is not None and self.levels_of:
            return Grades(self.levels_of(by_part, left, right))
        ends = pairs_of(cells, left, right)
        return Grades(np.fromiter(map(self.level_of, *ends), dtype=np.int16, count=len(left)))

    def term(self, cell: Cell) -> str:
        """The term of the cell."""
        if isinstance(cell, str):
            return cell
        return "|".join(cell) if self.term_place is None else cell[self.term_place]

    def terms(self, cells: Cells) -> Part:
        """The term of each cell."""
        if self.term_place is None and len(cells.parts) > 1:
            return Part.of(arrow_texts([self.term(cell) for cell in cells]))
        return cells.parts[self.term_place or 0]


@dataclass(frozen=True, slots=True)
class ClosenessComparator:
    """A comparator made of a function that gives the closeness of one pair in thousandths, or INCOMPARABLE."""

    levels: tuple[str, ...]
    bounds: tuple[int, ...]
    closeness_of: Callable[[str, str, TokenWeights], int]
    uses_tokens: bool = True
    in_columns: bool = False

    def grade(self, cells: Sequence[Cell], left: Places, right: Places, tokens: TokenWeights) -> Grades:
        """Grade each pair by its closeness."""
        ends = pairs_of(cells, left, right)
        closeness = np.fromiter(
            (self.closeness_of(str(a), str(b), tokens) for a, b in zip(*ends, strict=True)),
            dtype=np.int16,
            count=len(left),
        )
        return Grades(levels_of(closeness, self.bounds), closeness)

    def term(self, cell: Cell) -> str:
        """The whole cell."""
        return str(cell)

    def terms(self, cells: Cells) -> Part:
        """The whole cells."""
        return cells.parts[0]


def levels_of(closeness: NDArray[np.int16], bounds: tuple[int, ...]) -> NDArray[np.int16]:
    """The first level whose bound each closeness reaches; INCOMPARABLE stays."""
    rising = np.array(bounds[::-1], dtype=np.int16)
    level = len(bounds) - np.searchsorted(rising, closeness, side="right")
    return np.where(closeness < 0, INCOMPARABLE, np.minimum(level, len(bounds) - 1)).astype(np.int16)


comparators: Registry[Comparator] = Registry("comparators")
