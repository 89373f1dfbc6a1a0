"""The registry of standardizers: each turns the attribute values of one record into comparable cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.cells import Cell, Part
from matching.registry import Registry

__all__ = ["Alternatives", "BulkStandardizer", "Cell", "Made", "Standardizer", "bulk_standardizers", "standardizers"]

Alternatives = tuple[str, ...]
Standardizer = Callable[[tuple[Alternatives, ...]], tuple[Cell, ...]]
"""Takes the alternatives of each declared attribute, answers the distinct cells, best known first; () for none."""

standardizers: Registry[Standardizer] = Registry("standardizers")


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What was made of many records at once: the parts of one cell each, a record without any filled part having none.

    `told` marks the records that this holds for; the others are standardized one by one.
    """

    parts: tuple[Part, ...]
    told: NDArray[np.bool_]


BulkStandardizer = Callable[[Sequence[Part]], Made]
"""Takes each declared attribute of many records that state no alternatives, the same records in each."""

bulk_standardizers: Registry[BulkStandardizer] = Registry("bulk standardizers")
"""The standardizers of the same names for whole columns: a record they tell of has what the other makes of it."""
