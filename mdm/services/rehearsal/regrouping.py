"""From a placement to what it would do to golden records: joined, split, new. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mdm.evidence import Evidence
from mdm.partition import Placement, place
from mdm.public_ids import public_id


@dataclass(frozen=True, slots=True)
class Regrouping:
    """Where every source record would be. A home is a golden record's id, or negative for one that would be new."""

    home_of: Mapping[int, int]
    placed: Mapping[int, int]
    prefix: str

    @property
    def moved(self) -> dict[int, int]:
        """Source records that would change their golden record, or get their first, with their homes."""
        return {record: home for record, home in self.home_of.items() if self.placed.get(record) != home}

    def members(self) -> dict[int, list[int]]:
        """Home → its source records, rising; homes that exist first."""
        found: dict[int, list[int]] = defaultdict(list)
        for record, home in sorted(self.home_of.items()):
            found[home].append(record)
        return {home: found[home] for home in sorted(found, key=lambda home: (home < 0, abs(home)))}

    def joined(self) -> Iterator[tuple[int, list[int]]]:
        """Homes that would take source records of several golden records, with those, rising."""
        for home, records in self.members().items():
            goldens = sorted({self.placed[record] for record in records if record in self.placed})
            if len(goldens) > 1:
                yield home, goldens

    def split(self) -> Iterator[tuple[int, list[int]]]:
        """Golden records whose source records would be in several, with the homes of these."""
        homes: dict[int, set[int]] = defaultdict(set)
        for record, golden in self.placed.items():
            homes[golden].add(self.home_of[record])
        for golden in sorted(homes):
            if len(homes[golden]) > 1:
                yield golden, sorted(homes[golden], key=lambda home: (home < 0, abs(home)))

    def called(self, home: int) -> str:
        """Its public id; `new-1` for the first that would be new."""
        return public_id(self.prefix, home) if home > 0 else f"new-{-home}"


def regrouping(placement: Placement, evidence: Evidence, *, prefix: str) -> Regrouping:
    """The homes of a placement. New golden records are numbered in the order of their clusters."""
    home_of: dict[int, int] = {}
    new = 0
    for members, home in zip(placement.clusters, placement.homes, strict=True):
        new -= home is None
        for record in members:
            home_of[record] = new if home is None else home
    return Regrouping(home_of, evidence.placed, prefix)


def present_placement(evidence: Evidence, *, alone: bool) -> Placement:
    """The crosswalk as a placement; with `alone`, source records without a place stand each for themselves."""
    members: dict[int, list[int]] = defaultdict(list)
    for record, golden in sorted(evidence.placed.items()):
        members[golden].append(record)
    clusters = [tuple(records) for records in members.values()]
    if alone:
        clusters += [(record,) for record in sorted(evidence.names.keys() - evidence.placed.keys())]
    return place(clusters, evidence.placed, {})
