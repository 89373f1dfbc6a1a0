"""What a merge would change at each system, by the code that would send it."""

from collections import Counter
from dataclasses import dataclass

from mdm import ports
from mdm.entity_types import Attribute
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.golden import titles_of
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
class Impact:
    """`doubled` are systems that would hold several records of the one thing, with how many."""

    changes: tuple[RemoteChange, ...]
    doubled: tuple[tuple[str, int], ...]


def impact_of(comparison: Comparison) -> Impact:
    """Both sides' target records would hold the values that survive."""
    records = [*comparison.left.records, *comparison.right.records]
    per_system = Counter(record.source_system.label for record in records)
    return Impact(
        changes=tuple(_changes(comparison)),
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
