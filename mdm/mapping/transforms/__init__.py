"""The transforms of mappings, by name: how one wire value and one canonical value become each other."""

import importlib
import pkgutil

from matching.registry import Registry
from mdm.mapping.transforms.base import Transform

transforms: Registry[type[Transform]] = Registry("mapping transform")

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
