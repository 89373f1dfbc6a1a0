"""Verifiers of tax registrations by name, found by importing the modules of this package."""

import pkgutil
from importlib import import_module

from mdm.tax.verifiers.base import Answer, Configured, Spread, Verifier, verifiers

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["Answer", "Configured", "Spread", "Verifier", "verifiers"]
