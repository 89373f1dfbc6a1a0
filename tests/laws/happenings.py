"""What may happen to a hub: each takes a clock and a few small numbers, and finds whom it happens to in the hub itself.

So the same happenings make a history by one worker, step after step, or by several at once.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.errors import AlreadyDecided, ContradictsDecision
from mdm.models import (
    AttributePin,
    ChangeRequest,
    ChangeRequestState,
    DecisionOrigin,
    GoldenRecord,
    GoldenStatus,
    MatchDecision,
    RuleSet,
    RuleSetState,
    SourceRecord,
)
from mdm.rules.documents import DECLARED
from mdm.services.change_requests import propose_change
from mdm.services.consents import approve_change
from mdm.services.decisions import keep_apart, merge_pair, undo
from mdm.services.pin_decisions import confirm_pin, release_pin
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules, rules_of
from mdm.services.settlement import settle_pending
from mdm.services.upkeep import keep_up
from mdm.services.waiting import let_all_wait
from tests.builders import APPROVER, STEWARD, Clock, crosswalk, golden_of, load, roll_out, source_record
from tests.laws.universe import Told

INDEX = st.integers(0, 20)
VALUES = st.sampled_from(
    [
        {"name": "Nordlicht"},
        {"name": "Nordlicht International"},
        {"website": "https://a.example"},
        {"segment": "export"},
    ]
)
Document = dict[str, Any]


def arrive(clock: Clock, told: Told) -> None:
    load(told.system, told.payload, at=clock())


def send_again(clock: Clock, index: int) -> None:
    record = record_at(index)
    load(record.source_system.name, record.payload, at=clock())


def delete(clock: Clock, index: int) -> None:
    record = record_at(index)
    load(record.source_system.name, {**record.payload, "gone": True}, at=clock())


def bring_back(clock: Clock, index: int) -> None:
    gone = list(SourceRecord.objects.exclude(tombstoned_at=None).select_related("source_system").order_by("pk"))
    if gone:
        record = gone[index % len(gone)]
        load(record.source_system.name, {**record.payload, "gone": False}, at=clock())


def decide(clock: Clock, left: int, right: int, *, same: bool) -> None:
    decide_about(clock, record_at(left), record_at(right), same=same)


def decide_about(clock: Clock, one: SourceRecord, other: SourceRecord, *, same: bool) -> uuid.UUID | None:
    """The steward's action; None where it says nothing new, or earlier ones stand against it."""
    if one == other:
        return None
    verdict = merge_pair if same else keep_apart
    try:
        return verdict(one.pk, other.pk, actor=STEWARD, at=clock()).unit
    except (AlreadyDecided, ContradictsDecision):
        return None


def change_mind(clock: Clock, index: int) -> None:
    standing = MatchDecision.objects.filter(origin=DecisionOrigin.STEWARD, closed_at=None)
    units = list(dict.fromkeys(standing.order_by("pk").values_list("unit", flat=True)))
    if units:
        undo(units[index % len(units)], actor=STEWARD, at=clock())


def edit(clock: Clock, index: int, values: Document, days: int | None, *, pin: bool) -> GoldenRecord | None:
    """Propose and approve; returns the golden record concerned."""
    active = list(GoldenRecord.objects.filter(status=GoldenStatus.ACTIVE).order_by("pk"))
    if not active:
        return None
    chosen, at = active[index % len(active)], clock()
    until = at + timedelta(days=days) if pin and days else None
    request = propose_change(chosen, values, reason="", actor=STEWARD, at=at, pin=pin, pin_until=until)
    if request.state == ChangeRequestState.OPEN:
        _consent(clock, request)
    return chosen


def _consent(clock: Clock, request: ChangeRequest) -> None:
    request.refresh_from_db()
    approve_change(
        request.pk, payload_hash=bytes(request.payload_hash), actor=APPROVER, at=clock(), groups=["approver"]
    )


def settle_pin(clock: Clock, index: int, *, keep: bool) -> None:
    pins = list(AttributePin.objects.filter(closed_at=None).order_by("pk").values_list("pk", flat=True))
    if not pins:
        return
    pin = pins[index % len(pins)]
    if keep:
        confirm_pin(pin, actor=STEWARD, at=clock())
        return
    released = release_pin(pin, actor=STEWARD, at=clock())
    if released.request is not None:
        _consent(clock, released.request)


def _trust_the_erp(document: Document) -> None:
    document["survivorship"] = {**document["survivorship"], "trust": {"hub": 90, "crm": 60, "erp": 80, "*": 50}}


def _forget_a_veto(document: Document) -> None:
    document["match"] = {**document["match"], "vetoes": []}


CHANGES: list[Callable[[Document], None]] = [_trust_the_erp, _forget_a_veto]


def publish(clock: Clock, change: Callable[[Document], None]) -> None:
    document = dict(published_rules("customer").document.to_document())
    change(document)
    _put_in_force(clock, document)


def roll_back(clock: Clock) -> None:
    """The rules before those in force are published anew, if there were others of the same attributes."""
    former = (
        RuleSet.objects.filter(
            entity_type="customer",
            state=RuleSetState.SUPERSEDED,
            attributes=published_rules("customer").document.to_document()[DECLARED],
        )
        .order_by("number")
        .last()
    )
    if former is not None:
        _put_in_force(clock, dict(rules_of(former).document.to_document()))


def _put_in_force(clock: Clock, document: Document) -> None:
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    roll_out(clock)
    settle_pending("customer", actor=SYSTEM, at=clock())


def let_time_pass(clock: Clock, days: int) -> None:
    clock.now += timedelta(days=days)
    keep_up(at=clock())


def match_again(clock: Clock) -> None:
    let_all_wait("customer", at=clock())
    settle_pending("customer", actor=SYSTEM, at=clock())


def record_at(index: int) -> SourceRecord:
    """Of all that systems told, in the order of their arrival."""
    told = SourceRecord.objects.exclude(source_system__name="hub").select_related("source_system")
    records = list(told.order_by("pk"))
    return records[index % len(records)]


def one_of_each() -> list[SourceRecord]:
    """A source record of each golden record that has any."""
    firsts = {public_id: name for name, public_id in sorted(crosswalk().items())}
    return [source_record(name) for name in sorted(firsts.values())]


def unwind(clock: Clock, records: Sequence[SourceRecord], order: Sequence[int]) -> None:
    """Merge these in a chain, each with the next, and undo the merges in that order."""
    units = []
    for one, other in pairwise(records):
        left, right = (golden_of(f"{each.source_system.name}:{each.key}") for each in (one, other))
        unit = decide_about(clock, one, other, same=True) if left != right else None
        units += [unit] if unit else []
    for unit in [units[index] for index in order if index < len(units)]:
        undo(unit, actor=STEWARD, at=clock())
