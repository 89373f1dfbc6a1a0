"""Every kind of finding, by name. A module of this package registers one."""

import importlib
import pkgutil

from mdm.radar.base import Kind, kinds

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["Kind", "kinds"]
