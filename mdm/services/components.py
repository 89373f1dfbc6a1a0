"""Connected components of source records: what must be looked at together when one of them changes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from mdm.models import CandidatePair, CrosswalkEntry, DecisionKind, GoldenRecord, MatchDecision, SourceRecord


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A stored candidate pair, left < right."""

    pk: int
    left: int
    right: int
    weight_bits: float
    probability: float
    vetoes: tuple[str, ...]

    @property
    def vetoed(self) -> bool:
        """Whether anything forbids an automatic link."""
        return bool(self.vetoes)


@dataclass(frozen=True, slots=True)
class Component:
    """Source records closed under pairs, decisions and common golden records, with everything known between them.

    `placed` is the open crosswalk: source record → golden record.
    """

    records: dict[int, SourceRecord]
    pairs: list[ScoredPair]
    must_links: list[tuple[int, int]]
    cannot_links: list[tuple[int, int]]
    placed: dict[int, int]


def locked_component(source_record_ids: Iterable[int]) -> Component:
    """The component of these records, its golden records locked in key order.

    Read again after locking: a component that grew while waiting is closed and locked anew.
    """
    ids = close_over(set(source_record_ids))
    while True:
        placed = _placed(ids)
        list(
            GoldenRecord.objects.select_for_update()
            .filter(pk__any=set(placed.values()))
            .order_by("pk")
            .values_list("pk")
        )
        again = close_over(ids)
        if again == ids and _placed(ids) == placed:
            return _component(ids, placed)
        ids = again


def close_over(ids: set[int]) -> set[int]:
    """All records reachable over stored pairs, open decisions and shared golden records."""
    known, frontier = set(ids), set(ids)
    while frontier:
        reached: set[int] = set()
        here = list(frontier)
        for model, extra in ((CandidatePair, Q()), (MatchDecision, Q(closed_at=None))):
            manager = model._default_manager
            for left, right in manager.filter(extra, left__any=here).values_list("left_id", "right_id"):
                reached |= {left, right}
            for left, right in manager.filter(extra, right__any=here).values_list("left_id", "right_id"):
                reached |= {left, right}
        golden = CrosswalkEntry.objects.filter(source_record__any=here, unlinked_at=None).values("golden_record")
        reached |= set(
            CrosswalkEntry.objects.filter(golden_record__in=golden, unlinked_at=None).values_list(
                "source_record_id", flat=True
            )
        )
        frontier = reached - known
        known |= frontier
    return known


def parts(component: Component) -> list[set[int]]:
    """The component's records in groups that nothing connects, so that one held part does not hold the others."""
    neighbors: dict[int, set[int]] = defaultdict(set)
    by_golden: dict[int, int] = {}
    links = [(pair.left, pair.right) for pair in component.pairs] + component.must_links + component.cannot_links
    for record, golden in component.placed.items():
        links.append((record, by_golden.setdefault(golden, record)))
    for left, right in links:
        neighbors[left].add(right)
        neighbors[right].add(left)
    groups, seen = [], set[int]()
    for start in sorted(component.records):
        if start in seen:
            continue
        group, stack = set[int](), [start]
        while stack:
            node = stack.pop()
            if node not in group:
                group.add(node)
                stack.extend(neighbors[node] - group)
        seen |= group
        groups.append(group)
    return groups


def _placed(ids: set[int]) -> dict[int, int]:
    entries = CrosswalkEntry.objects.filter(source_record__any=ids, unlinked_at=None)
    return dict(entries.values_list("source_record_id", "golden_record_id"))


def _component(ids: set[int], placed: dict[int, int]) -> Component:
    records = SourceRecord.objects.filter(pk__any=ids).select_related("source_system").defer("payload", "canonical")
    pairs = CandidatePair.objects.filter(left__any=ids, right__any=ids).order_by("left_id", "right_id")
    decisions = list(
        MatchDecision.objects.filter(left__any=ids, right__any=ids, closed_at=None).values_list(
            "left_id", "right_id", "kind"
        )
    )
    return Component(
        records={record.pk: record for record in records},
        pairs=[
            ScoredPair(pk, left, right, weight_bits, probability, tuple(vetoes))
            for pk, left, right, weight_bits, probability, vetoes in pairs.values_list(
                "pk", "left_id", "right_id", "weight_bits", "probability", "explanation__vetoes"
            ).iterator()
        ],
        must_links=sorted((left, right) for left, right, kind in decisions if kind == DecisionKind.MUST_LINK),
        cannot_links=sorted((left, right) for left, right, kind in decisions if kind == DecisionKind.CANNOT_LINK),
        placed=placed,
    )
