"""Arrow, as far as this library uses it."""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeAlias

# Any: the stubs know too few of the overloads, and call arrays of one type by another's name.
pa: Any = import_module("pyarrow")
pc: Any = import_module("pyarrow.compute")

Texts: TypeAlias = Any
"""An array of strings without nulls."""

ArrowBatch: TypeAlias = Any
"""A record batch."""
