"""What a merge would change at each system, by the code that would send it, and for what refers to the records."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from mdm import ports
from mdm.entity_types import Attribute, entity_types
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.golden import titles_of
from mdm.selectors.references import dependent_source_records
from mdm.value_texts import public_ids_in, value_lines
from stewardship.differences import Line, differing_lines
from stewardship.selectors.comparison import Comparison


@dataclass(frozen=True, slots=True)
class RemoteChange:
    """One attribute of one system's record that would take another value. `record` names system and key."""

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
    """Both sides' target records would hold the values that survive."""
    records = [*comparison.left.records, *comparison.right.records]
    per_system = Counter(record.source_system.label for record in records)
    return Impact(
        changes=tuple(_changes(comparison)),
        dependents=_dependents(comparison),
        doubled=tuple(sorted((label, count) for label, count in per_system.items() if count > 1)),
    )


def _changes(comparison: Comparison) -> list[RemoteChange]:
    golden = [side.golden for side in (comparison.left, comparison.right) if side.golden is not None]
    found = [each for record in golden for each in ports.impact().impact_of(record, comparison.survival.document)]
    titles = titles_of(public_ids_in([list(values) for each in found for values in each.changes.values()]))
    known = attributes_ever(comparison.left.record.entity_type)
    return [
        RemoteChange(
            f"{each.target_label} {each.remote_key or ''}".strip(),
            known[name],
            *differing_lines(
                value_lines(known[name], before, titles=titles),
                value_lines(known[name], after, titles=titles),
            ),
        )
        for each in found
        for name, (before, after) in each.changes.items()
    ]


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
