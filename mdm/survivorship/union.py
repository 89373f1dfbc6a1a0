"""Collections that keep every item: the same item told twice survives once, from one source record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mdm.entity_types.base import JsonValue
from mdm.item_keys import country_of, telling_key
from mdm.survivorship.candidates import Candidate, Choice
from mdm.survivorship.lineage import item_lineage, union_lineage
from mdm.survivorship.pool import Pool
from mdm.survivorship.strategies import strategies
from mdm.survivorship.terms import Terms

UNION = "union"


@dataclass(frozen=True, slots=True)
class United:
    """The surviving items, their lineage, and when time alone may change them."""

    items: list[JsonValue]
    lineage: dict[str, JsonValue]
    until: datetime | None


def unite(terms: Terms, pool: Pool) -> United:
    """Join the collections of all eligible candidates, the most trusted system's items first, in its own order.

    Items are the same when their standardized item keys are equal; each is chosen by the item strategy, survives as its
    system wrote it, and has its own lineage.
    """
    choose = strategies.get(terms.policy.item_strategy or UNION)
    items: list[JsonValue] = []
    lineages: list[tuple[Choice, dict[str, JsonValue]]] = []
    for key, tellings in tellings_of(terms, pool.eligible).items():
        passing = [each for each in tellings if not each.failed_checks] or tellings
        choice = choose(passing)
        items.append(choice.candidate.value)
        lineages.append((choice, item_lineage(key, choice, tellings)))
    reason = terms.because("every item that anyone tells")
    ends = [choice.until for choice, _ in lineages if choice.until is not None]
    return United(items, union_lineage(lineages, pool.out, reason=reason), min(ends, default=None))


def tellings_of(terms: Terms, candidates: Sequence[Candidate]) -> dict[str, list[Candidate]]:
    """What is told of each item, by its standardized key: the most trusted system's items first."""
    tellings: dict[str, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda each: (-each.trust, each.tie_break)):
        for item in candidate.value:
            told = terms.candidate(candidate.source, item, rank=candidate.rank)
            key = telling_key(terms.attribute, item, country=country_of(candidate.source.values))
            tellings.setdefault(key, []).append(told)
    return tellings
