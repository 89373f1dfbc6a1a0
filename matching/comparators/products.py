"""Product evidence beside the title: model codes, quantities, colors, price."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import OSA

from matching.cells import Cells, Part, arrow_texts
from matching.comparators.kinds import (
    INCOMPARABLE,
    Grades,
    LeveledComparator,
    Places,
    TokenWeights,
    comparators,
    pairs_of,
)
from matching.standardize.kinds import Cell

CODE_LEVELS = ("same_model", "shared_code", "extended", "common_code", "close", "conflict", "other_model")
_RARE_CODE = 9 * 64


def _codes(cell: Cell) -> tuple[set[str], set[str]]:
    stated = {code[1:] for code in cell if code.startswith("=")}
    return stated, {code.lstrip("=") for code in cell}


class ProductCodeComparator:
    """Model numbers, stated or found in a title. Codes that many products bear (1080P, USB20) prove little."""

    levels = CODE_LEVELS
    bounds: tuple[int, ...] = ()
    uses_tokens = True
    in_columns = False

    def grade(self, cells: Sequence[Cell], left: Places, right: Places, tokens: TokenWeights) -> Grades:
        """Grade each pair."""
        levels = (code_level(a, b, tokens) for a, b in zip(*pairs_of(cells, left, right), strict=True))
        return Grades(np.fromiter(levels, dtype=np.int16, count=len(left)))

    def term(self, cell: Cell) -> str:
        """All codes of the cell."""
        return "|".join(cell)

    def terms(self, cells: Cells) -> Part:
        """All codes of each cell."""
        return Part.of(arrow_texts([self.term(cell) for cell in cells]))


def code_level(left: Cell, right: Cell, tokens: TokenWeights) -> int:
    """Index in CODE_LEVELS: `extended` means that one code continues the other, `close` that one character differs."""
    stated_l, all_l = _codes(left)
    stated_r, all_r = _codes(right)
    stated = (stated_l & all_r) | (all_l & stated_r)
    if any(tokens(code) >= _RARE_CODE for code in stated):
        return 0
    shared = all_l & all_r
    if any(tokens(code) >= _RARE_CODE for code in shared):
        return 1
    if any(_extends(a, b) for a in all_l for b in all_r):
        return 2
    if stated_l and stated_r:
        return 4 if _any_close(stated_l, stated_r) else 6
    if shared:
        return 3
    return 4 if _any_close(all_l, all_r) else 5


def _any_close(left: set[str], right: set[str]) -> bool:
    return any(len(a) >= 5 and len(b) >= 5 and OSA.distance(a, b, score_cutoff=1) <= 1 for a in left for b in right)


def _extends(left: str, right: str) -> bool:
    shorter, longer = sorted((left, right), key=len)
    return len(shorter) >= 5 and len(shorter) < len(longer) and shorter in longer


def quantity_level(left: Cell, right: Cell) -> int:
    """same, overlap, conflict: a unit that both name with no amount in common; incomparable without a common unit."""
    units_l, units_r = ({each.partition(":")[0] for each in cell} for cell in (left, right))
    common = units_l & units_r
    if not common:
        return INCOMPARABLE
    amounts_l, amounts_r = set(left), set(right)
    shared = {each.partition(":")[0] for each in amounts_l & amounts_r}
    if shared == common:
        return 0
    return 1 if shared else 2


def color_level(left: Cell, right: Cell) -> int:
    """same, overlap, conflict."""
    if left == right:
        return 0
    return 1 if set(left) & set(right) else 2


def price_level(left: Cell, right: Cell) -> int:
    """within 2 %, 10 %, 25 %, a half, a factor of three, farther."""
    low, high = sorted((float(str(left)), float(str(right))))
    ratio = low / high
    return next((level for level, least in enumerate((0.98, 0.9, 0.75, 0.5, 1 / 3)) if ratio >= least), 5)


comparators.register("product_codes")(ProductCodeComparator())
comparators.register("quantities")(LeveledComparator(("same", "overlap", "conflict"), quantity_level))
comparators.register("colors")(LeveledComparator(("same", "overlap", "conflict"), color_level))
comparators.register("price")(
    LeveledComparator(("same", "within_10", "within_25", "within_50", "within_67", "farther"), price_level)
)
