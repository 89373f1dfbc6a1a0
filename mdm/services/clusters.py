"""The partition that rules imply, and what of it automation may apply: for settlement and for a rehearsal alike."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from matching.clustering import Pair, cluster
from matching.components import component_of_rows
from mdm.evidence import Evidence, parts, speakers
from mdm.partition import Cluster, Placement, divided_or_retired, place
from mdm.services.rule_sets import PublishedRules


@dataclass(frozen=True, slots=True)
class HeldPart:
    """Source records whose new grouping waits for a steward; `computed` and `current` list both groupings."""

    source_record_ids: tuple[int, ...]
    computed: tuple[Cluster, ...]
    current: tuple[Cluster, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The placement to apply, and the parts that keep their present shape for now."""

    placement: Placement
    held: tuple[HeldPart, ...]


def choose_placement(
    evidence: Evidence,
    rules: PublishedRules,
    *,
    past: Mapping[int, Sequence[int]],
    relied_upon: Callable[[Set[int]], set[int]],
    confirmed: bool,
    former: Mapping[int, int] | None = None,
) -> Chosen:
    """The placement that these rules imply.

    Parts that would join or divide golden records others rely on keep their present shape, unless `confirmed`.
    """
    computed = computed_partition(evidence, rules)
    placement = place(computed, evidence.placed, past, former=former)
    harmed = divided_or_retired(placement, evidence.placed)
    protected = relied_upon(harmed) if harmed and not confirmed else set()
    if not protected:
        return Chosen(placement, ())
    held = [part for part in parts(evidence) if any(evidence.placed.get(record) in protected for record in part)]
    as_they_are = computed_partition(evidence, rules, kept=set[int]().union(*held))
    told = _held_parts(held, computed, evidence.placed)
    return Chosen(place(as_they_are, evidence.placed, past), told)


def computed_partition(evidence: Evidence, rules: PublishedRules, *, kept: Set[int] = frozenset()) -> list[Cluster]:
    """The clusters that pairs and decisions imply; golden records of the `kept` source records stay as they are."""
    name_of = evidence.names
    pk_of = {name: pk for pk, name in name_of.items()}
    limits = rules.thresholds
    anchors: dict[int, int] = {}
    for record in sorted(kept & evidence.placed.keys()):
        anchors.setdefault(evidence.placed[record], record)
    must = [*evidence.must_links, *((anchors[evidence.placed[r]], r) for r in kept & evidence.placed.keys())]
    must = [(left, right) for left, right in must if left != right]
    cannot = [*evidence.cannot_links, *_apart(sorted(anchors.values()), evidence, must, link_bits=limits.link_bits)]
    speaker = speakers(evidence)
    pairs = [pair for pair in evidence.pairs if speaker[pair.left] == pair.left and speaker[pair.right] == pair.right]
    clusters = cluster(
        sorted({name_of[pk] for pk in speaker.values()}),
        [Pair(name_of[pair.left], name_of[pair.right], pair.weight_bits) for pair in pairs],
        must_links=[
            (name_of[speaker[left]], name_of[speaker[right]]) for left, right in must if speaker[left] != speaker[right]
        ],
        cannot_links=[(name_of[speaker[left]], name_of[speaker[right]]) for left, right in cannot],
        vetoes=[(name_of[pair.left], name_of[pair.right]) for pair in pairs if pair.vetoed],
        link_threshold_bits=limits.link_bits,
        floor_bits=limits.review_bits,
        unique_source_of={name_of[pk]: system for pk, system in rules.unique_sources.of(evidence).items()},
    )
    followers: dict[str, list[str]] = defaultdict(list)
    for pk, other in speaker.items():
        followers[name_of[other]].append(name_of[pk])
    whole = sorted(sorted(each for name in members for each in followers[name]) for members in clusters)
    return [tuple(pk_of[name] for name in members) for members in whole]


def _apart(
    anchors: Sequence[int], evidence: Evidence, must: Sequence[tuple[int, int]], *, link_bits: float
) -> list[tuple[int, int]]:
    """Every two of these records that a chain of links could join. To forbid all others would be many and in vain."""
    if not anchors:
        return []
    links = [*must, *((pair.left, pair.right) for pair in evidence.pairs if pair.weight_bits >= link_bits)]
    records = np.array(sorted(evidence.names), dtype=np.int64)
    ends = np.searchsorted(records, np.array(links, dtype=np.int64).reshape(-1, 2))
    component = component_of_rows(len(records), ends[:, 0], ends[:, 1])
    near: dict[int, list[int]] = defaultdict(list)
    for anchor, number in zip(anchors, component[np.searchsorted(records, anchors)].tolist(), strict=True):
        near[number].append(anchor)
    return [pair for members in near.values() for pair in combinations(members, 2)]


def _held_parts(
    held: Sequence[set[int]], computed: Sequence[Cluster], placed: Mapping[int, int]
) -> tuple[HeldPart, ...]:
    part_of = {record: index for index, part in enumerate(held) for record in part}
    wanted: dict[int, list[Cluster]] = defaultdict(list)
    for members in computed:
        if members[0] in part_of:
            wanted[part_of[members[0]]].append(members)
    told = []
    for index, part in enumerate(held):
        current: dict[int, list[int]] = defaultdict(list)
        for record in sorted(part):
            if record in placed:
                current[placed[record]].append(record)
        told.append(HeldPart(tuple(sorted(part)), tuple(wanted[index]), tuple(map(tuple, current.values()))))
    return tuple(told)
