"""Where source records stood before a decision that is undone now, and before all that was undone with it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

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
    """A decision about source records that held for a time and is undone."""

    records: frozenset[int]
    since: datetime
    until: datetime


def former_homes(at: datetime, *, decided: Set[int], everyone: Set[int]) -> dict[int, int]:
    """Source record → golden record, before a decision of that time about the `decided` source records.

    Told are those that have stood beside a decided one since. A component's source records are `everyone`.
    """
    return homes_before(at, decided=decided, stays=_stays(everyone), undone=_undone(everyone))


def homes_before(
    at: datetime, *, decided: Set[int], stays: Mapping[int, Sequence[Stay]], undone: Sequence[Undone]
) -> dict[int, int]:
    """The same from facts. Pure.

    Merges unwind in any order. What a record stood under just before one may itself be the doing of another that was
    undone while this one held, so the look goes back to before the first of all that so overlap.
    """
    concerned, start = set(decided), at
    while True:
        beside = {stay.golden for record in concerned for stay in stays.get(record, ()) if _lasted_until(stay, start)}
        wider = concerned | {
            record
            for record, each in stays.items()
            if any(stay.golden in beside and _lasted_until(stay, start) for stay in each)
        }
        earlier = min(
            (each.since for each in undone if each.records & wider and each.since < start <= each.until),
            default=start,
        )
        if (wider, earlier) == (concerned, start):
            break
        concerned, start = wider, earlier
    return {
        record: stay.golden
        for record in sorted(concerned & stays.keys())
        for stay in stays[record]
        if stay.since < start and _lasted_until(stay, start)
    }


def _lasted_until(stay: Stay, moment: datetime) -> bool:
    return stay.until is None or stay.until >= moment


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
