"""Which target records would belong to which golden record, once source records have moved."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mdm.models import RemoteRecord, SourceRecord, SystemMode
from mdm.ports import MovedKeys
from mdm.services.rehearsal.regrouping import Regrouping

Identity = tuple[int, str, str]  # target, entity type, key


@dataclass(frozen=True, slots=True)
class RemoteHomes:
    """Target records on the move with their homes, and what targets would call golden records then."""

    home_of: Mapping[Identity, int]
    arriving: Mapping[int, Sequence[RemoteRecord]]
    keys: MovedKeys

    def of(self, golden_record_ids: Iterable[int]) -> dict[int, list[RemoteRecord]]:
        """The target records that homes would have: those that stay, and those that arrive."""
        homes = list(golden_record_ids)
        found: dict[int, list[RemoteRecord]] = defaultdict(list)
        for remote in RemoteRecord.objects.filter(golden_record__any=[home for home in homes if home > 0]):
            if _identity(remote) not in self.home_of:
                found[remote.golden_record_id].append(remote)
        for home in homes:
            found[home] += self.arriving.get(home, ())
        return found


def remote_homes(grouping: Regrouping) -> RemoteHomes:
    """As the crosswalk's followers move: a connected system's source record is its target record."""
    moved = grouping.moved
    rows = SourceRecord.objects.filter(pk__any=moved).exclude(source_system__mode=SystemMode.OFF)
    wanted: dict[Identity, int] = {
        (system, kind, key): moved[pk]
        for pk, system, kind, key, connector in rows.order_by("pk").values_list(
            "pk", "source_system_id", "entity_type", "key", "source_system__connector"
        )
        if connector
    }
    known = {
        _identity(remote): remote for remote in RemoteRecord.objects.filter(key__any=[key for _, _, key in wanted])
    }
    arriving: dict[int, list[RemoteRecord]] = defaultdict(list)
    for number, (identity, home) in enumerate(wanted.items(), start=1):
        target, kind, key = identity
        fresh = RemoteRecord(pk=-number, target_id=target, entity_type=kind, key=key, is_primary=False)
        arriving[home].append(known.get(identity, fresh))
    homes = {*moved.values(), *(grouping.placed[record] for record in moved if record in grouping.placed)}
    unnamed = RemoteHomes(wanted, arriving, MovedKeys(frozenset(), {}))
    return RemoteHomes(wanted, arriving, _keys(unnamed.of(sorted(homes)), homes, grouping))


def _keys(remotes: Mapping[int, Sequence[RemoteRecord]], homes: Iterable[int], grouping: Regrouping) -> MovedKeys:
    """The primary record of each golden record in each target: the one it has if that stays, else the lowest key."""
    by_target: dict[int, dict[str, str]] = defaultdict(dict)
    for home, owned in remotes.items():
        arriving = {remote.pk for remote in owned if home != remote.golden_record_id}
        first = sorted(owned, key=lambda each: (not each.is_primary or each.pk in arriving, each.key))
        for remote in first:
            if remote.gone_at is None:
                by_target[remote.target_id].setdefault(grouping.called(home), remote.key)
    return MovedKeys(frozenset(map(grouping.called, homes)), by_target)


def _identity(remote: RemoteRecord) -> Identity:
    return remote.target_id, remote.entity_type, remote.key
