"""What is known between source records: all that a partition and its open questions are computed from.

Pure. Settlement takes it from a component's stored pairs, a rehearsal from pairs that a draft would make.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mdm.models.systems import HUB
from mdm.partition import Placement

ASKED_FROM_PROBABILITY = 0.5  # below this a steward finds one match among a hundred pairs
# Vetoes that settle the matter: an identifier or a specification says they differ, and no steward knows better.
SETTLING_VETOES = frozenset(
    {
        "currencies_differ",
        "customers_differ",
        "far_apart",
        "gtins_differ",
        "model_numbers_differ",
        "pack_sizes_differ",
        "periods_apart",
        "quantities_differ",
        "tax_ids_conflict",
    }
)


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A candidate pair, left < right. `pk` tells pairs of equal weight apart."""

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
class Evidence:
    """Source records by id, with everything known between them.

    `names` are what matching calls them (`system:key`). `placed` is the open crosswalk: source record → golden record.
    `tombstoned` are those that their system deleted.
    """

    names: Mapping[int, str]
    systems: Mapping[int, str]
    tombstoned: Collection[int]
    pairs: Sequence[ScoredPair]
    must_links: Sequence[tuple[int, int]]
    cannot_links: Sequence[tuple[int, int]]
    placed: Mapping[int, int]


def parts(evidence: Evidence) -> list[set[int]]:
    """The records in groups that nothing connects, so that one held part does not hold the others."""
    neighbors: dict[int, set[int]] = defaultdict(set)
    by_golden: dict[int, int] = {}
    links = [(pair.left, pair.right) for pair in evidence.pairs]
    links += [*evidence.must_links, *evidence.cannot_links]
    for record, golden in evidence.placed.items():
        links.append((record, by_golden.setdefault(golden, record)))
    for left, right in links:
        neighbors[left].add(right)
        neighbors[right].add(left)
    groups, seen = [], set[int]()
    for start in sorted(evidence.names):
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


def speakers(evidence: Evidence) -> dict[int, int]:
    """Source record → the one that matching looks at in its place.

    What the hub authored says a few things about a record it is tied to. Clustered beside that record, its missing
    pairs would speak against all the others.
    """
    hub = {pk for pk, system in evidence.systems.items() if system == HUB}
    tied: dict[int, set[int]] = defaultdict(set)
    for left, right in evidence.must_links:
        tied[left].add(right)
        tied[right].add(left)
    return {pk: min(tied[pk] - hub, default=pk) if pk in hub else pk for pk in evidence.names}


def asked_pairs(evidence: Evidence, placement: Placement, *, lost: Collection[int] = ()) -> list[ScoredPair]:
    """The pairs that a steward should see: across clusters, undecided, and the weightiest of their kind.

    Between two clusters one pair speaks for all: a steward decides about things, not about pairs of rows. `lost` are
    pairs, by `pk`, that a better rival settles: see `mdm.rivals`.
    """
    cluster_of = {record: index for index, members in enumerate(placement.clusters) for record in members}
    kept_apart = {frozenset((cluster_of[left], cluster_of[right])) for left, right in evidence.cannot_links}
    speaking: dict[frozenset[int], ScoredPair] = {}
    for pair in evidence.pairs:
        between = frozenset((cluster_of[pair.left], cluster_of[pair.right]))
        if len(between) == 1 or between in kept_apart or pair.pk in lost or not _worth_asking(pair):
            continue
        rival = speaking.get(between)
        if rival is None or (pair.weight_bits, -pair.pk) > (rival.weight_bits, -rival.pk):
            speaking[between] = pair
    return list(speaking.values())


def _worth_asking(pair: ScoredPair) -> bool:
    return pair.probability >= ASKED_FROM_PROBABILITY and SETTLING_VETOES.isdisjoint(pair.vetoes)
