"""What a merge would change where: at each system, and for the things that refer to the records."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from mdm.entity_types import Attribute, attributes_of, entity_types
from mdm.models import SourceRecord
from mdm.references import resolve_references
from mdm.rules.ownership import receives
from mdm.selectors.references import dependent_source_records, resolved_targets, targets_of
from stewardship.differences import Line, differing_lines
from stewardship.selectors.comparison import Comparison, source_name
from stewardship.selectors.titles import titles_of
from stewardship.value_texts import public_ids_in, value_lines


@dataclass(frozen=True, slots=True)
class RemoteChange:
    """One attribute of one system's record that would take another value."""

    record: str
    attribute: Attribute
    before: tuple[Line, ...]
    after: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Dependents:
    """How many records of an entity type refer to the one that goes."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Impact:
    """`doubled` are systems that would hold several records of the one thing, with how many."""

    changes: tuple[RemoteChange, ...]
    dependents: tuple[Dependents, ...]
    doubled: tuple[tuple[str, int], ...]


def impact_of(comparison: Comparison) -> Impact:
    """By ownership: an attribute goes to its receivers that do not own it."""
    records = [*comparison.left.records, *comparison.right.records]
    per_system = Counter(record.source_system.label for record in records)
    return Impact(
        changes=tuple(_changes(comparison, records)),
        dependents=_dependents(comparison),
        doubled=tuple(sorted((label, count) for label, count in per_system.items() if count > 1)),
    )


def _changes(comparison: Comparison, records: list[SourceRecord]) -> list[RemoteChange]:
    resolved = resolved_targets(targets_of([record.pk for record in records]))
    golden = comparison.survival.document
    said = {record.pk: resolve_references(record.canonical, resolved) for record in records}
    titles = titles_of(public_ids_in([golden, *said.values()]))
    ownership = comparison.rules.ownership
    changes = []
    for record in records:
        for attribute in attributes_of(record.entity_type):
            if attribute.name not in golden or not receives(
                ownership, attribute.name, system=record.source_system.name
            ):
                continue
            before = sorted(value_lines(attribute, said[record.pk].get(attribute.name), titles=titles))
            after = sorted(value_lines(attribute, golden[attribute.name], titles=titles))
            if before != after:
                changes.append(RemoteChange(source_name(record), attribute, *differing_lines(before, after)))
    return changes


def _dependents(comparison: Comparison) -> tuple[Dependents, ...]:
    """What follows when the golden record that goes leads to the other one."""
    if comparison.goes is None:
        return ()
    side = comparison.left if comparison.left.golden == comparison.goes else comparison.right
    by_type: Mapping[str, set[int]] = defaultdict(set)
    for pk, entity_type in dependent_source_records([record.pk for record in side.records]):
        by_type[entity_type].add(pk)
    kinds = {name: entity_types.get(name) for name in by_type}
    return tuple(
        Dependents(kinds[name].label if len(found) == 1 else kinds[name].label_plural, len(found))
        for name, found in sorted(by_type.items())
    )

