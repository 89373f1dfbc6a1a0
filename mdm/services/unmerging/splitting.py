"""A golden record divided by a steward: some of its source records are another thing, by the plan an unmerge has."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import product

from mdm.actors import SYSTEM, Actor
from mdm.errors import StateConflict
from mdm.models import HUB, CrosswalkEntry, DecisionKind, GoldenRecord, MatchDecision, SourceRecord
from mdm.services.audit import Act
from mdm.services.components import close_over, locked_component
from mdm.services.decision_writing import Link, link_of, write_decisions
from mdm.services.placing import Settlement
from mdm.services.retries import atomically
from mdm.services.settlement import repartition
from mdm.services.unmerging.applying import follow
from mdm.services.unmerging.parting import Parting, foresee
from mdm.services.unmerging.plan import Plan, StalePlan, changes_between
from mdm.services.unmerging.planning import plan_of

MOST_LINKS = 2_000
DIVIDED = "A steward divided it"


@dataclass(frozen=True, slots=True)
class Split:
    """What came of it. `unit` takes it back."""

    plan: Plan
    unit: uuid.UUID
    settlement: Settlement


def split_plan(
    golden_record: GoldenRecord,
    source_record_ids: Collection[int],
    *,
    choices: Mapping[str, str] | None = None,
    at: datetime,
) -> Plan:
    """What splitting these source records off would come to, with the steward's `choices`; nothing is stored.

    Within each half matching says what belongs together. Raises StateConflict where these are none or all of the golden
    record's, ContradictsDecision where a decision that stands holds both halves together, and InvalidChoice.
    """
    parting = _foresee(golden_record, source_record_ids, to_act=False, at=at)
    return plan_of(parting, choices=choices or {}, keep_apart=True, split=True)


@atomically
def split(
    golden_record: GoldenRecord,
    source_record_ids: Collection[int],
    *,
    choices: Mapping[str, str] | None = None,
    state: str | None = None,
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> Split:
    """Say that these source records are not the thing that the others are, as planned, whatever matching says.

    `state` is that of the plan the steward has seen; None takes the plan as it is now. Raises what `split_plan` raises,
    and StalePlan.
    """
    locked_component(source_record_ids)
    parting = _foresee(golden_record, source_record_ids, to_act=True, at=at)
    plan = plan_of(parting, choices={}, keep_apart=True, split=True)
    if state is not None and plan.state != state:
        raise StalePlan(changes_between(state, plan.state))
    if choices:
        plan = plan_of(parting, choices=choices, keep_apart=True, split=True)
    unit, links = uuid.uuid4(), _links(*_halves(golden_record, source_record_ids))
    _keep_apart(links, unit, reason=reason or DIVIDED, actor=actor, at=at)
    act = Act("golden_record.split", "golden_record", golden_record.pk, reason=reason)
    decided = {pk for link in links for pk in link}
    return Split(plan, unit, follow(plan, unit, decided, act, because=DIVIDED, actor=actor, at=at))


def _foresee(golden_record: GoldenRecord, source_record_ids: Collection[int], *, to_act: bool, at: datetime) -> Parting:
    leaving, staying = _halves(golden_record, source_record_ids)
    former = dict.fromkeys(staying, golden_record.pk)
    part = partial(_part, _links(leaving, staying), former)
    return foresee(uuid.uuid4(), [*staying, *leaving], former, part, decided_at=at, to_act=to_act, at=at)


def _part(links: Sequence[Link], former: Mapping[int, int], *, entity_type: str, at: datetime) -> None:
    _keep_apart(links, uuid.uuid4(), reason=DIVIDED, actor=SYSTEM, at=at)
    everyone = sorted(close_over({pk for link in links for pk in link}))
    repartition(everyone, entity_type=entity_type, reason="Foreseen", actor=SYSTEM, at=at, former=former)


def _halves(golden_record: GoldenRecord, source_record_ids: Collection[int]) -> tuple[list[int], list[int]]:
    """The source records that leave and those that stay; what the hub wrote goes with those it was written for."""
    entries = CrosswalkEntry.objects.filter(golden_record=golden_record, unlinked_at=None)
    told = SourceRecord.objects.filter(pk__in=entries.values("source_record")).exclude(source_system__name=HUB)
    members, leaving = set(told.values_list("pk", flat=True)), set(source_record_ids)
    staying = members - leaving
    if not leaving or not staying or not leaving <= members:
        raise StateConflict(f"A split takes some of the source records of {golden_record.public_id}, and leaves some.")
    if len(leaving) * len(staying) > MOST_LINKS:
        raise StateConflict("These are too many at once; split fewer off.")
    return sorted(leaving), sorted(staying)


def _links(leaving: Sequence[int], staying: Sequence[int]) -> list[Link]:
    return [link_of(one, other) for one, other in product(leaving, staying)]


def _keep_apart(links: Sequence[Link], unit: uuid.UUID, *, reason: str, actor: Actor, at: datetime) -> None:
    everyone = close_over({pk for link in links for pk in link})
    standing = MatchDecision.objects.filter(left__in=everyone, right__in=everyone, closed_at=None).order_by("pk")
    wanted = [(link, DecisionKind.CANNOT_LINK) for link in links]
    write_decisions(wanted, list(standing), unit=unit, reason=reason, actor=actor, at=at)
