"""What a merge would move and bring into conflict, as a steward reads it beside the comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mdm.entity_types import Attribute, entity_types
from mdm.errors import MdmError
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.golden import titles_of
from mdm.services.consequences import Consequence, Effect, merge_consequences
from mdm.value_texts import Titles, price_text, public_ids_in, value_lines

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Told:
    """One thing: what it is, whose, where it is now and where it would be. `address_id` leads to its golden record."""

    name: str
    address_id: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ToldGroup:
    """Things of one kind, the first of them; `more` says how many others there are."""

    title: str
    rows: tuple[Told, ...]
    more: int
    warns: bool
    heads: tuple[str, str]


@dataclass(frozen=True, slots=True)
class ToldConsequences:
    """What a merge comes to, or why it would be refused. `prices_collide` asks the steward to accept that."""

    groups: tuple[ToldGroup, ...]
    refusal: str = ""
    prices_collide: bool = False


_TITLES: Sequence[tuple[str | Promise, Effect, bool]] = (
    (gettext_lazy("Prices that would stand against each other"), Effect.PRICE, True),
    (gettext_lazy("Protected values that would wait for consent"), Effect.WAITS, True),
    (gettext_lazy("Pins that stewards would be asked about"), Effect.PIN_QUESTIONED, True),
    (gettext_lazy("Pins that would end"), Effect.PIN_ENDED, True),
    (gettext_lazy("What refers to it"), Effect.CHILD, False),
    (gettext_lazy("Items of its lists"), Effect.ITEM, False),
    (gettext_lazy("Records in targets"), Effect.REMOTE, False),
    (gettext_lazy("Pins"), Effect.PIN, False),
    (gettext_lazy("Change requests that wait"), Effect.REQUEST, False),
)
_HEADS: Mapping[Effect, tuple[Promise, Promise]] = {
    Effect.PRICE: (gettext_lazy("One"), gettext_lazy("The other")),
    Effect.WAITS: (gettext_lazy("Stands"), gettext_lazy("Once others consent")),
}


def told_consequences(left_id: int, right_id: int, *, at: datetime) -> ToldConsequences:
    """What merging these two source records would come to, by merging them and taking it back."""
    try:
        found = merge_consequences(left_id, right_id, at=at)
    except MdmError as refused:
        return ToldConsequences((), refused.detail)
    titles = titles_of(public_ids_in([[each.old, each.new] for each in found.consequences]))
    groups = []
    for title, effect, warns in _TITLES:
        every = found.of(effect)
        rows = tuple(_told(each, titles) for each in every[:SHOWN])
        if rows:
            heads = _HEADS.get(effect, (gettext_lazy("Now"), gettext_lazy("Then")))
            groups.append(ToldGroup(str(title), rows, len(every) - len(rows), warns, (str(heads[0]), str(heads[1]))))
    return ToldConsequences(tuple(groups), prices_collide=bool(found.of(Effect.PRICE)))


def _told(each: Consequence, titles: Titles) -> Told:
    if each.effect is Effect.PRICE:
        return _told_price(each)
    if each.effect is Effect.REMOTE:
        return Told(each.about, "", _remote(each.old), _remote(each.new))
    known = attributes_ever(each.entity_type)
    if each.effect is Effect.REQUEST:
        names = ", ".join(known[name].label for name in each.old if name in known)
        return Told(f"{each.about}: {names}", "", each.golden_id, each.new or _("ends"))
    return _told_attribute(each, known[each.attribute], titles)


def _told_attribute(each: Consequence, attribute: Attribute, titles: Titles) -> Told:
    if each.effect is Effect.PIN:
        return _told_pin(each, attribute, titles)
    if each.effect is Effect.CHILD:
        kind = entity_types.get(each.entity_type).label
        return Told(f"{kind} {each.about}: {attribute.label}", each.golden_id, str(each.old), str(each.new))
    if each.effect is Effect.WAITS:
        stands, waits = ("; ".join(value_lines(attribute, value, titles=titles)) for value in (each.old, each.new))
        return Told(attribute.label, each.golden_id, stands or _("empty"), waits or _("empty"))
    value = [each.old] if each.effect is Effect.ITEM else each.old
    said = f"{attribute.label}: {'; '.join(value_lines(attribute, value, titles=titles)) or _('empty')}"
    if each.effect is Effect.ITEM:
        return Told(said, "", each.golden_id, each.new or _("does not survive"))
    return Told(said, each.golden_id, "", "")


def _told_pin(each: Consequence, attribute: Attribute, titles: Titles) -> Told:
    said, holds = (
        "; ".join(value_lines(attribute, value, titles=titles)) or _("empty")
        for value in (each.old["value"], each.new["value"])
    )
    after = each.new["golden_id"]
    if said != holds:
        after = _("%(record)s, where %(value)s holds") % {"record": after, "value": holds}
    return Told(f"{attribute.label}: {said}", "", each.golden_id, after)


def _told_price(each: Consequence) -> Told:
    sides = [f"{side['golden_id']}: {price_text(side['price']) or side['line']}" for side in (each.old, each.new)]
    return Told(each.about, each.golden_id, *sides)


def _remote(place: Mapping[str, Any]) -> str:
    return f"{place['golden_id']} ({_('primary') if place['primary'] else _('not primary')})"
