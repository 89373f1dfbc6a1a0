"""Stewards' decisions about which source records are the same thing, and their undoing."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mdm.actors import Actor
from mdm.errors import AlreadyDecided, SourceRecordPending
from mdm.models import CrosswalkEntry, DecisionKind, MatchDecision, SourceRecord
from mdm.services.circles import refusing_circles
from mdm.services.components import close_over
from mdm.services.decision_writing import Link, link_of, must_links, path, write_decisions
from mdm.services.placing import Settlement
from mdm.services.price_conflicts import refusing_price_conflicts
from mdm.services.reopening import Reopening, declare_reopening
from mdm.services.retries import atomically
from mdm.services.settlement import repartition
from mdm.services.unmerging import unmerge


@dataclass(frozen=True, slots=True)
class Decided:
    """A steward's action: `unit` undoes it."""

    unit: uuid.UUID
    decision_ids: tuple[int, ...]
    settlement: Settlement


@atomically
def merge_pair(
    left_id: int,
    right_id: int,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    reopen_when: Reopening | None = None,
    accept_price_conflicts: bool = False,
) -> Decided:
    """The two source records are the same thing: the golden records that hold them become one.

    Every open source record of both is must-linked to one anchor of the larger, so that the merge outlives a re-match:
    the larger one's own records too, or a veto between them and the newcomers would divide what the steward joined. Own
    records that an earlier decision ties to the anchor get no second tie, which would outlive its undoing.
    Raises ContradictsDecision with the decisions that stand against it, and PriceConflictsArise where prices of equal
    rank would come to differ. With `accept_price_conflicts`, for which there must be a `reason`, they become tasks.
    Raises CircleArises where one stands above the other in a dated tree with others between them.
    """
    homes = _homes([left_id, right_id])
    members = {golden: _members(golden) for golden in set(homes.values())}
    if len(members) == 1:
        links = [link_of(left_id, right_id)]
    else:
        loser, survivor = sorted(members, key=lambda golden: (len(members[golden]), -golden))
        anchor = right_id if homes[right_id] == survivor else left_id
        own = _tied_by_nothing(members[survivor], anchor)
        links = [link_of(record, anchor) for record in (*members[loser], *own)]
    joined = set(homes.values())
    with (
        refusing_circles(joined),
        refusing_price_conflicts(joined, accepted=accept_price_conflicts, reason=reason),
    ):
        return _decide(links, DecisionKind.MUST_LINK, reason=reason, reopen_when=reopen_when, actor=actor, at=at)


@atomically
def keep_apart(
    left_id: int, right_id: int, *, actor: Actor, at: datetime, reason: str = "", reopen_when: Reopening | None = None
) -> Decided:
    """The two source records are not the same thing, now and after every re-match.

    Where they stand under one golden record, it is divided. `reopen_when` says when a steward is to be asked about it
    again. Raises ContradictsDecision, and StateConflict for a condition that is met already.
    """
    _homes([left_id, right_id])
    links = [link_of(left_id, right_id)]
    return _decide(links, DecisionKind.CANNOT_LINK, reason=reason, reopen_when=reopen_when, actor=actor, at=at)


def undo(unit: uuid.UUID, *, actor: Actor, at: datetime, reason: str = "") -> Settlement:
    """Take back a steward's action, whatever happened since; matching and the decisions left say what follows.

    A merge is taken back as its unmerge plan proposes (`unmerging`). Raises NotFound for an unknown unit, StateConflict
    when it was undone already.
    """
    return unmerge(unit, actor=actor, at=at, reason=reason).settlement


def _decide(
    links: Sequence[Link],
    kind: DecisionKind,
    *,
    reason: str,
    reopen_when: Reopening | None,
    actor: Actor,
    at: datetime,
) -> Decided:
    records = sorted({record for link in links for record in link})
    list(SourceRecord.objects.select_for_update().filter(pk__in=records).order_by("pk").values_list("pk"))
    component = close_over(set(records))
    standing = list(MatchDecision.objects.filter(left__in=component, right__in=component, closed_at=None))
    known = {(decision.left_id, decision.right_id): decision for decision in standing}
    if all(link in known and known[link].kind == kind for link in links):
        raise AlreadyDecided(known[links[0]].pk)
    unit = uuid.uuid4()
    decisions = write_decisions(
        [(link, kind) for link in links], standing, unit=unit, reason=reason, actor=actor, at=at
    )
    settlement = repartition(
        records,
        entity_type=_entity_type(records[0]),
        reason="A steward said they are the same" if kind == DecisionKind.MUST_LINK else "A steward said they differ",
        actor=actor,
        at=at,
    )
    if reopen_when is not None:
        declare_reopening(unit, reopen_when, actor=actor, at=at)
    return Decided(unit, tuple(decision.pk for decision in decisions), settlement)


def _tied_by_nothing(members: Sequence[int], anchor: int) -> list[int]:
    """Those of a golden record's source records that no path of open must-links leads to from the anchor."""
    standing = MatchDecision.objects.filter(
        left__in=members, right__in=members, kind=DecisionKind.MUST_LINK, closed_at=None
    )
    must = must_links(list(standing.order_by("pk")))
    return [record for record in members if path(must, anchor, record) is None]


def _homes(source_record_ids: Sequence[int]) -> dict[int, int]:
    entries = CrosswalkEntry.objects.filter(source_record__in=source_record_ids, unlinked_at=None)
    homes = dict(entries.values_list("source_record_id", "golden_record_id"))
    for pk in source_record_ids:
        if pk not in homes:
            raise SourceRecordPending(pk)
    return homes


def _members(golden_record_id: int) -> list[int]:
    entries = CrosswalkEntry.objects.filter(golden_record=golden_record_id, unlinked_at=None)
    return sorted(entries.values_list("source_record_id", flat=True))


def _entity_type(source_record_id: int) -> str:
    return SourceRecord.objects.values_list("entity_type", flat=True).get(pk=source_record_id)
