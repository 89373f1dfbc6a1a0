"""What it means for pairs that some source systems are free of duplicates: who lost to whom, and what is doubtful.

Pure, over the stored pairs of a component and its placement.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mdm.evidence import Evidence, ScoredPair
from mdm.partition import Placement


@dataclass(frozen=True, slots=True)
class UniqueSources:
    """The source systems that the rules in force take to be free of duplicates, and the weight from which they link."""

    names: Collection[str]
    link_bits: float

    def of(self, evidence: Evidence) -> Mapping[int, str]:
        """Source record → its source system, where that is free of duplicates.

        A record that its system deleted rivals nobody: what was made anew under another key takes its place.
        """
        return {
            pk: system
            for pk, system in evidence.systems.items()
            if system in self.names and pk not in evidence.tombstoned
        }


@dataclass(frozen=True, slots=True)
class RivalView:
    """Pairs across clusters that can't join, because a source without duplicates has a record in both.

    `lost` are settled: one of the two has its match, a better one. `doubtful` are not: two records of one such source
    that software would have linked, and not each of them is known to another system.
    """

    lost: frozenset[int]
    doubtful: frozenset[int]


def rival_view(evidence: Evidence, placement: Placement, unique: UniqueSources) -> RivalView:
    """Candidate pairs by `pk`."""
    source_of = unique.of(evidence)
    if not source_of:
        return RivalView(frozenset(), frozenset())
    cluster_of = {record: index for index, members in enumerate(placement.clusters) for record in members}
    held = [{source_of[record] for record in members if record in source_of} for members in placement.clusters]
    told_by = [{evidence.systems[record] for record in members} for members in placement.clusters]
    barred = [
        pair
        for pair in evidence.pairs
        if cluster_of[pair.left] != cluster_of[pair.right]
        and held[cluster_of[pair.left]] & held[cluster_of[pair.right]]
    ]

    def looks_repeated(pair: ScoredPair) -> bool:
        source = source_of.get(pair.left)
        if source is None or source != source_of.get(pair.right) or pair.vetoed or pair.weight_bits < unique.link_bits:
            return False
        return not all(told_by[cluster_of[record]] - {source} for record in (pair.left, pair.right))

    doubtful = frozenset(pair.pk for pair in barred if looks_repeated(pair))
    return RivalView(frozenset(pair.pk for pair in barred) - doubtful, doubtful)
