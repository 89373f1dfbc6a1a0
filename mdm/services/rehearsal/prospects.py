"""What golden records would say: survived anew, a portion at a time, and set beside what they say now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from mdm.models import GoldenRecord, GoldenStatus, SourceRecord
from mdm.references import Target
from mdm.selectors.references import resolved_targets, targets_of
from mdm.selectors.tax_verdicts import verdicts_of
from mdm.selectors.told_records import ToldRecord, told_records
from mdm.services.pins import open_pins
from mdm.services.protection import Wait, protected
from mdm.services.reassignments import Reassigned, open_reassignments
from mdm.services.rebuild import says_the_same
from mdm.services.rule_sets import PublishedRules
from mdm.services.surviving import ground_of, status_of, survival_of
from mdm.survivorship.candidates import Pin
from mdm.survivorship.pins import corrections
from mdm.survivorship.standing import stands
from mdm.tax.verdicts import Verdicts

RECORDS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Prospect:
    """A golden record as it would be. `present` is None for one that would be new. Any: canonical JSON values.

    `waits` are the protected attributes whose other values would wait for consent, and do not yet; what stands is in
    `attributes`.
    """

    home: int
    present: GoldenRecord | None
    source_record_ids: tuple[int, ...]
    status: GoldenStatus
    attributes: Mapping[str, Any]
    waits: tuple[str, ...]
    another: bool

    @property
    def says(self) -> Mapping[str, Any] | None:
        """Its attributes now; None where it is not there, or merged away."""
        if self.present is None or self.present.status == GoldenStatus.MERGED:
            return None
        attributes: Mapping[str, Any] = self.present.document.get("attributes", {})
        return attributes

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Attribute → what it says now and what it would say; None for nothing.

        Empty for a golden record that is new, or comes back to life: it says nothing now.
        """
        old = self.says
        if old is None:
            return {}
        names = sorted(old.keys() | self.attributes.keys())
        return {n: (old.get(n), self.attributes.get(n)) for n in names if old.get(n) != self.attributes.get(n)}


def prospects(
    members: Mapping[int, Sequence[int]],
    rules: PublishedRules,
    *,
    overridden: Mapping[Target, str],
    at: datetime,
) -> Iterator[list[Prospect]]:
    """Every home of `members` (home → source records) in portions.

    `overridden` gives the public ids that references to source records on the move would resolve to.
    """
    portion: dict[int, Sequence[int]] = {}
    size = 0
    for home, records in members.items():
        portion[home] = records
        size += len(records)
        if size >= RECORDS_AT_ONCE:
            yield _survived(portion, rules, overridden=overridden, at=at)
            portion, size = {}, 0
    if portion:
        yield _survived(portion, rules, overridden=overridden, at=at)


def _survived(
    members: Mapping[int, Sequence[int]], rules: PublishedRules, *, overridden: Mapping[Target, str], at: datetime
) -> list[Prospect]:
    ids = [record for records in members.values() for record in records]
    sources = {record.pk: record for record in told_records(SourceRecord.objects.filter(pk__any=ids))}
    spoken_of = targets_of(ids)
    resolved = resolved_targets(spoken_of)
    resolved |= {target: overridden[target] for target in spoken_of if target in overridden}
    present = {
        record.pk: record
        for record in GoldenRecord.objects.filter(pk__any=[home for home in members if home > 0]).defer("lineage")
    }
    pins = open_pins(ids)
    reassigned = open_reassignments(ids)
    verdicts = verdicts_of(sources.values(), [pin for each in pins.values() for pin in each])
    return [
        _prospect(
            home,
            present.get(home),
            [sources[record] for record in records],
            resolved,
            rules,
            reassigned=reassigned,
            pins=[pin for record in records for pin in pins.get(record, ())],
            verdicts=verdicts,
            at=at,
        )
        for home, records in members.items()
    ]


def _prospect(
    home: int,
    present: GoldenRecord | None,
    sources: Sequence[ToldRecord],
    resolved: Mapping[Target, str],
    rules: PublishedRules,
    *,
    reassigned: Reassigned,
    pins: Sequence[Pin],
    verdicts: Verdicts,
    at: datetime,
) -> Prospect:
    survive = partial(survival_of, sources, resolved, rules, reassigned, pins=pins, verdicts=verdicts, at=at)
    survival = survive()
    waits: dict[str, Wait] = {}
    asked = corrections(pins, survival.beneath, at=at)
    if present is not None:
        ground = partial(ground_of, sources, resolved, rules, reassigned, pins=pins)
        survival, waits = protected(present, survival, rules, ground, again=survive)
    status = status_of(sources)
    return Prospect(
        home=home,
        present=present,
        source_record_ids=tuple(source.pk for source in sources),
        status=status,
        attributes=survival.document,
        waits=tuple(name for name in sorted(waits) if present is not None and not stands(present.lineage.get(name))),
        another=present is None or present.status != status or not says_the_same(present, survival, asked),
    )
