"""The survivorship strategies, by name. A module of this package registers one."""

import importlib
import pkgutil

from matching.registry import Registry
from mdm.survivorship.candidates import Strategy

strategies: Registry[Strategy] = Registry("survivorship strategy")

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
