"""Connected components of source records: what must be looked at together when one of them changes."""

from collections.abc import Iterable, Set
from dataclasses import dataclass

from django.db import connection

from mdm.evidence import Evidence, ScoredPair
from mdm.models import CandidatePair, CrosswalkEntry, DecisionKind, GoldenRecord, MatchDecision, SourceRecord
from mdm.selectors.told_records import PlacedRecord, placed_records


@dataclass(frozen=True, slots=True)
class Component:
    """Source records closed under pairs, decisions and common golden records, with everything known between them.

    `placed` is the open crosswalk: source record → golden record.
    """

    records: dict[int, PlacedRecord]
    pairs: list[ScoredPair]
    must_links: list[tuple[int, int]]
    cannot_links: list[tuple[int, int]]
    placed: dict[int, int]

    @property
    def evidence(self) -> Evidence:
        """The same without the records themselves."""
        return Evidence(
            names={pk: record.name for pk, record in self.records.items()},
            systems={pk: record.system for pk, record in self.records.items()},
            tombstoned={pk for pk, record in self.records.items() if record.tombstoned_at is not None},
            pairs=self.pairs,
            must_links=self.must_links,
            cannot_links=self.cannot_links,
            placed=self.placed,
        )


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


def close_over(ids: Set[int], *, rollout_id: int | None = None) -> set[int]:
    """All records reachable over stored pairs, open decisions, shared golden records, and what a rollout staged."""
    known, frontier = set(ids), set(ids)
    while frontier:
        with connection.cursor() as cursor:
            cursor.execute(_NEIGHBORS, {"here": list(frontier), "rollout": rollout_id})
            frontier = {pk for ends in cursor.fetchall() for pk in ends} - known
        known |= frontier
    return known


# Each look-up by its own index, all in one question: a batch takes several such steps.
_NEIGHBORS = """
SELECT left_id, right_id FROM mdm_candidatepair WHERE left_id = ANY(%(here)s)
UNION ALL
SELECT left_id, right_id FROM mdm_candidatepair WHERE right_id = ANY(%(here)s)
UNION ALL
SELECT left_id, right_id FROM mdm_matchdecision WHERE left_id = ANY(%(here)s) AND closed_at IS NULL
UNION ALL
SELECT left_id, right_id FROM mdm_matchdecision WHERE right_id = ANY(%(here)s) AND closed_at IS NULL
UNION ALL
SELECT left_id, right_id FROM mdm_rolloutpair WHERE left_id = ANY(%(here)s) AND rollout_id = %(rollout)s
UNION ALL
SELECT left_id, right_id FROM mdm_rolloutpair WHERE right_id = ANY(%(here)s) AND rollout_id = %(rollout)s
UNION ALL
SELECT source_record_id, source_record_id FROM mdm_crosswalkentry
WHERE unlinked_at IS NULL AND golden_record_id IN (
    SELECT golden_record_id FROM mdm_crosswalkentry
    WHERE source_record_id = ANY(%(here)s) AND unlinked_at IS NULL
)
"""


def _placed(ids: set[int]) -> dict[int, int]:
    entries = CrosswalkEntry.objects.filter(source_record__any=ids, unlinked_at=None)
    return dict(entries.values_list("source_record_id", "golden_record_id"))


def _component(ids: set[int], placed: dict[int, int]) -> Component:
    pairs = CandidatePair.objects.filter(left__any=ids, right__any=ids).order_by("left_id", "right_id")
    decisions = list(
        MatchDecision.objects.filter(left__any=ids, right__any=ids, closed_at=None).values_list(
            "left_id", "right_id", "kind"
        )
    )
    # Asked while its golden records are locked: one that was erased meanwhile must not be placed again.
    present = SourceRecord.objects.filter(pk__any=ids, erased_at=None)
    return Component(
        records={record.pk: record for record in placed_records(present)},
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
