"""From the accepted values of the linked source records to the golden document with its lineage. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from mdm.canonical import canonical_bytes
from mdm.entity_types.base import Attribute, JsonValue
from mdm.rules.documents import RuleSetDocument
from mdm.rules.quality import Quality, days_ahead, quality_of
from mdm.survivorship.candidates import Pin, SourceValues
from mdm.survivorship.lineage import pin_lineage
from mdm.survivorship.terms import terms_of
from mdm.survivorship.units import Survived, survive_unit


@dataclass(frozen=True, slots=True)
class Survival:
    """The golden document, per attribute why, its quality, and when time alone may change any of it.

    An attribute that nobody tells is missing from `document`; one whose owner says there is none is null.
    """

    document: dict[str, JsonValue]
    lineage: dict[str, JsonValue]
    quality: Quality
    recompute_at: datetime | None


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
    holding = _holding_pins(pins, at=effective_at)
    document: dict[str, JsonValue] = {}
    lineage: dict[str, JsonValue] = {}
    ends = [pin.expires_at for pin in holding.values() if pin.expires_at is not None]
    for source in ordered:
        days = days_ahead(source.values, rules.quality, on=effective_at.date())
        ends += [datetime.combine(day, time(), effective_at.tzinfo) for day in days]
    known = {attribute.name: attribute for attribute in attributes}
    told = {name for source in ordered for name in source.values}
    for unit in rules.order:
        survived: Mapping[str, Survived] = {}
        if not told.isdisjoint(unit.attributes):
            terms = terms_of(unit, known, rules, survived=document, effective_at=effective_at)
            survived = survive_unit(terms, ordered)
        for name in unit.attributes:
            value = survived.get(name)
            if value is not None:
                document[name], lineage[name] = value.value, value.lineage
            if pin := holding.get(name):
                document[name], lineage[name] = pin.value, pin_lineage(pin, value.lineage if value else None)
            elif value is not None and value.until is not None:
                ends.append(value.until)
    document, lineage = ({name: each[name] for name in known if name in each} for each in (document, lineage))
    quality = quality_of(document, rules.quality, on=effective_at.date())
    return Survival(document, lineage, quality, min(ends, default=None))


def _holding_pins(pins: Sequence[Pin], *, at: datetime) -> Mapping[str, Pin]:
    """One pin per attribute; of several the one that ends last, then the one whose value sorts last."""
    endless = datetime.max.replace(tzinfo=at.tzinfo)
    holding = [pin for pin in pins if pin.holds(at=at)]
    holding.sort(key=lambda pin: (pin.expires_at or endless, canonical_bytes(pin.value), pin.actor, pin.reason))
    return {pin.attribute: pin for pin in holding}
