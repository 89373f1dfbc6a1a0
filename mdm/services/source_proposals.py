"""Changes that systems send of what they do not own, or what others must consent to: held, proposed, or refused."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mdm.actors import Actor
from mdm.events import ApprovalRequested, emit
from mdm.models import (
    ChangeEffect,
    ChangePart,
    ChangeRequest,
    ChangeRequestState,
    CrosswalkEntry,
    GoldenRecord,
    GoldenStatus,
    SourceRecord,
    SourceSystem,
)
from mdm.rules.ownership import ownership_of
from mdm.rules.writing import Judgement, Verdict, judge_write
from mdm.services.change_parts import close_parts, propose_parts, revise_parts
from mdm.services.rule_sets import published_rules

NOT_OWNER = "not_owner"
_EFFECTS = {Verdict.HOLD: ChangeEffect.ACCEPT, Verdict.PROPOSE: ChangeEffect.CORRECTION}


@dataclass(slots=True)
class JudgedWrites:
    """What records say, what to accept of it, and how what is new was judged, by primary key."""

    accepted: dict[int, dict[str, Any]] = field(default_factory=dict)
    judged: dict[int, dict[str, Judgement]] = field(default_factory=dict)
    said: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    homes: dict[int, GoldenRecord] = field(default_factory=dict)


def judge_writes(
    system: SourceSystem, entity_type: str, writes: Sequence[tuple[SourceRecord, dict[str, Any]]]
) -> JudgedWrites:
    """Judge what known, placed records say anew. The caller has the records locked.

    An attribute that a record tells for the first time is accepted: nothing was there to protect.
    """
    result = JudgedWrites(said={record.pk: values for record, values in writes if record.pk})
    changed = [(record, values) for record, values in writes if record.pk and record.accepted != values]
    if not changed:
        return result
    result.homes = _active_homes([record.pk for record, _ in changed])
    rules = published_rules(entity_type)
    known = {attribute.name: attribute for attribute in rules.attributes}
    for record, values in changed:
        home = result.homes.get(record.pk)
        if home is None:
            continue
        golden_values = home.document["attributes"]
        ownership = ownership_of(rules.document.ownership, golden_values)
        judged = {
            name: judge_write(
                known[name],
                value,
                golden_value=golden_values.get(name),
                system=system.name,
                ownership=ownership,
                approval=rules.document.approval,
            )
            for name, value in values.items()
            if name in known and name in record.accepted and record.accepted[name] != value
        }
        held = {name: record.accepted[name] for name, each in judged.items() if each.verdict is Verdict.HOLD}
        result.accepted[record.pk] = {**values, **held}
        result.judged[record.pk] = judged
    return result


def propose_judged(writes: JudgedWrites, *, system: SourceSystem, at: datetime) -> None:
    """Open, change or take back the change requests that follow. The records are saved and still locked."""
    actor = Actor(f"system:{system.name}")
    waiting = _waiting_parts(writes.said)
    for pk, parts in sorted(waiting.items()):
        for part in parts:
            _follow(part, writes.judged.get(pk, {}), writes.said[pk], actor=actor, at=at)
    rejected = _rejected_values(writes.judged)
    for pk, judged in sorted(writes.judged.items()):
        said = writes.said[pk]
        known = {part.attribute for part in waiting.get(pk, ())}
        fresh = {
            name: each
            for name, each in judged.items()
            if each.verdict is not Verdict.ACCEPT and name not in known and (name, said[name]) not in rejected[pk]
        }
        if fresh:
            _open(writes.homes[pk], pk, fresh, said, system=system, actor=actor, at=at)


def _open(
    home: GoldenRecord,
    source_record_id: int,
    judged: Mapping[str, Judgement],
    said: Mapping[str, Any],
    *,
    system: SourceSystem,
    actor: Actor,
    at: datetime,
) -> None:
    parts = [
        ChangePart(
            attribute=name,
            value=said[name],
            effect=_EFFECTS.get(each.verdict, ChangeEffect.CORRECTION),
            consents=list(each.consents),
        )
        for name, each in sorted(judged.items())
    ]
    request = ChangeRequest(
        golden_record=home,
        source_record_id=source_record_id,
        base_version=home.version,
        origin_system=system.name,
        reason=f"Changed in {system.label}",
    )
    propose_parts(request, parts, actor=actor, at=at)
    refused = [part for part in parts if judged[part.attribute].verdict is Verdict.REFUSE]
    if refused:
        close_parts(request, refused, ChangeRequestState.REFUSED, reason=NOT_OWNER, actor=actor, at=at)
    if request.state == ChangeRequestState.OPEN:
        emit(ApprovalRequested(request.pk))


def _follow(
    part: ChangePart, judged: Mapping[str, Judgement], said: Mapping[str, Any], *, actor: Actor, at: datetime
) -> None:
    """A value that waits follows what its system says: the same waits on, another takes its place, none ends it."""
    if part.attribute not in said or said[part.attribute] == part.value:
        return
    request = part.change_request
    judgement = judged.get(part.attribute)
    if judgement is None or judgement.verdict not in _EFFECTS:
        reason = "Its system says something else by now"
        close_parts(request, [part], ChangeRequestState.WITHDRAWN, reason=reason, actor=actor, at=at)
        return
    part.value, part.effect = said[part.attribute], _EFFECTS[judgement.verdict]
    part.consents = list(judgement.consents)
    revise_parts(request, [part], reason=request.reason, actor=actor, at=at)


def _active_homes(source_record_ids: Sequence[int]) -> dict[int, GoldenRecord]:
    entries = CrosswalkEntry.objects.filter(
        source_record__in=source_record_ids, unlinked_at=None, golden_record__status=GoldenStatus.ACTIVE
    )
    return {entry.source_record_id: entry.golden_record for entry in entries.select_related("golden_record")}


def _waiting_parts(source_record_ids: Iterable[int]) -> dict[int, list[ChangePart]]:
    """Locked, requests first, as whoever decides does."""
    requests = {
        request.pk: request
        for request in ChangeRequest.objects.select_for_update(of=("self",))
        .filter(source_record__in=list(source_record_ids), state=ChangeRequestState.OPEN)
        .order_by("pk")
    }
    found: dict[int, list[ChangePart]] = defaultdict(list)
    parts = ChangePart.objects.filter(change_request__in=requests, state=ChangeRequestState.OPEN)
    for part in parts.order_by("pk"):
        part.change_request = requests[part.change_request_id]
        found[requests[part.change_request_id].source_record_id or 0].append(part)
    return found


def _rejected_values(source_record_ids: Iterable[int]) -> dict[int, list[tuple[str, Any]]]:
    """What people have turned down of each record: the same value is not asked about again."""
    turned_down: dict[int, list[tuple[str, Any]]] = defaultdict(list)
    rows = ChangePart.objects.filter(
        change_request__source_record__in=list(source_record_ids), state=ChangeRequestState.REJECTED
    ).values_list("change_request__source_record_id", "attribute", "value")
    for pk, attribute, value in rows:
        turned_down[pk].append((attribute, value))
    return turned_down
