"""Protected values: what linking, merging or time alone would bring waits until others consent to it.

A system's own change is judged when it arrives (`source_proposals`), a person's when it is proposed. What is left is a
golden value that another source record, or another pin, would give than the one that gave what stands.
"""

from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass
from typing import Any

from mdm.entity_types import Attribute
from mdm.models import GoldenRecord
from mdm.rules.approval import consents_needed
from mdm.rules.order import Unit
from mdm.selectors.consented import Ground, Past
from mdm.services.rule_sets import PublishedRules
from mdm.survivorship.standing import Lineage, Said, Shift, Standing, shifts_between, standing_beside
from mdm.survivorship.survive import Survival


@dataclass(frozen=True, slots=True)
class Wait:
    """A protected value that waits for consent: `value` would survive, `standing` holds. Any: canonical JSON.

    `consents` are the groups that must agree, one person each; `origin` is whose word it is.
    """

    value: Any
    standing: Standing
    consents: tuple[str, ...]
    origin: str


def protected(
    record: GoldenRecord,
    survival: Survival,
    rules: PublishedRules,
    ground: Callable[[], Ground],
    *,
    agreed: Collection[str] = (),
    again: Callable[..., Survival],
) -> tuple[Survival, dict[str, Wait]]:
    """What survives with what stands in place of values that nobody has consented to, and these values.

    `again` survives anew beside what is `standing`: conditions look at what the golden record really says. What is
    `agreed` has its consent, or needs none. A new golden record has nothing to protect.
    """
    waits: dict[str, Wait] = {}
    if not record.version or not rules.document.approval:
        return survival, waits
    while fresh := _what_waits(record, survival, rules, Past(record, ground), but={*agreed, *waits}):
        waits |= fresh
        survival = again(standing={name: wait.standing for name, wait in waits.items()})
    return survival, waits


def _what_waits(
    record: GoldenRecord, survival: Survival, rules: PublishedRules, past: Past, *, but: Set[str]
) -> dict[str, Wait]:
    """The attributes that would say something nobody has consented to; all of a group where one does."""
    before: Mapping[str, Any] = record.document.get("attributes", {})
    known = {attribute.name: attribute for attribute in rules.attributes}
    found: dict[str, Wait] = {}
    for unit in rules.document.order:
        changed = [
            name for name in unit.attributes if name in known and before.get(name) != survival.document.get(name)
        ]
        if not any(name in rules.document.approval for name in changed if name not in but):
            continue
        told = {
            name: (
                Said(before.get(name), record.lineage.get(name, {})),
                Said(survival.document.get(name), survival.lineage.get(name, {})),
            )
            for name in changed
        }
        waits = {
            name: wait
            for name, (was, now) in told.items()
            if name not in but and (wait := _wait(known[name], was, now, rules, past)) is not None
        }
        found |= _with_the_others(waits, {name: told[name] for name in told.keys() - but}, unit)
    return found


def _wait(attribute: Attribute, was: Said, now: Said, rules: PublishedRules, past: Past) -> Wait | None:
    rule = rules.document.approval.get(attribute.name)
    if rule is None or not rule.required:
        return None
    waiting: list[tuple[Shift, tuple[str, ...]]] = []
    for shift in shifts_between(attribute, was, now):
        consents = consents_needed(rule, attribute, old=was.value, new=now.value, origin=shift.origin)
        if consents and not past.explains(shift, was_empty=was.value is None):
            waiting.append((shift, consents))
    if not waiting:
        return None
    consents = max((each for _, each in waiting), key=len)
    standing = standing_beside(attribute, was, now, {shift.key for shift, _ in waiting})
    return Wait(now.value, standing, consents, waiting[0][0].origin)


def _with_the_others(waits: Mapping[str, Wait], told: Mapping[str, tuple[Said, Said]], unit: Unit) -> dict[str, Wait]:
    """A group survives from one record as a whole: where one of its attributes waits, so do the others."""
    if unit.group is None or not waits:
        return dict(waits)
    first = next(iter(waits.values()))
    others = {
        name: Wait(now.value, Standing(was.value, was.lineage.get("winner")), first.consents, first.origin)
        for name, (was, now) in told.items()
    }
    return others | dict(waits)


def given_by(lineage: Lineage, source_record_ids: Collection[int]) -> set[str]:
    """The attributes of which these source records gave a value, or an item, by the lineage of a golden record."""
    return {
        name
        for name, each in lineage.items()
        for winner in (each.get("winner"), *(item.get("winner") for item in each.get("items") or ()))
        if winner and winner.get("source_record_id") in source_record_ids
    }
