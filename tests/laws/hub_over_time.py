"""A hub to which anything may happen, and what must hold of it after every step."""

import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mdm.actors import SYSTEM
from mdm.errors import AlreadyDecided, ContradictsDecision
from mdm.models import AttributePin, ChangeRequestState, GoldenRecord, GoldenStatus, MatchDecision, SourceRecord
from mdm.services.change_requests import propose_change
from mdm.services.consents import approve_change
from mdm.services.decisions import keep_apart, merge_pair, undo
from mdm.services.pin_decisions import confirm_pin, release_pin
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.settlement import settle_pending
from mdm.services.upkeep import keep_up
from tests.builders import APPROVER, STEWARD, check_as_commit_does, crosswalk, golden_values, load, passing
from tests.laws.observed import dangling, homeless_or_doubled, load_batch
from tests.laws.second_pass import led_astray, made_again
from tests.laws.universe import Told, tellings, universes

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


def _trust_the_erp(document: Document) -> None:
    document["survivorship"] = {**document["survivorship"], "trust": {"hub": 90, "crm": 60, "erp": 80, "*": 50}}


def _forget_a_veto(document: Document) -> None:
    document["match"] = {**document["match"], "vetoes": []}


CHANGES: list[Callable[[Document], None]] = [_trust_the_erp, _forget_a_veto]


class HubOverTime(RuleBasedStateMachine):
    """Systems tell, stewards decide and change their minds, rules change and are rolled back, time passes."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._clock = self._stack.enter_context(passing())
        self._units: list[uuid.UUID] = []
        self._given_out: dict[str, int] = {}
        self._former_rules: list[Document] = []

    def teardown(self) -> None:
        """Law 3 at the end: a record of each of four golden records is merged in a chain, undone oldest first."""
        try:
            if SourceRecord.objects.exists():
                firsts = sorted({public_id: name for name, public_id in sorted(crosswalk().items())}.values())
                self._unwound([self._by_name(name) for name in firsts[:4]], range(3))
        finally:
            self._stack.close()

    @initialize(universe=universes(most=6))
    def begin(self, universe: list[Told]) -> None:
        load_batch(universe, self._clock)

    @rule(told=tellings())
    def a_record_arrives(self, told: Told) -> None:
        load(told.system, told.payload, at=self._clock())

    @rule(index=INDEX)
    def a_record_is_sent_again(self, index: int) -> None:
        record, before = self._record(index), golden_values()
        load(record.source_system.name, record.payload, at=self._clock())
        assert golden_values() == before

    @rule(index=INDEX)
    def a_record_is_deleted(self, index: int) -> None:
        record = self._record(index)
        load(record.source_system.name, {**record.payload, "gone": True}, at=self._clock())

    @rule(index=INDEX)
    def a_deleted_record_returns(self, index: int) -> None:
        gone = list(SourceRecord.objects.exclude(tombstoned_at=None).select_related("source_system").order_by("pk"))
        if gone:
            record = gone[index % len(gone)]
            load(record.source_system.name, {**record.payload, "gone": False}, at=self._clock())

    @rule(left=INDEX, right=INDEX, same=st.booleans())
    def a_steward_decides(self, left: int, right: int, *, same: bool) -> None:
        self._decide(self._record(left), self._record(right), same=same)

    @precondition(lambda self: self._units)
    @rule(index=INDEX)
    def a_steward_changes_their_mind(self, index: int) -> None:
        undo(self._units.pop(index % len(self._units)), actor=STEWARD, at=self._clock())

    @rule(records=st.lists(INDEX, min_size=2, max_size=4), order=st.permutations(range(3)))
    def merges_unwind(self, records: list[int], order: list[int]) -> None:
        self._unwound([self._record(index) for index in records], order)

    @rule(index=INDEX, values=VALUES, pin=st.booleans(), days=st.sampled_from([None, 3]))
    def values_are_edited_and_approved(self, index: int, values: Document, days: int | None, *, pin: bool) -> None:
        active = list(GoldenRecord.objects.filter(status=GoldenStatus.ACTIVE).order_by("pk"))
        if not active:
            return
        chosen, at = active[index % len(active)], self._clock()
        until = at + timedelta(days=days) if pin and days else None
        request = propose_change(chosen, values, reason="", actor=STEWARD, at=at, pin=pin, pin_until=until)
        if request.state == ChangeRequestState.OPEN:
            request.refresh_from_db()
            approve_change(request.pk, payload_hash=bytes(request.payload_hash), actor=APPROVER, at=self._clock())
        if pin:
            chosen.refresh_from_db()
            assert values.items() <= chosen.document["attributes"].items()

    @rule(index=INDEX, keep=st.booleans())
    def a_pin_is_released_or_kept(self, index: int, *, keep: bool) -> None:
        pins = list(AttributePin.objects.filter(closed_at=None).order_by("pk").values_list("pk", flat=True))
        if pins:
            settle = confirm_pin if keep else release_pin
            settle(pins[index % len(pins)], actor=STEWARD, at=self._clock())

    @rule(change=st.sampled_from(CHANGES))
    def rules_are_published(self, change: Callable[[Document], None]) -> None:
        document = published_rules("customer").document.to_document()
        self._former_rules.append(document)
        changed = dict(document)
        change(changed)
        self._publish(changed)

    @precondition(lambda self: self._former_rules)
    @rule()
    def rules_are_rolled_back(self) -> None:
        self._publish(self._former_rules.pop())

    @rule(days=st.sampled_from([2, 9, 800]))
    def time_passes(self, days: int) -> None:
        self._clock.now += timedelta(days=days)
        keep_up(at=self._clock())

    @rule()
    def everything_is_matched_again(self) -> None:
        before = crosswalk()
        SourceRecord.objects.exclude(source_system__name="hub").update(pending_since=self._clock())
        settle_pending("customer", actor=SYSTEM, at=self._clock())
        assert crosswalk() == before

    @invariant()
    def a_second_pass_comes_to_the_same(self) -> None:
        at = self._clock()
        keep_up(at=at)
        assert golden_values() == made_again(at=at)

    @invariant()
    def every_record_has_one_home(self) -> None:
        assert homeless_or_doubled() == []

    @invariant()
    def decisions_hold(self) -> None:
        held = crosswalk()
        open_decisions = MatchDecision.objects.filter(closed_at=None).select_related(
            "left__source_system", "right__source_system"
        )
        for decision in open_decisions:
            left, right = (
                held[f"{record.source_system.name}:{record.key}"] for record in (decision.left, decision.right)
            )
            assert (left == right) == (decision.kind == "must_link")

    @invariant()
    def ids_are_given_out_once_and_lead_to_their_records(self) -> None:
        assert dangling() == []
        assert led_astray() == []
        known = dict(GoldenRecord.objects.values_list("public_id", "pk"))
        assert self._given_out.items() <= known.items()
        self._given_out = known

    @invariant()
    def a_commit_would_pass(self) -> None:
        check_as_commit_does()

    def _decide(self, one: SourceRecord, other: SourceRecord, *, same: bool) -> uuid.UUID | None:
        if one == other:
            return None
        decide = merge_pair if same else keep_apart
        try:
            unit = decide(one.pk, other.pk, actor=STEWARD, at=self._clock()).unit
        except (AlreadyDecided, ContradictsDecision):
            return None
        self._units.append(unit)
        return unit

    def _unwound(self, records: list[SourceRecord], order: Sequence[int]) -> None:
        """Merge these in a chain and undo the merges in that order: all is as it was."""
        keep_up(at=self._clock())
        before = crosswalk(), golden_values()
        units = [
            unit
            for one, other in pairwise(records)
            if crosswalk_of(one) != crosswalk_of(other) and (unit := self._decide(one, other, same=True))
        ]
        for unit in [units[index] for index in order if index < len(units)]:
            self._units.remove(unit)
            undo(unit, actor=STEWARD, at=self._clock())
        assert (crosswalk(), golden_values()) == before

    def _publish(self, document: Document) -> None:
        publish_rule_set("customer", document, model=None, actor=SYSTEM, at=self._clock())
        settle_pending("customer", actor=SYSTEM, at=self._clock())

    def _record(self, index: int) -> SourceRecord:
        records = list(SourceRecord.objects.exclude(source_system__name="hub").order_by("pk"))
        return records[index % len(records)]

    def _by_name(self, name: str) -> SourceRecord:
        system, key = name.split(":", 1)
        return SourceRecord.objects.get(source_system__name=system, key=key)


def crosswalk_of(record: SourceRecord) -> str:
    """Public id of the golden record that holds a source record."""
    return crosswalk()[f"{record.source_system.name}:{record.key}"]
