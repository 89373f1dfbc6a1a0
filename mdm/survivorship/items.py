"""Collections whose items survive each by itself: the owner's telling of an item, with parts that others tell."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mdm.entity_types.base import Attribute, JsonValue
from mdm.item_keys import item_key, telling_key
from mdm.rules.policies import Items
from mdm.survivorship.candidates import Candidate, Choice
from mdm.survivorship.lineage import SAYS_THE_SAME, Loser, part_lineage, union_lineage, why_not
from mdm.survivorship.pool import FILLS_IN, Pool
from mdm.survivorship.strategies import strategies
from mdm.survivorship.terms import Terms
from mdm.survivorship.union import UNION, United, tellings_of
from mdm.survivorship.validity import validity_of

ONLY_OTHERS = "the owner does not tell this item"


@dataclass(frozen=True, slots=True)
class _Held:
    """An item that survived, by its key."""

    candidate: Candidate
    key: str


def unite_items(terms: Terms, pool: Pool) -> United:
    """Each item from those that come first among its tellers, in their order; then items that only others tell.

    With `items: owner` there are none of the latter. With `all` one that holds on a day on which an item of another
    system before it holds for the same thing (`exclusive`) does not survive. Lineage has the tellers of an item's parts
    under `parts`, and what did not survive at all among the losers of the collection.
    """
    choose = strategies.get(terms.policy.item_strategy or UNION)
    first = {candidate.source.source_record_id for candidate in pool.eligible}
    told = tellings_of(terms, (*pool.eligible, *pool.behind))
    survived: list[JsonValue] = []
    lineages: list[tuple[Choice, dict[str, JsonValue]]] = []
    left_out: list[Loser] = []
    held: dict[str, list[_Held]] = defaultdict(list)
    for key, tellings in sorted(told.items(), key=lambda each: min(_standing(t, first) for t in each[1])):
        before = min(_standing(each, first) for each in tellings)
        equals = [each for each in tellings if _standing(each, first) == before]
        choice = choose([each for each in equals if not each.failed_checks] or equals)
        thing = _thing(terms.attribute, choice.candidate.value)
        why = _why_left_out(terms, choice.candidate, held[thing]) if before else ""
        if why:
            left_out += [(replace(each, value=[each.value]), why) for each in tellings]
            continue
        item, parts = _with_parts(terms, choice.candidate, tellings)
        survived.append(item)
        held[thing].append(_Held(choice.candidate, key))
        lineage = _item_lineage(key, choice, equals, [each for each in tellings if each not in equals], terms.attribute)
        lineages.append((choice, lineage | {"parts": parts} if parts else lineage))
    beside = {each.source.source_record_id for each in pool.behind}
    out = [(each, why) for each, why in pool.out if each.source.source_record_id not in beside]
    reason = terms.because("each item from its owner, with the parts that others tell")
    ends = [choice.until for choice, _ in lineages if choice.until is not None]
    return United(survived, union_lineage(lineages, (*out, *left_out), reason=reason), min(ends, default=None))


def _standing(candidate: Candidate, first: set[int]) -> int:
    """0 for those that would tell the whole collection, then the place among those behind them."""
    return 0 if candidate.source.source_record_id in first else candidate.rank + 1


def _why_left_out(terms: Terms, candidate: Candidate, held: Sequence[_Held]) -> str:
    """Why an item that none of the first tells does not survive beside those for the same thing; "" where it does."""
    if terms.policy.items is Items.OWNER:
        return ONLY_OTHERS
    days = validity_of(candidate.value)
    for other in held if terms.attribute.exclusive else ():
        its, system = validity_of(other.candidate.value), other.candidate.source.system
        if days.start < its.end and its.start < days.end and system != candidate.source.system:
            return f"holds on days of {system}'s item {other.key}"
    return ""


def _item_lineage(
    key: str, choice: Choice, equals: Sequence[Candidate], behind: Sequence[Candidate], attribute: Attribute
) -> dict[str, JsonValue]:
    """An item's lineage. Those behind lose to whoever may tell the item first, not to what the strategy looks at."""
    reason = choice.reason if len(equals) > 1 else "first of those that may tell the item"
    winner = _asked(attribute, choice.candidate.value)
    others = [(each, why_not(each, choice)) for each in equals if each is not choice.candidate]
    others += [(each, FILLS_IN) for each in behind]
    told = [(each, SAYS_THE_SAME if _asked(attribute, each.value) == winner else why) for each, why in others]
    return {"item_key": key, **part_lineage(choice.candidate.source, choice.candidate.value, reason, told)}


def _asked(attribute: Attribute, item: JsonValue) -> JsonValue:
    """The item without what its system assigns it."""
    assigned = {part.name for part in attribute.item if part.assigned}
    return {name: value for name, value in item.items() if name not in assigned}


def _thing(attribute: Attribute, item: JsonValue) -> str:
    """What the item is about, whenever it holds."""
    return item_key(replace(attribute, item_key=attribute.exclusive), item) if attribute.exclusive else ""


def _with_parts(
    terms: Terms, chosen: Candidate, tellings: Sequence[Candidate]
) -> tuple[JsonValue, dict[str, JsonValue]]:
    """The chosen item with the parts that others tell, and the lineage of each of these."""
    item, lineage = dict(chosen.value), {}
    for name, systems in terms.ownership.parts:
        tellers = [each for each in tellings if each.value.get(name) is not None]
        ranked = sorted(tellers, key=lambda each: (_place(systems, each.source.system), -each.trust, each.tie_break))
        item.pop(name, None)
        if ranked:
            item[name] = ranked[0].value[name]
            others = [(replace(each, value=each.value[name]), "tells it after others") for each in ranked[1:]]
            reason = "first of those that tell this part"
            lineage[name] = part_lineage(ranked[0].source, item[name], reason, others)
    for name in terms.policy.united:
        nested = next(part for part in terms.attribute.item if part.name == name)
        items, each_lineage = _united_part(nested, chosen, tellings)
        if items:
            item[name], lineage[name] = items, {"items": each_lineage}
    return item, lineage


def _united_part(
    part: Attribute, chosen: Candidate, tellings: Sequence[Candidate]
) -> tuple[list[JsonValue], list[JsonValue]]:
    """Everybody's items of a collection inside an item; where two tell one, that of the chosen, then of the trusted."""
    ranked = sorted(tellings, key=lambda each: (each is not chosen, each.rank, -each.trust, each.tie_break))
    told: dict[str, list[Loser]] = {}
    for candidate in ranked:
        for each in candidate.value.get(part.name) or ():
            told.setdefault(telling_key(part, each), []).append(
                (replace(candidate, value=each), "another system comes first")
            )
    items, lineages = [], []
    for key, tellers in sorted(told.items()):
        winner = tellers[0][0]
        items.append(winner.value)
        reason = "tells the item" if winner.source is chosen.source else "only others tell this one"
        lineages.append({"item_key": key, **part_lineage(winner.source, winner.value, reason, tellers[1:])})
    return items, lineages


def _place(systems: Sequence[str], system: str) -> int:
    """Where a system stands among those that tell a part; those that are not named come last, or where `*` stands."""
    for name in (system, "*"):
        if name in systems:
            return systems.index(name)
    return len(systems)
