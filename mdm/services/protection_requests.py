"""Change requests for protected values that wait behind what stands: they follow what would survive."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from mdm.actors import SYSTEM, Actor
from mdm.events import ApprovalRequested, emit
from mdm.models import ChangeEffect, ChangePart, ChangeRequest, ChangeRequestState, GoldenRecord, SourceSystem
from mdm.services.change_parts import close_parts, open_request, propose_parts, revise_parts
from mdm.services.protection import Wait
from mdm.services.rule_sets import PublishedRules

MOOT = "Nothing else would hold by now"


def ask_for_consent(
    waits: Sequence[tuple[GoldenRecord, Mapping[str, Wait]]], rules: PublishedRules, *, actor: Actor, at: datetime
) -> None:
    """Ask about what waits, once; what waited and does no more is withdrawn. The golden records are locked.

    The proposer is the person who acts, so that others must consent, else the system whose word it is. A value that
    was turned down is not asked about again, as long as it is that value.
    """
    if not rules.document.approval:
        return
    asked = _open_parts([record.pk for record, _ in waits])
    for record, mine in waits:
        for pk, parts in sorted(asked.get(record.pk, {}).items()):
            _follow(pk, parts, mine, actor=actor, at=at)
        known = {part.attribute for parts in asked.get(record.pk, {}).values() for part in parts}
        _ask(record, {name: wait for name, wait in mine.items() if name not in known}, actor=actor, at=at)


def ask_no_more(golden_record_ids: Collection[int], *, at: datetime) -> None:
    """Of golden records that merge away: their survivor asks for itself."""
    for by_request in _open_parts(golden_record_ids).values():
        for pk, parts in sorted(by_request.items()):
            _follow(pk, parts, {}, actor=SYSTEM, at=at)


def _follow(pk: int, parts: Sequence[ChangePart], waits: Mapping[str, Wait], *, actor: Actor, at: datetime) -> None:
    request = open_request(pk)
    moot = [part for part in parts if part.attribute not in waits]
    if moot:
        close_parts(request, moot, ChangeRequestState.WITHDRAWN, reason=MOOT, actor=SYSTEM, at=at)
    revised = []
    for part in parts:
        wait = waits.get(part.attribute)
        if wait is not None and (part.value, tuple(part.consents)) != (wait.value, wait.consents):
            part.value, part.consents = wait.value, list(wait.consents)
            revised.append(part)
    if revised:
        by = _proposer(actor, waits[revised[0].attribute])
        revise_parts(request, revised, reason=request.reason, actor=by, at=at)


def _ask(record: GoldenRecord, waits: Mapping[str, Wait], *, actor: Actor, at: datetime) -> None:
    turned_down = _turned_down(record) if waits else []
    by_origin: dict[str, dict[str, Wait]] = defaultdict(dict)
    for name, wait in sorted(waits.items()):
        if (name, wait.value) not in turned_down:
            by_origin[wait.origin][name] = wait
    for origin, mine in sorted(by_origin.items()):
        label = SourceSystem.objects.filter(name=origin).values_list("label", flat=True).first() or origin
        request = ChangeRequest(
            golden_record=record,
            base_version=record.version,
            origin_system=origin,
            reason=f"Another record of {label} says otherwise",
        )
        parts = [
            ChangePart(attribute=name, value=wait.value, effect=ChangeEffect.SURVIVE, consents=list(wait.consents))
            for name, wait in mine.items()
        ]
        propose_parts(request, parts, actor=_proposer(actor, next(iter(mine.values()))), at=at, expires=False)
        emit(ApprovalRequested(request.pk))


def _proposer(actor: Actor, wait: Wait) -> Actor:
    return Actor(f"system:{wait.origin}") if actor == SYSTEM else actor


def _open_parts(golden_record_ids: Collection[int]) -> dict[int, dict[int, list[ChangePart]]]:
    """Golden record → change request → its open parts of this kind."""
    rows = ChangePart.objects.filter(
        change_request__golden_record__any=sorted(golden_record_ids),
        change_request__state=ChangeRequestState.OPEN,
        effect=ChangeEffect.SURVIVE,
        state=ChangeRequestState.OPEN,
    )
    found: dict[int, dict[int, list[ChangePart]]] = defaultdict(lambda: defaultdict(list))
    for part in rows.select_related("change_request").order_by("pk"):
        found[part.change_request.golden_record_id][part.change_request_id].append(part)
    return found


def _turned_down(record: GoldenRecord) -> list[tuple[str, Any]]:
    rows = ChangePart.objects.filter(
        change_request__golden_record=record, effect=ChangeEffect.SURVIVE, state=ChangeRequestState.REJECTED
    )
    return list(rows.values_list("attribute", "value"))
