"""What `manage.py doctor` can check, by name. A module of this package registers one check."""

import importlib
import pkgutil

from mdm.doctor.base import Check, checks

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["Check", "checks"]
