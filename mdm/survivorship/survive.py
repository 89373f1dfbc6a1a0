"""From the accepted values of the linked source records to the golden document with its lineage. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mdm.canonical import canonical_bytes
from mdm.entity_types.base import Attribute, JsonValue
from mdm.rules.documents import RuleSetDocument
from mdm.rules.quality import Quality, quality_of
from mdm.survivorship.candidates import Choice, Pin, SourceValues
from mdm.survivorship.lineage import empty_lineage, pin_lineage, value_lineage
from mdm.survivorship.pool import pool_of
from mdm.survivorship.strategies import strategies
from mdm.survivorship.union import UNION, unite


@dataclass(frozen=True, slots=True)
class Survival:
    """The golden document, per attribute why, its quality, and when time alone may change any of it.

    An attribute that nobody tells is missing from `document`; one whose owner says there is none is null. `beneath` has
    what would survive without pins, for the attributes that have one.
    """

    document: dict[str, JsonValue]
    lineage: dict[str, JsonValue]
    quality: Quality
    recompute_at: datetime | None
    beneath: dict[str, JsonValue]


def survive(
    attributes: Sequence[Attribute],
    sources: Sequence[SourceValues],
    *,
    rules: RuleSetDocument,
    pins: Sequence[Pin] = (),
    effective_at: datetime,
) -> Survival:
    """Choose the golden values. Neither the order of `sources` nor that of `pins` matters."""
    ordered = sorted(sources, key=lambda source: (source.system, source.key, source.source_record_id))
    pinned = _pins_by_attribute(pins)
    document: dict[str, JsonValue] = {}
    lineage: dict[str, JsonValue] = {}
    beneath: dict[str, JsonValue] = {}
    ends = [
        end for pin in pins for end in (pin.expires_at, pin.answer_due_at) if end is not None and end > effective_at
    ]
    for attribute in attributes:
        survived = _survive_attribute(attribute, ordered, rules=rules, effective_at=effective_at)
        if survived.lineage is not None:
            document[attribute.name], lineage[attribute.name] = survived.value, survived.lineage
        if attribute.name in pinned:
            beneath[attribute.name] = survived.value
        holding = [each for each in pinned.get(attribute.name, ()) if each.holds(survived.value, at=effective_at)]
        if holding:
            pin = holding[-1]
            document[attribute.name], lineage[attribute.name] = (
                pin.value,
                pin_lineage(pin, survived.lineage, survived.value),
            )
        if survived.until is not None:
            ends.append(survived.until)
    quality = quality_of(document, rules.quality, on=effective_at.date())
    return Survival(document, lineage, quality, min(ends, default=None), beneath)


@dataclass(frozen=True, slots=True)
class _Survived:
    value: JsonValue = None
    lineage: dict[str, JsonValue] | None = None
    until: datetime | None = None


def _survive_attribute(
    attribute: Attribute, sources: Sequence[SourceValues], *, rules: RuleSetDocument, effective_at: datetime
) -> _Survived:
    pool = pool_of(attribute, sources, rules=rules, effective_at=effective_at)
    policy = rules.survivorship.attributes[attribute.name]
    if pool.owner_says_empty is not None:
        return _Survived(None, empty_lineage(pool.owner_says_empty, policy.strategy, pool.out))
    if not pool.eligible:
        return _Survived()
    if policy.strategy == UNION:
        united = unite(attribute, pool, policy=policy, rules=rules, effective_at=effective_at)
        return _Survived(united.items, united.lineage, united.until)
    choice: Choice = strategies.get(policy.strategy)(pool.eligible)
    others = [(each, f"not {choice.reason}") for each in pool.eligible if each is not choice.candidate]
    return _Survived(choice.candidate.value, value_lineage(choice, policy.strategy, (*others, *pool.out)), choice.until)


def _pins_by_attribute(pins: Sequence[Pin]) -> Mapping[str, list[Pin]]:
    """Of several on one attribute the last holds: the one that ends last, then the one whose value sorts last."""
    endless = datetime.max.replace(tzinfo=UTC)
    ordered: dict[str, list[Pin]] = defaultdict(list)
    for pin in sorted(pins, key=lambda p: (p.expires_at or endless, canonical_bytes(p.value), p.actor, p.reason)):
        ordered[pin.attribute].append(pin)
    return ordered
