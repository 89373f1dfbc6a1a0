"""Connectors by name, found by importing the modules of this package."""

import pkgutil
from importlib import import_module

from sync.connectors.base import (
    Connector,
    DeliveryError,
    Held,
    Limits,
    Outgoing,
    Page,
    Receipt,
    RemoteAttribute,
    RemoteEntity,
    Tier,
    Token,
    connector_for,
    connectors,
)

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "Connector",
    "DeliveryError",
    "Held",
    "Limits",
    "Outgoing",
    "Page",
    "Receipt",
    "RemoteAttribute",
    "RemoteEntity",
    "Tier",
    "Token",
    "connector_for",
    "connectors",
]
