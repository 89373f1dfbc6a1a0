"""The checks of quality rules, by name. A module of this package registers one or a few of a kind."""

import importlib
import pkgutil

from mdm.rules.checks.base import Beside, Check, checks

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["Beside", "Check", "checks"]
