"""Logs: one JSON object a line for servers, plain lines for a person; never a secret."""

import logging.config
import re
from collections.abc import MutableMapping
from enum import StrEnum
from typing import Any

import structlog

SECRET_NAME = re.compile(r"password|passwd|secret|token|authorization|cookie|api_?key|credential", re.IGNORECASE)
ADDRESS_PASSWORD = re.compile(r"(?<=://)([^\s/:@]*):[^\s@/]+@")
HIDDEN = "[hidden]"


class LogFormat(StrEnum):
    """How log lines look."""

    JSON = "json"
    CONSOLE = "console"


def hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank fields whose name says secret, and passwords inside addresses wherever they stand."""
    for name, value in event.items():
        if SECRET_NAME.search(name):
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = ADDRESS_PASSWORD.sub(rf"\1:{HIDDEN}@", value)
    return event


_BEFORE_RENDERING: list[Any] = [  # Any: structlog's processors share no narrower type
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_settings(*, log_format: LogFormat, level: str) -> dict[str, Any]:
    """A dictionary for logging.config: everything to standard error through one formatter."""
    render: list[Any] = (
        [structlog.processors.format_exc_info, hide_secrets, structlog.processors.JSONRenderer()]
        if log_format is LogFormat.JSON
        else [structlog.processors.format_exc_info, hide_secrets, structlog.dev.ConsoleRenderer(colors=False)]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _BEFORE_RENDERING,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Statements and request bodies carry attribute values.
            "django.db.backends": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }


def configure(configuration: dict[str, Any]) -> None:
    """Set up the standard library's logging and structlog alike. Named by LOGGING_CONFIG."""
    logging.config.dictConfig(configuration)
    structlog.configure(
        processors=[*_BEFORE_RENDERING, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
