"""Changes that systems send of what they do not own, or what others must consent to: held, proposed, or refused."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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

    What a record leaves out it takes back: that is judged as the change to no value that it is. What it tells for the
    first time is accepted, unless the golden record says otherwise by now and others must consent to the change.
    """
    result = JudgedWrites(said={record.pk: values for record, values in writes if record.pk})
    changed = [(record, values) for record, values in writes if record.pk and record.accepted != values]
    if not changed:
        return result
    result.homes = _homes([record.pk for record, _ in changed])
    rules = published_rules(entity_type)
    known = {attribute.name: attribute for attribute in rules.attributes}
    for record, values in changed:
        home = result.homes.get(record.pk)
        if home is None:
            continue
        golden_values = home.document["attributes"]
        ownership = ownership_of(rules.document.ownership, golden_values)
        judged: dict[str, Judgement] = {}
        for name in sorted(_told_otherwise(record, values, golden_values) & known.keys()):
            judgement = judge_write(
                known[name],
                values.get(name),
                golden_value=golden_values.get(name),
                system=system.name,
                ownership=ownership,
                approval=rules.document.approval,
            )
            if name in values and name in record.accepted:
                judged[name] = judgement
            elif judgement.keeps_former:
                # Nobody proposes to an owner by silence, nor by its first word; but neither passes consent.
                judged[name] = replace(judgement, verdict=Verdict.HOLD)
        result.accepted[record.pk] = _accepted(record, values, judged)
        result.judged[record.pk] = judged
    return result


def _told_otherwise(record: SourceRecord, values: Mapping[str, Any], golden_values: Mapping[str, Any]) -> set[str]:
    """The attributes of which it says another value than the one accepted, or than the golden one when none was."""
    return {
        name
        for name in values.keys() | record.accepted.keys()
        if values.get(name) != record.accepted.get(name)
        and (name in record.accepted or golden_values.get(name) is not None)
    }


def _accepted(record: SourceRecord, values: Mapping[str, Any], judged: Mapping[str, Judgement]) -> dict[str, Any]:
    """What it says, but for what is held. That a value was taken back stays told: the next one is not its first."""
    held = {name for name, each in judged.items() if each.keeps_former}
    taken_back = {name for name, value in record.accepted.items() if value is None and name not in values}
    said = {name: value for name, value in values.items() if name not in held}
    return {**said, **{name: record.accepted[name] for name in (held | taken_back) & record.accepted.keys()}}


def propose_judged(writes: JudgedWrites, *, system: SourceSystem, at: datetime) -> None:
    """Open, change or take back the change requests that follow. The records are saved and still locked."""
    actor = Actor(f"system:{system.name}")
    waiting = _waiting_parts(writes.said)
    for pk, parts in sorted(waiting.items()):
        for part in parts:
            _follow(part, writes.judged.get(pk, {}), writes.said[pk], actor=actor, at=at)
    turned_down = _turned_down(writes.judged)
    for pk, judged in sorted(writes.judged.items()):
        said = writes.said[pk]
        known = {part.attribute for part in waiting.get(pk, ())}
        fresh = {
            name: each
            for name, each in judged.items()
            if each.verdict is not Verdict.ACCEPT
            and name not in known
            and (name, said.get(name)) not in turned_down[pk, ChangeRequestState.REJECTED]
            and not (
                each.verdict is Verdict.REFUSE and (name, said.get(name)) in turned_down[pk, ChangeRequestState.REFUSED]
            )
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
            value=said.get(name),
            effect=_EFFECTS.get(each.verdict, ChangeEffect.CORRECTION),
            consents=list(each.consents) if each.verdict in _EFFECTS else [],
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
    """A value that waits follows what its system says: the same waits on, another takes its place.

    What its system has taken back, and what needs no consent any more, ends it.
    """
    value = said.get(part.attribute)
    if value == part.value and (value is not None or part.attribute in judged):
        return
    request = part.change_request
    judgement = judged.get(part.attribute)
    if judgement is None or judgement.verdict not in _EFFECTS:
        reason = "Its system says something else by now"
        close_parts(request, [part], ChangeRequestState.WITHDRAWN, reason=reason, actor=actor, at=at)
        return
    part.value, part.effect = value, _EFFECTS[judgement.verdict]
    part.consents = list(judgement.consents)
    revise_parts(request, [part], reason=request.reason, actor=actor, at=at)


def _homes(source_record_ids: Sequence[int]) -> dict[int, GoldenRecord]:
    """Retired ones too: what comes back is compared with what was there before."""
    entries = CrosswalkEntry.objects.filter(
        source_record__in=source_record_ids,
        unlinked_at=None,
        golden_record__status__in=(GoldenStatus.ACTIVE, GoldenStatus.RETIRED),
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


def _turned_down(source_record_ids: Iterable[int]) -> dict[tuple[int, str], list[tuple[str, Any]]]:
    """What people rejected and the rules refused of each record: the same value is not asked about again."""
    turned_down: dict[tuple[int, str], list[tuple[str, Any]]] = defaultdict(list)
    rows = ChangePart.objects.filter(
        change_request__source_record__in=list(source_record_ids),
        state__in=(ChangeRequestState.REJECTED, ChangeRequestState.REFUSED),
    ).values_list("change_request__source_record_id", "state", "attribute", "value")
    for pk, state, attribute, value in rows:
        turned_down[pk, state].append((attribute, value))
    return turned_down
