"""Kept payloads, read again under the mapping now in force."""

from collections.abc import Iterator
from datetime import datetime

from mdm.actors import Actor
from mdm.models import SourceRecord, SourceSystem
from mdm.services.intake import Intake, current_mapping, receive_payloads

_AT_ONCE = 1000


def read_again(system: SourceSystem, entity_type: str, *, actor: Actor, at: datetime) -> Iterator[Intake]:
    """Read what another mapping read before, a batch at a time, each in its own transaction; settle it afterwards.

    Killed half-way, the next call goes on from there. A payload that the mapping refuses goes to quarantine, and its
    record keeps what it said. What the system has deleted is left alone. Raises MappingMissing.
    """
    version, _ = current_mapping(system, entity_type)
    others = SourceRecord.objects.filter(source_system=system, entity_type=entity_type, tombstoned_at=None)
    others = others.exclude(mapping=version).order_by("pk")
    last = 0
    while batch := list(others.filter(pk__gt=last).values_list("pk", "payload")[:_AT_ONCE]):
        last = batch[-1][0]
        yield receive_payloads(system, entity_type, [payload for _, payload in batch], actor=actor, at=at)
