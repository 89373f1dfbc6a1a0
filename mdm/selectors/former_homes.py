"""Where source records stood before a decision that is undone now, had nobody decided what was undone since."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import Q

from mdm.models import CrosswalkEntry, GoldenStatus, MatchDecision


@dataclass(frozen=True, slots=True)
class Stay:
    """A source record's time under one golden record; `until` None: it is there now."""

    golden: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Undone:
    """A decision between two source records that held for a time, from `since` to before `until`."""

    records: frozenset[int]
    since: datetime
    until: datetime


def former_homes(at: datetime, *, decided: Set[int], everyone: Set[int]) -> dict[int, int]:
    """Source record → golden record just before a decision of that time about the `decided` source records.

    Only of golden records that held a decided one then, and of source records that stand beside a decided one now:
    others neither lost a place by the decision nor get one back. Merges unwind in any order, so where a record stood
    only because of a decision that is undone too does not count: it stood where it stood before that decision.
    """
    stays, undone = _stays(everyone), _undone(everyone)
    homes = homes_without(undone, stays, before=at)
    concerned = {homes[record] for record in decided if record in homes}
    now = {record: periods[-1].golden for record, periods in stays.items() if periods[-1].until is None}
    divided = {now[record] for record in decided if record in now}
    return {record: golden for record, golden in homes.items() if golden in concerned and now.get(record) in divided}


def homes_without(undone: Sequence[Undone], stays: Mapping[int, Sequence[Stay]], *, before: datetime) -> dict[int, int]:
    """Source record → golden record just before a time, as if what was in force then and is undone now never was.

    Pure. A record that first found a place under such a decision has none.
    """

    @cache
    def standing(moment: datetime) -> dict[int, Stay]:
        return {
            record: stay
            for record, periods in stays.items()
            for stay in periods
            if stay.since < moment and (stay.until is None or stay.until >= moment)
        }

    homes = {}
    for record in stays:
        moment: datetime | None = before
        while moment is not None and (stay := standing(moment).get(record)) is not None:
            homes[record] = stay.golden
            moment = _brought_about(stay, undone, standing(moment), moment)
        if moment is not None:
            homes.pop(record, None)
    return homes


def _brought_about(
    stay: Stay, undone: Sequence[Undone], standing: Mapping[int, Stay], moment: datetime
) -> datetime | None:
    """When the first decision was made that held at the moment, held the golden record together when the stay began,
    and is undone now; None where there is none."""
    return min(
        (
            each.since
            for each in undone
            if each.since <= stay.since
            and each.since < moment <= each.until
            and any(record in standing and standing[record].golden == stay.golden for record in each.records)
        ),
        default=None,
    )


def _stays(everyone: Set[int]) -> dict[int, list[Stay]]:
    entries = CrosswalkEntry.objects.filter(source_record__any=everyone).exclude(
        golden_record__status=GoldenStatus.ERASED
    )
    stays: dict[int, list[Stay]] = defaultdict(list)
    rows = entries.order_by("linked_at", "pk").values_list(
        "source_record_id", "golden_record_id", "linked_at", "unlinked_at"
    )
    for record, golden, since, until in rows:
        stays[record].append(Stay(golden, since, until))
    return stays


def _undone(everyone: Set[int]) -> list[Undone]:
    closed = MatchDecision.objects.filter(
        Q(left__any=everyone) | Q(right__any=everyone), closed_at__isnull=False
    ).values_list("left_id", "right_id", "decided_at", "closed_at")
    return [Undone(frozenset((left, right)), since, until) for left, right, since, until in closed if until]
