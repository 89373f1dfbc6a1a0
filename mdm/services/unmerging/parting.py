"""What taking a merge back comes to by itself: found by doing it, read, and taken back."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Q

from mdm.actors import SYSTEM
from mdm.canonical import value_hash
from mdm.models import HUB, CrosswalkEntry, DecisionOrigin, GoldenRecord, GoldenStatus, MatchDecision, SourceRecord
from mdm.selectors.former_homes import former_homes
from mdm.services.components import close_over
from mdm.services.decision_writing import close_decisions
from mdm.services.foresight import foreseeing
from mdm.services.rebuild import values_without_pins
from mdm.services.settlement import repartition
from mdm.services.unmerging.plan import Side


@dataclass(frozen=True, slots=True)
class Parting:
    """A merge and what there would be without it.

    `records` are the source records that stand where the merge put them, hub records included, by id; `before` says
    which golden record held them before it, `now` which holds them, `landing` to which side each goes. `beneath` has,
    by side and attribute, the hash of what survives there without pins. `tied` leads from a hub record to the source
    record it was written for.
    """

    unit: UUID
    decided_at: datetime
    entity_type: str
    survivor: GoldenRecord
    records: Mapping[int, SourceRecord]
    before: Mapping[int, int]
    now: Mapping[int, int]
    landing: Mapping[int, str]
    sides: tuple[Side, ...]
    beneath: Mapping[str, Mapping[str, bytes]]
    tied: Mapping[int, int]

    @property
    def choices(self) -> tuple[str, ...]:
        """The sides that source records go to: nothing can hang on another one."""
        return tuple(side.key for side in self.sides if side.anchor is not None)

    def is_hub(self, pk: int) -> bool:
        """Whether the hub wrote it."""
        return self.records[pk].source_system.name == HUB


def foresee_parting(decisions: Sequence[MatchDecision], *, to_act: bool, at: datetime) -> Parting:
    """Take these open decisions of one merge back, look, and let them stand; `to_act` as in `foreseeing`."""
    decided = sorted({pk for each in decisions for pk in (each.left_id, each.right_id)})
    before = former_homes(decisions[0].decided_at, decided=set(decided), everyone=close_over(set(decided)))
    part = partial(part_by_default, decisions, before)
    unit, decided_at = decisions[0].unit, decisions[0].decided_at
    return foresee(unit, decided, before, part, decided_at=decided_at, to_act=to_act, at=at)


def foresee(
    unit: UUID,
    decided: Sequence[int],
    before: Mapping[int, int],
    part: Callable[..., None],
    *,
    decided_at: datetime,
    to_act: bool,
    at: datetime,
) -> Parting:
    """Do what `part` does, look at what became of the golden records of the `decided` source records, take it back.

    `before` are the golden records that source records return to.
    """
    now = _standing_with(decided)
    records = SourceRecord.objects.select_related("source_system").in_bulk(now)
    known = set(GoldenRecord.objects.filter(pk__in={*before.values(), *now.values()}).values_list("pk", flat=True))
    with foreseeing(to_act=to_act):
        part(entity_type=records[decided[0]].entity_type, at=at)
        entries = CrosswalkEntry.objects.filter(source_record__in=records, unlinked_at=None)
        homes = dict(entries.values_list("source_record_id", "golden_record_id"))
        known |= _older_than_this(set(homes.values()), at=at)
        golden = GoldenRecord.objects.in_bulk({*homes.values(), *(before[pk] for pk in decided if pk in before)})
        keys = _keys(golden, homes, known)
        beneath = {
            keys[pk]: {name: value_hash(value) for name, value in values_without_pins([golden[pk]], at=at)[pk].items()}
            for pk in set(homes.values())
        }
    landing = {record: keys[home] for record, home in homes.items()}
    there: dict[str, list[int]] = defaultdict(list)
    for record in sorted(landing, key=lambda record: (before.get(record) != homes[record], record)):
        if records[record].source_system.name != HUB:
            there[landing[record]].append(record)
    survivor = Counter(now[pk] for pk in decided if pk in now).most_common(1)[0][0]
    return Parting(
        unit=unit,
        decided_at=decided_at,
        entity_type=records[decided[0]].entity_type,
        survivor=GoldenRecord.objects.get(pk=survivor),
        records=dict(sorted(records.items())),
        before=before,
        now=now,
        landing=landing,
        sides=_sides(golden, keys, known, there),
        beneath=beneath,
        tied=_ties(records),
    )


def part_by_default(
    decisions: Sequence[MatchDecision], former: Mapping[int, int], *, entity_type: str, at: datetime
) -> None:
    """Close the decisions and let matching say what follows."""
    records = sorted({pk for each in decisions for pk in (each.left_id, each.right_id)})
    everyone = sorted(close_over(set(records)))
    close_decisions(decisions, reason="", actor=SYSTEM, at=at)
    repartition(everyone, entity_type=entity_type, reason="Foreseen", actor=SYSTEM, at=at, former=former)
    for each in decisions:  # what was written is taken back, so the objects must not say it either
        each.closed_at, each.closed_by = None, ""


def _standing_with(decided: Sequence[int]) -> dict[int, int]:
    """Source record → golden record, of every one that stands together with one of these."""
    entries = CrosswalkEntry.objects.filter(unlinked_at=None)
    homes = entries.filter(source_record__in=decided).values("golden_record")
    return dict(entries.filter(golden_record__in=homes).values_list("source_record_id", "golden_record_id"))


def _older_than_this(golden_record_ids: set[int], *, at: datetime) -> set[int]:
    return set(GoldenRecord.objects.filter(pk__in=golden_record_ids, created_at__lt=at).values_list("pk", flat=True))


def _keys(golden: Mapping[int, GoldenRecord], homes: Mapping[int, int], known: set[int]) -> dict[int, str]:
    """Public ids; golden records that are only foreseen are numbered by their first source record."""
    first: dict[int, int] = {}
    for record, home in sorted(homes.items()):
        first.setdefault(home, record)
    fresh = sorted((pk for pk in golden if pk not in known), key=lambda pk: first[pk])
    names = {pk: f"new-{number}" for number, pk in enumerate(fresh, start=1)}
    return {pk: names.get(pk, record.public_id) for pk, record in golden.items()}


def _sides(
    golden: Mapping[int, GoldenRecord], keys: Mapping[int, str], known: set[int], there: Mapping[str, Sequence[int]]
) -> tuple[Side, ...]:
    """By golden record; `there` are the source records that go to each, the one that stands for it first."""
    sides = []
    for pk, key in sorted(keys.items()):
        own = there.get(key, ())
        shown = own or golden[pk].status != GoldenStatus.MERGED
        sides.append(Side(key, pk if pk in known else None, golden[pk].title if shown else "", next(iter(own), None)))
    return tuple(sides)


def _ties(records: Mapping[int, Any]) -> dict[int, int]:
    """Hub record → the source record it was written for. Any: source records."""
    rows = MatchDecision.objects.filter(
        Q(left__in=records) | Q(right__in=records), origin=DecisionOrigin.PROVENANCE, closed_at=None
    ).order_by("pk")
    ties: dict[int, int] = {}
    for left, right in rows.values_list("left_id", "right_id"):
        for hub, other in ((left, right), (right, left)):
            if hub in records and other in records and records[hub].source_system.name == HUB:
                ties.setdefault(hub, other)
    return ties
