"""Two records side by side, and the golden record that would result: computed by the code that would make it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from mdm.entity_types import Attribute, AttributeType, ReviewKind
from mdm.models import CandidatePair, CrosswalkEntry, GoldenRecord, SourceRecord
from mdm.references import resolve_references
from mdm.rules.documents import RuleSetDocument
from mdm.rules.ownership import Ownership, ownership_of
from mdm.selectors.golden import titles_of
from mdm.selectors.references import resolved_targets, targets_of
from mdm.selectors.tax_verdicts import verdicts_of
from mdm.selectors.told_records import ToldRecord
from mdm.services.pins import open_pins
from mdm.services.reassignments import open_reassignments
from mdm.services.rule_sets import published_rules
from mdm.services.surviving import survival_of
from mdm.survivorship.survive import Survival
from mdm.value_texts import Titles, public_ids_in, value_lines
from stewardship.differences import Line, differing_lines, unmarked
from stewardship.selectors.titles import system_labels
from stewardship.selectors.winning import Winning, winning


@dataclass(frozen=True, slots=True)
class Side:
    """One of the pair's source records with the others of its golden record, which is None while it is pending."""

    record: SourceRecord
    golden: GoldenRecord | None
    others: tuple[SourceRecord, ...]

    @property
    def observed_at(self) -> datetime:
        return self.record.source_modified_at or self.record.received_at

    @property
    def records(self) -> tuple[SourceRecord, ...]:
        return (self.record, *self.others)


@dataclass(frozen=True, slots=True)
class OtherValue:
    """What another source record of the same golden record says differently."""

    source: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One side's value of an attribute; no lines when it has none."""

    lines: tuple[Line, ...]
    others: tuple[OtherValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute across both sides and the result. `owner` is the system of record, "" for a shared attribute."""

    attribute: Attribute
    owner: str
    left: Cell
    right: Cell
    result: tuple[Line, ...]
    winning: Winning
    differs: bool


@dataclass(frozen=True, slots=True)
class RowGroup:
    """The rows a person reads together: name, address, contact…"""

    kind: ReviewKind
    rows: tuple[Row, ...]

    @property
    def differs(self) -> bool:
        return any(row.differs for row in self.rows)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything the compare page says about values."""

    left: Side
    right: Side
    survivor: GoldenRecord | None
    goes: GoldenRecord | None
    groups: tuple[RowGroup, ...]
    survival: Survival
    rules: RuleSetDocument

    @property
    def is_joined_already(self) -> bool:
        return self.left.golden is not None and self.left.golden == self.right.golden

    @property
    def differing_count(self) -> int:
        return sum(row.differs for group in self.groups for row in group.rows)


def compare(pair: CandidatePair, *, at: datetime) -> Comparison:
    """Both sides of the pair and the golden record of all their source records together."""
    left, right = _sides(pair)
    everyone = {record.pk: record for side in (left, right) for record in side.records}
    rules = published_rules(pair.entity_type)
    resolved = resolved_targets(targets_of(sorted(everyone)))
    pins = [pin for each in open_pins(sorted(everyone)).values() for pin in each]
    reassigned = open_reassignments(sorted(everyone))
    told = [ToldRecord.of(record) for record in everyone.values()]
    verdicts = verdicts_of(told, pins)
    survival = survival_of(told, resolved, rules, reassigned, pins=pins, verdicts=verdicts, at=at)
    values = {pk: resolve_references(record.accepted, resolved) for pk, record in everyone.items()}
    titles = titles_of(public_ids_in([survival.document, *values.values()]))
    reader = _Reader(titles, system_labels(), {pk: source_name(record) for pk, record in everyone.items()}, values)
    ownership = ownership_of(rules.document.ownership, survival.document)
    survivor, goes = _survivor(left, right)
    return Comparison(
        left=left,
        right=right,
        survivor=survivor,
        goes=goes,
        groups=_grouped(rules.attributes, reader.rows(rules.attributes, left, right, survival, ownership)),
        survival=survival,
        rules=rules.document,
    )


def source_name(record: SourceRecord) -> str:
    """A source record as people call it: its system and its own key."""
    return f"{record.source_system.label} {record.key}"


@dataclass(frozen=True, slots=True)
class _Reader:
    titles: Titles
    labels: Mapping[str, str]
    names: Mapping[int, str]
    values: Mapping[int, Mapping[str, object]]

    def rows(
        self,
        attributes: Sequence[Attribute],
        left: Side,
        right: Side,
        survival: Survival,
        ownership: Ownership,
    ) -> Iterable[Row]:
        for attribute in attributes:
            row = self._row(attribute, left, right, survival, ownership)
            if row.left.lines or row.right.lines or row.result or row.left.others or row.right.others:
                yield row

    def _row(self, attribute: Attribute, left: Side, right: Side, survival: Survival, ownership: Ownership) -> Row:
        ours, theirs = self._lines(attribute, left.record), self._lines(attribute, right.record)
        # A value that only one side has contradicts nothing: marking it would shout.
        both = bool(ours and theirs)
        marked_ours, marked_theirs = differing_lines(ours, theirs) if both else (unmarked(ours), unmarked(theirs))
        owner = ownership[attribute.name].owner
        result = value_lines(attribute, survival.document.get(attribute.name), titles=self.titles)
        return Row(
            attribute=attribute,
            owner=self.labels.get(owner, owner) if owner else "",
            left=Cell(marked_ours, self._others(attribute, left, ours)),
            right=Cell(marked_theirs, self._others(attribute, right, theirs)),
            result=unmarked(result),
            winning=winning(survival.lineage.get(attribute.name), self.labels),
            differs=self._said(attribute, left) != self._said(attribute, right),
        )

    def _lines(self, attribute: Attribute, record: SourceRecord) -> tuple[str, ...]:
        lines = value_lines(attribute, self.values[record.pk].get(attribute.name), titles=self.titles)
        # Collections have no order of their own: the same items are the same value.
        return tuple(sorted(lines)) if attribute.type is AttributeType.COLLECTION else lines

    def _said(self, attribute: Attribute, side: Side) -> set[tuple[str, ...]]:
        """Every value that any record of the side has."""
        return {lines for record in side.records if (lines := self._lines(attribute, record))}

    def _others(self, attribute: Attribute, side: Side, shown: tuple[str, ...]) -> tuple[OtherValue, ...]:
        said = {shown}
        others = []
        for record in side.others:
            lines = self._lines(attribute, record)
            if lines and lines not in said:
                said.add(lines)
                others.append(OtherValue(self.names[record.pk], lines))
        return tuple(others)


def _sides(pair: CandidatePair) -> tuple[Side, Side]:
    homes = dict(
        CrosswalkEntry.objects.filter(source_record__in=[pair.left_id, pair.right_id], unlinked_at=None).values_list(
            "source_record_id", "golden_record_id"
        )
    )
    golden = GoldenRecord.objects.in_bulk(set(homes.values()))
    entries = CrosswalkEntry.objects.filter(golden_record__in=golden, unlinked_at=None).select_related(
        "source_record__source_system"
    )
    members: dict[int, list[SourceRecord]] = {}
    for entry in entries.order_by("source_record__source_system__name", "source_record__key"):
        members.setdefault(entry.golden_record_id, []).append(entry.source_record)
    alone = SourceRecord.objects.select_related("source_system").in_bulk([pair.left_id, pair.right_id])

    def side(pk: int) -> Side:
        home = homes.get(pk)
        others = () if home is None else tuple(record for record in members[home] if record.pk != pk)
        return Side(alone[pk], None if home is None else golden[home], others)

    return side(pair.left_id), side(pair.right_id)


def _survivor(left: Side, right: Side) -> tuple[GoldenRecord | None, GoldenRecord | None]:
    """Which golden record goes on and which goes into it, by the rule of `mdm.services.decisions.merge_pair`."""
    if left.golden is None or right.golden is None or left.golden == right.golden:
        return left.golden or right.golden, None
    loser, survivor = sorted(
        [(len(left.records), -left.golden.pk, left.golden), (len(right.records), -right.golden.pk, right.golden)],
        key=lambda each: each[:2],
    )
    return survivor[2], loser[2]


def _grouped(attributes: Sequence[Attribute], rows: Iterable[Row]) -> tuple[RowGroup, ...]:
    order = {kind: index for index, kind in enumerate(dict.fromkeys(attribute.group for attribute in attributes))}
    ordered = sorted(rows, key=lambda row: order[row.attribute.group])
    return tuple(RowGroup(kind, tuple(group)) for kind, group in groupby(ordered, key=lambda row: row.attribute.group))
