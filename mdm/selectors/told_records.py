"""Source records as matching and survivorship see them, read in thousands."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from mdm.models import SourceRecord


class ToldRecord(NamedTuple):
    """What a source record says: a plain row, since a model object a record costs more than all that is done with it.

    `system` is the name of its source system. Any: canonical JSON values.
    """

    pk: int
    system: str
    entity_type: str
    key: str
    accepted: dict[str, Any]
    source_modified_at: datetime | None
    received_at: datetime
    tombstoned_at: datetime | None

    @property
    def name(self) -> str:
        """The name matching knows it by, the same in every database."""
        return f"{self.system}:{self.key}"

    @classmethod
    def of(cls, record: SourceRecord) -> "ToldRecord":
        """The same from a record that has been read already."""
        return cls(
            record.pk,
            record.source_system.name,
            record.entity_type,
            record.key,
            record.accepted,
            record.source_modified_at,
            record.received_at,
            record.tombstoned_at,
        )


class PlacedRecord(NamedTuple):
    """A source record by its names alone, with the correlation id of what it said last, and when it was deleted."""

    pk: int
    system: str
    entity_type: str
    key: str
    correlation_id: UUID
    tombstoned_at: datetime | None

    @property
    def name(self) -> str:
        """The name matching knows it by, the same in every database."""
        return f"{self.system}:{self.key}"


_NAMES = ("pk", "source_system__name", "entity_type", "key")
_TOLD = (*_NAMES, "accepted", "source_modified_at", "received_at", "tombstoned_at")


def told_records(records: QuerySet[SourceRecord]) -> list[ToldRecord]:
    """These records, in the query's order."""
    return [ToldRecord._make(row) for row in records.values_list(*_TOLD)]


def told_in_portions(records: QuerySet[SourceRecord], *, size: int) -> Iterator[list[ToldRecord]]:
    """The same in lists of at most `size`, from a cursor on the server."""
    rows = records.values_list(*_TOLD).iterator(chunk_size=size)
    while portion := [ToldRecord._make(row) for row in islice(rows, size)]:
        yield portion


def placed_records(records: QuerySet[SourceRecord]) -> list[PlacedRecord]:
    """The names of these records, in the query's order."""
    return [PlacedRecord._make(row) for row in records.values_list(*_NAMES, "correlation_id", "tombstoned_at")]
