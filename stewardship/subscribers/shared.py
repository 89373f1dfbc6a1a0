"""What several kinds of tasks need."""

from collections.abc import Iterator, Sequence

from mdm.entity_types import entity_types
from mdm.models import SourceRecord
from stewardship.services.tasks import AT_ONCE


def title_of(record: SourceRecord) -> str:
    """What people call the record; at most 140 characters."""
    return (entity_types.get(record.entity_type).title(record.accepted) or record.key)[:140]


def portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """As many as one statement takes, time and again."""
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
