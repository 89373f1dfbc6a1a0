"""Attributes that no system owns, and on how many golden records systems say different things about them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mdm.models import GoldenRecord, GoldenStatus
from mdm.rules.documents import RuleSetDocument
from mdm.rules.ownership import ownership_of
from mdm.survivorship.lineage import SAYS_THE_SAME

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Unowned:
    """One attribute without a system of record, always or in some golden records.

    `competing` of the `told` golden records that have it unowned have values that lost to a different one.
    """

    attribute: str
    always: bool
    told: int
    competing: int


def unowned_attributes(entity_type: str, rules: RuleSetDocument) -> list[Unowned]:
    """The most disputed first. Reads the lineage of every active golden record of the entity type."""
    branches = {name: rule.branches for name, rule in rules.ownership.items()}
    shared = {name: each for name, each in branches.items() if any(branch.owner is None for branch in each)}
    told: Counter[str] = Counter()
    competing: Counter[str] = Counter()
    records = GoldenRecord.objects.filter(entity_type=entity_type, status=GoldenStatus.ACTIVE)
    for document, lineage in records.values_list("document", "lineage").iterator(chunk_size=_AT_ONCE):
        ownership = ownership_of(rules.ownership, document["attributes"])
        here = [name for name in shared if name in lineage and ownership[name].owner is None]
        told.update(here)
        competing.update(name for name in here if any(_differing(lineage[name])))
    found = [
        Unowned(name, all(branch.owner is None for branch in each), told[name], competing[name])
        for name, each in shared.items()
    ]
    return sorted(found, key=lambda each: (-each.competing, -each.told, each.attribute))


def _differing(lineage: Mapping[str, Any] | None) -> Iterator[bool]:  # Any: JSON
    """For everybody who says something, also about one item or beneath a pin, whether it is something else."""
    if lineage:
        yield from (
            loser["value"] is not None and loser["reason"] != SAYS_THE_SAME for loser in lineage.get("losers") or ()
        )
        for inner in (*(lineage.get("items") or ()), lineage.get("beneath")):
            yield from _differing(inner)
