"""The registry of standardizers: each turns the attribute values of one record into comparable cells."""

from __future__ import annotations

from collections.abc import Callable

from matching.registry import Registry

Cell = str | tuple[str, ...]
"""One standardized value: a string, or parts in a fixed order with "" for a missing part."""

Alternatives = tuple[str, ...]
Standardizer = Callable[[tuple[Alternatives, ...]], tuple[Cell, ...]]
"""Takes the alternatives of each declared attribute, answers the distinct cells, best known first; () for none."""

standardizers: Registry[Standardizer] = Registry("standardizers")
