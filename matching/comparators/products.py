"""Product evidence beside the title: model codes, quantities, colors, price."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from matching.comparators.kinds import INCOMPARABLE, LeveledComparator, comparators
from matching.standardize.kinds import Cell

CODE_LEVELS = ("same_model", "shared_code", "extended", "close", "conflict", "other_model")


def _codes(cell: Cell) -> tuple[set[str], set[str]]:
    stated = {code[1:] for code in cell if code.startswith("=")}
    return stated, {code.lstrip("=") for code in cell}


def code_level(left: Cell, right: Cell) -> int:
    """same_model, shared_code, extended (one code continues the other), close, conflict, other_model."""
    stated_l, all_l = _codes(left)
    stated_r, all_r = _codes(right)
    if stated_l & stated_r or stated_l & all_r or all_l & stated_r:
        return 0
    if all_l & all_r:
        return 1
    if any(_extends(a, b) for a in all_l for b in all_r):
        return 2
    if any(len(a) >= 6 and len(b) >= 6 and OSA.distance(a, b, score_cutoff=1) <= 1 for a in all_l for b in all_r):
        return 3
    return 5 if stated_l and stated_r else 4


def _extends(left: str, right: str) -> bool:
    shorter, longer = sorted((left, right), key=len)
    return len(shorter) >= 5 and shorter in longer


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


comparators.register("product_codes")(LeveledComparator(CODE_LEVELS, code_level))
comparators.register("quantities")(LeveledComparator(("same", "overlap", "conflict"), quantity_level))
comparators.register("colors")(LeveledComparator(("same", "overlap", "conflict"), color_level))
comparators.register("price")(
    LeveledComparator(("same", "within_10", "within_25", "within_50", "within_67", "farther"), price_level)
)
