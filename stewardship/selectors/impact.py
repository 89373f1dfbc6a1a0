"""What a merge would change at each system, by the code that would send it."""

from collections import Counter
from dataclasses import dataclass

from mdm import ports
from mdm.entity_types import Attribute
from mdm.models import RemoteRecord
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.golden import titles_of
from mdm.services.rule_sets import published_rules
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
    """Both sides' target records would hold the values that survive; a system that holds none is told to make one."""
    records = [*comparison.left.records, *comparison.right.records]
    per_system = Counter(record.source_system.label for record in records)
    return Impact(
        changes=tuple(_changes(comparison)),
        doubled=tuple(sorted((label, count) for label, count in per_system.items() if count > 1)),
    )


def _changes(comparison: Comparison) -> list[RemoteChange]:
    found = _messages(comparison)
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


def _messages(comparison: Comparison) -> list[ports.Impact]:
    """What the one golden record that then is would send: a target that holds either side is asked to make no other."""
    if comparison.survivor is None:
        return []
    kind = comparison.left.record.entity_type
    golden = [side.golden for side in (comparison.left, comparison.right) if side.golden is not None]
    merged = ports.Prospective(
        comparison.survivor.public_id,
        comparison.survival.document,
        tuple(RemoteRecord.objects.filter(golden_record__in=golden, entity_type=kind).order_by("target_id", "key")),
    )
    rules = published_rules(kind)
    messages = ports.impact().messages_of(
        [merged],
        entity_type=kind,
        attributes=rules.attributes,
        ownership=rules.document.ownership,
        moved=ports.MovedKeys(frozenset(), {}),
    )
    return [impact for _, impact in messages]
