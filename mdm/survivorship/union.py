"""Collections that keep every item: the same item told twice survives once, from one source record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mdm.entity_types.base import Attribute, JsonValue
from mdm.item_keys import item_key
from mdm.rules.documents import RuleSetDocument
from mdm.rules.policies import AttributePolicy
from mdm.survivorship.candidates import Candidate, Choice
from mdm.survivorship.lineage import item_lineage, union_lineage
from mdm.survivorship.pool import Pool, candidate_of
from mdm.survivorship.strategies import strategies

UNION = "union"


@dataclass(frozen=True, slots=True)
class United:
    """The surviving items, their lineage, and when time alone may change them."""

    items: list[JsonValue]
    lineage: dict[str, JsonValue]
    until: datetime | None


def unite(
    attribute: Attribute, pool: Pool, *, policy: AttributePolicy, rules: RuleSetDocument, effective_at: datetime
) -> United:
    """Join the collections of all eligible candidates, the most trusted system's items first, in its own order.

    Items are the same when their item keys are equal; each is chosen by the item strategy and has its own lineage.
    """
    choose = strategies.get(policy.item_strategy or UNION)
    items: list[JsonValue] = []
    lineages: list[tuple[Choice, dict[str, JsonValue]]] = []
    for key, tellings in _tellings(attribute, pool.eligible, rules=rules, at=effective_at).items():
        passing = [each for each in tellings if not each.failed_checks] or tellings
        choice = choose(passing)
        items.append(choice.candidate.value)
        lineages.append((choice, item_lineage(key, choice, tellings)))
    ends = [choice.until for choice, _ in lineages if choice.until is not None]
    return United(items, union_lineage(lineages, pool.out), min(ends, default=None))


def _tellings(
    attribute: Attribute, candidates: Sequence[Candidate], *, rules: RuleSetDocument, at: datetime
) -> dict[str, list[Candidate]]:
    tellings: dict[str, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda each: (-each.trust, each.tie_break)):
        for item in candidate.value:
            told = candidate_of(attribute, candidate.source, item, rules=rules, rank=candidate.rank, at=at)
            tellings.setdefault(item_key(attribute, item), []).append(told)
    return tellings
