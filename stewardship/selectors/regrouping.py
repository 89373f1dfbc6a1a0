"""A held regrouping: the present grouping beside the one that matching computes."""

from dataclasses import dataclass

from mdm.entity_types import entity_types
from mdm.models import GoldenRecord, SourceRecord
from stewardship.models import Task
from stewardship.selectors.naming import golden_records_of


@dataclass(frozen=True, slots=True)
class Member:
    """One source record of the component."""

    record: SourceRecord
    title: str
    golden: GoldenRecord | None


@dataclass(frozen=True, slots=True)
class Regrouping:
    """Groups of members, now and as computed when the task was opened."""

    current: tuple[tuple[Member, ...], ...]
    computed: tuple[tuple[Member, ...], ...]


def regrouping_of(task: Task) -> Regrouping:
    """Both groupings with the records' names."""
    ids = task.details["source_record_ids"]
    records = SourceRecord.objects.select_related("source_system").defer("payload", "canonical").in_bulk(ids)
    homes = golden_records_of(ids)
    title = entity_types.get(task.entity_type).title
    members = {
        pk: Member(record, title(record.accepted) or record.key, homes.get(pk)) for pk, record in records.items()
    }

    def groups(of: list[list[int]]) -> tuple[tuple[Member, ...], ...]:
        return tuple(tuple(members[pk] for pk in group if pk in members) for group in of)

    return Regrouping(groups(task.details["current"]), groups(task.details["computed"]))
