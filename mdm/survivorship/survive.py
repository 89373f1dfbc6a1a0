"""From the accepted values of the linked source records to the golden document with its lineage. Pure."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mdm.canonical import canonical_bytes
from mdm.entity_types.base import Attribute, JsonValue
from mdm.rules.documents import QualityCheck, RuleSetDocument
from mdm.rules.quality import Quality, quality_of, turning_points
from mdm.survivorship.candidates import Pin, SourceValues
from mdm.survivorship.lineage import observed_of, pin_lineage
from mdm.survivorship.standing import Standing, standing_lineage
from mdm.survivorship.terms import terms_of
from mdm.survivorship.units import Survived, survive_unit

NOTHING_STANDS: Mapping[str, Standing] = {}


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


def as_told(name: str, value: JsonValue) -> JsonValue:  # whatever its attribute
    """Nothing is added to a golden value."""
    return value


def survive(
    attributes: Sequence[Attribute],
    sources: Sequence[SourceValues],
    *,
    rules: RuleSetDocument,
    pins: Sequence[Pin] = (),
    standing: Mapping[str, Standing] = NOTHING_STANDS,
    complete: Callable[[str, JsonValue], JsonValue] = as_told,
    effective_at: datetime,
) -> Survival:
    """Choose the golden values. Neither the order of `sources` nor that of `pins` matters.

    What is `standing`, by attribute, holds over sources and pins. `complete` adds to a golden value, by its attribute,
    what the hub itself knows about it and no source can tell.
    """
    ordered = sorted(sources, key=lambda source: (source.system, source.key, source.source_record_id))
    pinned = _pins_by_attribute(pins)
    document: dict[str, JsonValue] = {}
    lineage: dict[str, JsonValue] = {}
    beneath: dict[str, JsonValue] = {}
    ends = [end for pin in pins for end in (pin.expires_at, pin.answer_due_at) if end and end > effective_at]
    for source in ordered:
        ends += turning_points(source.values, rules.quality, observed_at=source.observed_at, at=effective_at)
    known = {attribute.name: attribute for attribute in attributes}
    told = {name for source in ordered for name in source.values}
    spoken_of = told | pinned.keys() | standing.keys()
    for unit in rules.order:
        survived: Mapping[str, Survived] = {}
        if spoken_of.isdisjoint(unit.attributes):  # most are told by nobody
            continue
        if not told.isdisjoint(unit.attributes):
            terms = terms_of(unit, known, rules, survived=document, effective_at=effective_at)
            survived = survive_unit(terms, ordered)
        for name in unit.attributes:
            value = survived.get(name)
            said = value.value if value is not None else None
            if value is not None:
                document[name], lineage[name] = value.value, value.lineage
                ends += [value.until] if value.until is not None else []
            if name in pinned:
                beneath[name] = said
            holding = [each for each in pinned.get(name, ()) if each.holds(said, at=effective_at)]
            if holding:
                document[name] = holding[-1].value
                lineage[name] = pin_lineage(holding[-1], value.lineage if value else None, said)
            if name in standing:
                lineage[name] = standing_lineage(standing[name], lineage.get(name), document.get(name))
                document[name] = standing[name].value
    document, lineage = ({name: each[name] for name in known if name in each} for each in (document, lineage))
    document = {name: complete(name, value) for name, value in document.items()}
    aging = {rule.attribute for rule in rules.quality if rule.check is QualityCheck.FRESH} & document.keys()
    observed = {name: when for name in aging if (when := observed_of(lineage[name])) is not None}
    quality = quality_of(document, rules.quality, on=effective_at.date(), at=effective_at, observed=observed)
    return Survival(document, lineage, quality, min(ends, default=None), beneath)


def _pins_by_attribute(pins: Sequence[Pin]) -> Mapping[str, list[Pin]]:
    """Of several on one attribute the last holds: the one that ends last, then the one whose value sorts last."""
    endless = datetime.max.replace(tzinfo=UTC)
    ordered: dict[str, list[Pin]] = defaultdict(list)
    for pin in sorted(pins, key=lambda p: (p.expires_at or endless, canonical_bytes(p.value), p.actor, p.reason)):
        ordered[pin.attribute].append(pin)
    return ordered
