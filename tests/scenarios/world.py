"""A hub in which a scenario happens, and a look at what it says, with names in place of ids."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mdm.models import (
    HUB,
    AttributePin,
    CandidatePair,
    ChangeEffect,
    ChangeRequest,
    CrosswalkEntry,
    GoldenRecord,
    MatchDecision,
    PriceConflict,
    ReopeningCondition,
    SourceRecord,
)
from stewardship.models import Task, TaskKind, TaskState
from tests.builders import Clock


@dataclass(frozen=True, slots=True)
class Seen:
    """One golden record as the hub has it. `holds` names what the hub wrote itself just `hub`."""

    public_id: str
    status: str
    leads_to: str
    holds: tuple[str, ...]
    values: Mapping[str, Any]


@dataclass(slots=True)
class World:
    """The hub of one scenario. `units` are decisions by the name a scenario gives them, `ids` public ids by name."""

    clock: Clock
    units: dict[str, uuid.UUID] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def golden_records(self) -> list[Seen]:
        """Every golden record there is, by id."""
        holds: dict[int, list[str]] = defaultdict(list)
        entries = CrosswalkEntry.objects.filter(unlinked_at=None, source_record__entity_type="customer")
        for entry in entries.select_related("source_record__source_system"):
            holds[entry.golden_record_id].append(_name_of(entry.source_record))
        records = GoldenRecord.objects.filter(entity_type="customer").select_related("merged_into").order_by("pk")
        return [
            Seen(
                record.public_id,
                record.status,
                record.merged_into.public_id if record.merged_into else "",
                tuple(sorted(holds[record.pk])),
                record.document["attributes"],
            )
            for record in records
        ]

    def name_ids(self, holds_of: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """Public id → name. An id that no earlier moment named takes the name of a row with the same source records."""
        known = {public_id: name for name, public_id in self.ids.items()}
        for seen in self.golden_records():
            if seen.public_id in known:
                continue
            fitting = [
                name for name, holds in holds_of.items() if name not in self.ids and sorted(holds) == [*seen.holds]
            ]
            if fitting:
                self.ids[fitting[0]] = seen.public_id
                known[seen.public_id] = fitting[0]
        return known

    def questions(self) -> list[str]:
        """What waits for a steward, in words."""
        return sorted(_question(task) for task in Task.objects.filter(state=TaskState.OPEN))


def _question(task: Task) -> str:
    ask = _ASKED.get(TaskKind(task.kind))
    return ask(task) if ask else _plainly(task)


def _plainly(task: Task) -> str:
    return f"{task.kind.replace('_', ' ')}: {task.title}"


def _review(task: Task) -> str:
    pair = CandidatePair.objects.get(pk=task.subject_id)
    return f"are {_names([pair.left, pair.right])} the same?"


def _pin(task: Task) -> str:
    return f"{AttributePin.objects.get(pk=task.subject_id).attribute} is pinned; does it still hold?"


def _approval(task: Task) -> str:
    request = ChangeRequest.objects.get(pk=task.subject_id)
    origin = request.origin_system
    if request.parts.filter(effect=ChangeEffect.SURVIVE).exists():
        return f"may {origin} change what stands?"
    return f"may {origin} change what others own?" if origin != HUB else _plainly(task)


def _decision(task: Task) -> str:
    decision = MatchDecision.objects.get(unit=ReopeningCondition.objects.get(pk=task.subject_id).unit)
    return f"does the decision about {_names([decision.left, decision.right])} still hold?"


def _price_conflict(task: Task) -> str:
    conflict = PriceConflict.objects.get(pk=task.subject_id)
    agreements = SourceRecord.objects.filter(
        crosswalk_entries__golden_record__in=(conflict.left, conflict.right), crosswalk_entries__unlinked_at=None
    )
    customers = sorted(f"{each.source_system.name}:{each.accepted['customer']['key']}" for each in agreements)
    return f"which of the prices promised to {' and '.join(customers)} holds?"


_ASKED: dict[TaskKind, Callable[[Task], str]] = {
    TaskKind.MATCH_REVIEW: _review,
    TaskKind.PIN: _pin,
    TaskKind.APPROVAL: _approval,
    TaskKind.DECISION: _decision,
    TaskKind.PRICE_CONFLICT: _price_conflict,
    TaskKind.REPARTITION: lambda _task: "may these records be grouped anew?",
}


def _names(records: Iterable[SourceRecord]) -> str:
    return " and ".join(sorted(_name_of(record) for record in records))


def _name_of(record: SourceRecord) -> str:
    system = record.source_system.name
    return HUB if system == HUB else f"{system}:{record.key}"
