"""The verbs of the command line, a module each: `NAME`, `HELP`, `add_options`, `run`."""

from __future__ import annotations

from types import ModuleType

from matching.commands import dedupe, evaluate, explain, label, propose_blocking, train

VERBS: tuple[ModuleType, ...] = (dedupe, evaluate, explain, label, train, propose_blocking)
