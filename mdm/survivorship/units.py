"""How one attribute, or one group of them, survives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mdm.entity_types.base import JsonValue
from mdm.survivorship.candidates import Choice, SourceValues
from mdm.survivorship.items import unite_items
from mdm.survivorship.lineage import Loser, empty_lineage, value_lineage
from mdm.survivorship.pool import pool_of
from mdm.survivorship.strategies import strategies
from mdm.survivorship.terms import Terms
from mdm.survivorship.union import UNION, unite


@dataclass(frozen=True, slots=True)
class Survived:
    """The value of one attribute, why, and when time alone may change it; None when it cannot."""

    value: JsonValue
    lineage: dict[str, JsonValue]
    until: datetime | None = None


def survive_unit(terms: Terms, sources: Sequence[SourceValues]) -> Mapping[str, Survived]:
    """What survives, by attribute; what nobody tells is left out."""
    pool, strategy = pool_of(terms, sources), terms.policy.strategy
    if pool.owner_says_empty is not None:
        return {
            each.name: Survived(
                None, empty_lineage(pool.owner_says_empty, strategy, _narrowed(pool.out, terms, each.name))
            )
            for each in terms.attributes
        }
    if not pool.eligible:
        return {}
    if strategy == UNION:
        united = unite(terms, pool) if terms.policy.items is None else unite_items(terms, pool)
        return {terms.attribute.name: Survived(united.items, united.lineage, united.until)}
    choice = strategies.get(strategy)(pool.eligible)
    others = [(each, f"not {choice.reason}") for each in pool.eligible if each is not choice.candidate]
    return dict(_of_one_record(terms, choice, (*others, *pool.out)))


def _of_one_record(terms: Terms, choice: Choice, losers: Sequence[Loser]) -> Iterator[tuple[str, Survived]]:
    """The chosen record's value of each attribute: null where it has none and another record, which lost, has one."""
    reason = terms.because(choice.reason if terms.group is None else f"{choice.reason} with all of {terms.group}")
    source, strategy = choice.candidate.source, terms.policy.strategy
    for attribute in terms.attributes:
        value, lost = terms.part(choice.candidate.value, attribute.name), _narrowed(losers, terms, attribute.name)
        if value is None and all(candidate.value is None for candidate, _ in lost):
            continue
        yield attribute.name, Survived(value, value_lineage(source, value, strategy, reason, lost), choice.until)


def _narrowed(losers: Sequence[Loser], terms: Terms, name: str) -> list[Loser]:
    """What those that lost say of one attribute; of a group, some say nothing of it."""
    if terms.group is None:
        return list(losers)
    parts = [(replace(each, value=terms.part(each.value, name)), reason) for each, reason in losers]
    return [(each, reason) for each, reason in parts if each.value is not None]
