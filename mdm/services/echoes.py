"""What a system says back of what we sent it: told apart from what it says of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from mdm.models import RemoteRecord, SourceRecord, SourceSystem, SystemMode


def sent_values(system: SourceSystem, entity_type: str, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What we last sent the system of each of these records, by key."""
    if system.mode == SystemMode.OFF:
        return {}
    return dict(
        RemoteRecord.objects.filter(target=system, entity_type=entity_type, key__any=keys).values_list("key", "sent")
    )


def accepted_values(values: dict[str, Any], record: SourceRecord | None, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What of `values` the system says of its own: an attribute equal to what we last sent it is an echo.

    For an echo the value accepted before stays, so a value of ours never counts as the system's own.
    """
    before = record.accepted if record is not None else {}
    made_by_us = record is None and bool(sent)
    accepted = {}
    for name, value in values.items():
        if made_by_us and value in (None, []):
            continue  # nobody over there has said "none": we left it out when we made the record
        if name in sent and sent[name] == value:
            if name in before:
                accepted[name] = before[name]
        else:
            accepted[name] = value
    return accepted


def forget_overwritten(
    system: SourceSystem, entity_type: str, values: Mapping[str, dict[str, Any]], sent: Mapping[str, dict[str, Any]]
) -> None:
    """A sent value the system has since replaced is no longer ours: coming back later, it is the system's own."""
    replaced = {
        key: {name for name, value in known.items() if name in values[key] and values[key][name] != value}
        for key, known in sent.items()
    }
    overwritten = RemoteRecord.objects.filter(
        target=system, entity_type=entity_type, key__in=[key for key, names in replaced.items() if names]
    )
    remotes = list(overwritten)
    for remote in remotes:
        remote.sent = {name: value for name, value in remote.sent.items() if name not in replaced[remote.key]}
    RemoteRecord.objects.bulk_update(remotes, ["sent"], batch_size=500)
