"""Remote records: which golden record each target's record belongs to, and what the target last confirmed."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from mdm.bulk import add_objects
from mdm.models import GoldenRecord, RemoteRecord, SourceRecord, SystemMode


def follow_crosswalk(moved: Mapping[int, int]) -> None:
    """Remote records move with the source records they are: `moved` maps source record → golden record id.

    A connected system's source record is its remote record, so new ones get theirs here. The first of a golden record's
    remote records in a target, by key, is primary unless one is already.
    """
    records = SourceRecord.objects.filter(pk__any=moved).exclude(source_system__mode=SystemMode.OFF)
    wanted: dict[tuple[int, str, str], int] = {}
    for pk, system, entity_type, key, connector in records.values_list(
        "pk", "source_system_id", "entity_type", "key", "source_system__connector"
    ):
        if connector:
            wanted[system, entity_type, key] = moved[pk]
    if not wanted:
        return
    known = {
        (remote.target_id, remote.entity_type, remote.key): remote
        for remote in RemoteRecord.objects.select_for_update()
        .filter(target__in={t for t, _, _ in wanted}, key__any={k for _, _, k in wanted})
        .order_by("pk")
    }
    followers = [known[identity] for identity in wanted if identity in known]
    left = {(remote.target_id, remote.golden_record_id) for remote in followers}
    for remote in followers:
        remote.golden_record_id = wanted[remote.target_id, remote.entity_type, remote.key]
        remote.is_primary = False
    RemoteRecord.objects.bulk_update(followers, ["golden_record", "is_primary"], batch_size=500)
    add_objects(
        [
            RemoteRecord(target_id=target, entity_type=entity_type, key=key, golden_record_id=golden, is_primary=False)
            for (target, entity_type, key), golden in sorted(wanted.items())
            if (target, entity_type, key) not in known
        ]
    )
    _elect_primaries({*left, *((target, golden) for (target, _, _), golden in wanted.items())})


def move_remote_records(moved: Mapping[int, int]) -> None:
    """Remote records that are no source record yet go where a steward says: remote record id → golden record id."""
    remotes = list(RemoteRecord.objects.select_for_update().filter(pk__in=moved).order_by("pk"))
    left = {(remote.target_id, remote.golden_record_id) for remote in remotes}
    for remote in remotes:
        remote.golden_record_id, remote.is_primary = moved[remote.pk], False
    RemoteRecord.objects.bulk_update(remotes, ["golden_record", "is_primary"])
    _elect_primaries(left | {(remote.target_id, remote.golden_record_id) for remote in remotes})


@transaction.atomic
def register_created_record(
    golden_record: GoldenRecord, *, target_id: int, key: str, remote_version: str, sent: Mapping[str, Any], at: datetime
) -> RemoteRecord:
    """A target made a record because we asked it to: from now on its key is ours to know. Repeating it is harmless."""
    remote, created = RemoteRecord.objects.get_or_create(
        target_id=target_id,
        entity_type=golden_record.entity_type,
        key=key,
        defaults={
            "golden_record": golden_record,
            "is_primary": False,
            "remote_version": remote_version,
            "sent": dict(sent),
            "confirmed_at": at,
        },
    )
    if not created:
        # The target told of its new record before it answered us.
        confirm_sent(remote.pk, sent=sent, remote_version=remote_version, at=at)
    _elect_primaries({(target_id, remote.golden_record_id)})
    return RemoteRecord.objects.get(pk=remote.pk)


def confirm_sent(remote_record_id: int, *, sent: Mapping[str, Any], remote_version: str, at: datetime) -> None:
    """The target confirmed these canonical attribute values; coming back, they are echoes. What was gone is back."""
    remote = RemoteRecord.objects.select_for_update().get(pk=remote_record_id)
    remote.sent = {**remote.sent, **sent}
    remote.remote_version = remote_version
    remote.confirmed_at = at
    was_gone, remote.gone_at = remote.gone_at is not None, None
    remote.save(update_fields=["sent", "remote_version", "confirmed_at", "gone_at"])
    if was_gone:
        _elect_primaries({(remote.target_id, remote.golden_record_id)})


@transaction.atomic
def mark_gone(remote_record_id: int, *, at: datetime) -> None:
    """The target no longer has this record; another one of the golden record there becomes primary, if there is one."""
    remote = RemoteRecord.objects.select_for_update().get(pk=remote_record_id)
    if remote.gone_at is None:
        remote.gone_at = at
        remote.is_primary = False
        remote.save(update_fields=["gone_at", "is_primary"])
        _elect_primaries({(remote.target_id, remote.golden_record_id)})


def forget_erased(remote_record_id: int, *, at: datetime) -> None:
    """The target has deleted its record of an erased golden record: its key there is forgotten as well."""
    RemoteRecord.objects.filter(pk=remote_record_id).update(
        key=f"erased-{remote_record_id}", sent={}, remote_version="", is_primary=False, gone_at=at
    )


def _elect_primaries(groups: set[tuple[int, int]]) -> None:
    """Each (target, golden record) with remote records but no primary gets one: the lowest key."""
    candidates: dict[tuple[int, int], list[RemoteRecord]] = defaultdict(list)
    rows = RemoteRecord.objects.filter(
        target__in={target for target, _ in groups}, golden_record__any={golden for _, golden in groups}, gone_at=None
    )
    for remote in rows.order_by("key"):
        candidates[remote.target_id, remote.golden_record_id].append(remote)
    elected = [
        remotes[0].pk
        for group, remotes in candidates.items()
        if group in groups and not any(remote.is_primary for remote in remotes)
    ]
    RemoteRecord.objects.filter(pk__any=elected).update(is_primary=True)
