"""Blocking keys and pairs of many source records that wait, all made before any of the records is placed.

First the keys of all, then each pair once, with the later of its records. So nothing is placed before all that it may
belong to is known: every golden record is made once, from all its source records, and every record is standardized with
those it is compared with, not again with each batch that comes after it.

Portions commit by themselves and may be made side by side. What is killed half-way is begun again, which does no harm.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
import numpy.typing as npt
from django.db.models import BigIntegerField
from django.db.models.expressions import RawSQL

from matching.components import component_of_rows, members_of
from mdm.bulk import few_collections
from mdm.entity_types import entity_types
from mdm.models import HUB, BlockingKey, SourceRecord
from mdm.selectors.rollouts import UnderWay, under_way
from mdm.services.candidates import drop_stale, keep_pairs, pairs_to_score, renew_keys, scored_pairs, standardized_batch
from mdm.services.locks import lock_all_blocking_keys
from mdm.services.parking import unless_failed
from mdm.services.retries import atomically
from mdm.services.rule_sets import PublishedRules, rules_to_work_by
from mdm.side_by_side import side_by_side

SCORED_MORE_AT_ONCE = 5
"""The more records at once, the fewer are standardized again because they share a key with earlier ones."""

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Portion:
    """Source records by rising primary key, and for each which transaction wrote its row last.

    That is another one when anything about the record has changed since.
    """

    ids: Ids
    row_versions: Ids

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, places: Ids | npt.NDArray[np.bool_]) -> "Portion":
        """Those of the records."""
        return Portion(self.ids[places], self.row_versions[places])


@dataclass(frozen=True, slots=True)
class Keyed:
    """Source records whose blocking keys are stored, as they were then."""

    portion: Portion
    rule_set_id: int


@dataclass(frozen=True, slots=True)
class Scored:
    """How many pairs were scored with a portion, and the ends of those that weigh enough to be kept; shape (n, 2)."""

    ids: Ids
    pairs: int
    kept: Ids


@dataclass(frozen=True, slots=True)
class Prescored:
    """Source records of which everything is known but their place, as they were then; `kept` are pairs of them."""

    rule_set_id: int
    records: Portion
    pairs: int
    kept: Ids

    def portions(self, *, size: int) -> Iterator[Portion]:
        """The records in portions of `size` and more: what pairs connect stays together."""
        waiting = self.records.ids
        rows = np.searchsorted(waiting, self.kept)
        portion: list[int] = []
        for members in members_of(component_of_rows(len(waiting), rows[:, 0], rows[:, 1])):
            portion += members
            if len(portion) >= size:
                yield self.records.at(np.sort(np.array(portion, dtype=np.int64)))
                portion = []
        if portion:
            yield self.records.at(np.sort(np.array(portion, dtype=np.int64)))


def may_prescore(entity_type: str) -> bool:
    """Not under a rollout, nor where pairs depend on where other records are placed."""
    rollouts = under_way(entity_type)
    return rollouts == UnderWay(None, None) and not entity_types.get(entity_type).matches_on_references


def prescore(entity_type: str, waiting: Ids, *, size: int, processes: int, at: datetime) -> Prescored:
    """Make keys and pairs of these records, by rising primary key, in portions of `size`.

    A portion that fails is left out, and waits on: which of its records is to blame shows when it is settled.
    """
    found = side_by_side(partial(_stored_keys, entity_type), _cut(waiting, size), processes=processes)
    keyed = [each for each in found if each is not None]
    rule_set_id = max((each.rule_set_id for each in keyed), default=0)
    portions = [each.portion for each in keyed if each.rule_set_id == rule_set_id]
    records = Portion(_joined([each.ids for each in portions]), _joined([each.row_versions for each in portions]))
    records = records.at(np.argsort(records.ids))
    work = partial(_scored_portion, entity_type, waiting=records.ids, at=at)
    lots = _cut(records.ids, size * SCORED_MORE_AT_ONCE)
    scored = [each for each in side_by_side(work, lots, processes=processes) if each is not None]
    records = records.at(np.isin(records.ids, _joined([each.ids for each in scored])))
    kept = np.concatenate([np.empty((0, 2), dtype=np.int64), *(each.kept for each in scored)])
    return Prescored(
        rule_set_id, records, sum(each.pairs for each in scored), kept[np.isin(kept, records.ids).all(axis=1)]
    )


def locked_rows(source_record_ids: Sequence[int]) -> list[tuple[int, str, int]]:
    """Lock the records until they are settled: what they say next must wait, or would be taken for settled with this.

    Returns primary key, system and row version of those that were not erased meanwhile.
    """
    # Not against key sharing: other workers may meanwhile store pairs with these records.
    records = SourceRecord.objects.select_for_update(no_key=True, of=("self",)).filter(
        pk__any=source_record_ids, erased_at=None
    )
    version = RawSQL("mdm_sourcerecord.xmin::text::bigint", [], output_field=BigIntegerField())
    rows = records.order_by("pk").annotate(row_version=version)
    return list(rows.values_list("pk", "source_system__name", "row_version"))


def _stored_keys(entity_type: str, source_record_ids: Ids) -> Keyed | None:
    return unless_failed(partial(store_keys, entity_type, source_record_ids))


def _scored_portion(entity_type: str, source_record_ids: Ids, *, waiting: Ids, at: datetime) -> Scored | None:
    return unless_failed(partial(score_portion, entity_type, source_record_ids, waiting=waiting, at=at))


@atomically
def store_keys(entity_type: str, source_record_ids: Ids) -> Keyed:
    """Store the blocking keys of these records anew. Whoever arrives from then on finds them."""
    rules = rules_to_work_by(entity_type)
    rows = locked_rows(source_record_ids.tolist())
    matched = [pk for pk, system, _ in rows if system != HUB]
    if matched:
        with few_collections():
            renew_keys(matched, standardized_batch(matched, rules), rules)
    told = np.array([(pk, version) for pk, _, version in rows], dtype=np.int64).reshape(-1, 2)
    return Keyed(Portion(told[:, 0], told[:, 1]), rules.rule_set_id)


@atomically
def score_portion(entity_type: str, source_record_ids: Ids, *, waiting: Ids, at: datetime) -> Scored:
    """Score the pairs of these records among all that have keys: of two that wait, with the portion of the later one.

    `waiting` are all records of the undertaking by primary key, whose keys are stored.
    """
    rules = rules_to_work_by(entity_type)
    pairs = pairs_to_score(source_record_ids.tolist(), rules)
    pairs = pairs[_is_ours(pairs, source_record_ids, waiting)]
    with few_collections():
        portions = list(scored_pairs(pairs, None, rules=rules, at=at))
    # Nobody is erased from here on; whose keys have gone since was.
    lock_all_blocking_keys(entity_type)
    ends = np.array([(each["left_id"], each["right_id"]) for portion in portions for each in portion], dtype=np.int64)
    ends = ends.reshape(-1, 2)
    present = _with_keys(np.unique(ends), rules)
    for portion in portions:
        keep_pairs([each for each in portion if {each["left_id"], each["right_id"]} <= present], rules)
    kept = {(left, right) for left, right in ends.tolist() if left in present and right in present}
    drop_stale(source_record_ids.tolist(), kept, owned=lambda stored: _is_ours(stored, source_record_ids, waiting))
    return Scored(source_record_ids, len(pairs), np.array(sorted(kept), dtype=np.int64).reshape(-1, 2))


def _is_ours(pairs: Ids, ours: Ids, waiting: Ids) -> npt.NDArray[np.bool_]:
    """Pairs whose later record is ours, or is none of those that wait."""
    return np.isin(pairs[:, 1], ours) | ~np.isin(pairs[:, 1], waiting)


def _with_keys(source_record_ids: Ids, rules: PublishedRules) -> set[int]:
    keys = BlockingKey.objects.filter(source_record__any=source_record_ids.tolist(), section=rules.key_section)
    return set(keys.values_list("source_record_id", flat=True).distinct())


def _cut(ids: Ids, size: int) -> list[Ids]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _joined(lots: Sequence[Ids]) -> Ids:
    return np.concatenate([np.empty(0, dtype=np.int64), *lots])
