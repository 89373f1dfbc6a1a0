"""From clusters to golden records: which keeps its id, which is new, which has merged.

Pure, and the same in any order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

Cluster = tuple[int, ...]  # source record ids, sorted by the caller's order of (system, key)


@dataclass(frozen=True, slots=True)
class Placement:
    """What becomes of a component.

    `homes` gives each cluster its golden record, None for a new one; `merged` gives each golden record left empty the
    index of the cluster that took most of its records.
    """

    clusters: tuple[Cluster, ...]
    homes: tuple[int | None, ...]
    merged: Mapping[int, int]


def place(
    clusters: Sequence[Cluster],
    current: Mapping[int, int],
    past: Mapping[int, Sequence[int]],
    *,
    former: Mapping[int, int] | None = None,
) -> Placement:
    """Golden ids stay with the largest share of their source records.

    Ties go to the lower id, then to the earlier cluster.

    `current` maps source record → golden record; `past` lists golden records that once held a source record and stand
    empty now, so that an id lives again after an unmerge. `former` is where source records stood before a decision that
    is being undone: what is then as it was has the id it had, whatever has joined since; what the undoing leaves as it
    is keeps its id; of the rest, ids return to the largest share of those that stood there.
    """
    homes: list[int | None] = [None] * len(clusters)
    taken: set[int] = set()
    alive = set(current.values())
    free = alive.union(*past.values())
    if former:
        former = {record: golden for record, golden in former.items() if golden in free}
        _award(clusters, homes, taken, _wholes(clusters, former))
        _award(clusters, homes, taken, _wholes(clusters, current))
        _award(clusters, homes, taken, {record: (golden,) for record, golden in former.items()}, current)
    _award(clusters, homes, taken, {record: (golden,) for record, golden in current.items()})
    _award(
        clusters,
        homes,
        taken,
        {record: tuple(golden for golden in goldens if golden not in alive) for record, goldens in past.items()},
    )
    merged = {}
    for golden in sorted(alive - taken):
        shares = Counter(
            index for index, cluster in enumerate(clusters) for record in cluster if current.get(record) == golden
        )
        merged[golden] = min(shares, key=lambda index: (-shares[index], index))
    return Placement(tuple(clusters), tuple(homes), merged)


def divided_or_retired(placement: Placement, current: Mapping[int, int]) -> Set[int]:
    """Golden records that would lose source records to another, or cease."""
    harmed = set(placement.merged)
    for cluster, home in zip(placement.clusters, placement.homes, strict=True):
        harmed |= {current[record] for record in cluster if record in current and current[record] != home}
    return harmed


def _wholes(clusters: Sequence[Cluster], placed: Mapping[int, int]) -> dict[int, Sequence[int]]:
    """Of these places those of clusters which hold all that stood under one golden record, and nothing of another."""
    sizes = Counter(placed.values())
    claims: dict[int, Sequence[int]] = {}
    for cluster in clusters:
        shares = Counter(placed[record] for record in cluster if record in placed)
        if len(shares) == 1 and shares.total() == sizes[next(iter(shares))]:
            claims |= {record: (placed[record],) for record in cluster if record in placed}
    return claims


def _award(
    clusters: Sequence[Cluster],
    homes: list[int | None],
    taken: set[int],
    claims: Mapping[int, Sequence[int]],
    holders: Mapping[int, int] | None = None,
) -> None:
    """Give the clusters without a home the golden records their members claim, largest share first.

    Of equal shares the one with more of those that `holders` says are there already goes first.
    """
    shares = Counter(
        (index, golden)
        for index, cluster in enumerate(clusters)
        if homes[index] is None
        for record in cluster
        for golden in claims.get(record, ())
    )
    there = Counter(
        (index, (holders or {}).get(record)) for index, cluster in enumerate(clusters) for record in cluster
    )
    for (index, golden), _ in sorted(
        shares.items(), key=lambda item: (-item[1], -there[item[0]], item[0][1], item[0][0])
    ):
        if homes[index] is None and golden not in taken:
            homes[index] = golden
            taken.add(golden)
