"""What a check of the doctor is."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connections, transaction

from matching.registry import Registry
from mdm.entity_types.base import JsonValue


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a check came to: `lines` for people, `document` for machines; `ailment` is the first thing broken."""

    lines: tuple[str, ...]
    document: dict[str, JsonValue]
    ailment: str | None


class Check(Protocol):
    summary: str

    def add_arguments(self, parser: ArgumentParser) -> None: ...

    def diagnose(self, options: dict[str, Any]) -> Diagnosis:
        """Look, and change nothing. Raises HubError when it cannot be told."""
        ...


checks: Registry[type[Check]] = Registry("check")


@contextmanager
def one_moment(using: str = "default") -> Iterator[None]:
    """All queries inside see the database as it is now; inside of another transaction, as that one sees it."""
    outermost = not connections[using].in_atomic_block
    with transaction.atomic(using=using):
        if outermost:
            with connections[using].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
