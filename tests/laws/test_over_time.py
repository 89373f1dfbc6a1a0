"""Laws 2, 4, 9 and 10 after every step of whatever may happen to a hub."""

import uuid
from contextlib import ExitStack

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mdm.actors import SYSTEM
from mdm.errors import AlreadyDecided, ContradictsDecision
from mdm.models import GoldenRecord, GoldenStatus, MatchDecision, SourceRecord
from mdm.services.authoring import author_values
from mdm.services.decisions import keep_apart, merge_pair, undo
from mdm.services.settlement import settle_pending
from tests.builders import STEWARD, check_as_commit_does, crosswalk, load, passing
from tests.laws.observed import dangling, homeless_or_doubled, load_batch
from tests.laws.universe import LAWS, Told, tellings, universes


class HubOverTime(RuleBasedStateMachine):
    """Records arrive, change and go; stewards decide and change their minds; everything is matched again."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._clock = self._stack.enter_context(passing())
        self._units: list[uuid.UUID] = []
        self._given_out: dict[str, int] = {}

    def teardown(self) -> None:
        self._stack.close()

    @initialize(universe=universes(most=6))
    def begin(self, universe: list[Told]) -> None:
        load_batch(universe, self._clock)

    @rule(told=tellings())
    def a_record_arrives(self, told: Told) -> None:
        load(told.system, told.payload, at=self._clock())

    @rule(index=st.integers(0, 20))
    def a_record_is_deleted(self, index: int) -> None:
        record = self._record(index)
        load(record.source_system.name, {**record.payload, "gone": True}, at=self._clock())

    @rule(left=st.integers(0, 20), right=st.integers(0, 20), same=st.booleans())
    def a_steward_decides(self, left: int, right: int, *, same: bool) -> None:
        one, other = self._record(left), self._record(right)
        if one == other:
            return
        decide = merge_pair if same else keep_apart
        try:
            self._units.append(decide(one.pk, other.pk, actor=STEWARD, at=self._clock()).unit)
        except (AlreadyDecided, ContradictsDecision):
            return

    @precondition(lambda self: self._units)
    @rule(index=st.integers(0, 20))
    def a_steward_changes_their_mind(self, index: int) -> None:
        unit = self._units.pop(index % len(self._units))
        undo(unit, actor=STEWARD, at=self._clock())

    @rule(index=st.integers(0, 20), name=st.sampled_from(["Nordlicht", "Nordlicht International"]))
    def a_value_is_authored(self, index: int, name: str) -> None:
        active = list(GoldenRecord.objects.filter(status=GoldenStatus.ACTIVE).order_by("pk"))
        if active:
            chosen = active[index % len(active)]
            author_values(chosen, {"name": name}, reason="", actor=STEWARD, at=self._clock())
            chosen.refresh_from_db()
            assert chosen.document["attributes"]["name"] == name

    @rule()
    def everything_is_matched_again(self) -> None:
        before = crosswalk()
        SourceRecord.objects.exclude(source_system__name="hub").update(pending_since=self._clock())
        settle_pending("customer", actor=SYSTEM, at=self._clock())
        assert crosswalk() == before

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
    def ids_are_given_out_once_and_lead_somewhere(self) -> None:
        assert dangling() == []
        known = dict(GoldenRecord.objects.values_list("public_id", "pk"))
        assert self._given_out.items() <= known.items()
        self._given_out = known

    @invariant()
    def a_commit_would_pass(self) -> None:
        check_as_commit_does()

    def _record(self, index: int) -> SourceRecord:
        records = list(SourceRecord.objects.exclude(source_system__name="hub").order_by("pk"))
        return records[index % len(records)]


@pytest.mark.django_db
def test_whatever_happens_records_have_homes_decisions_hold_and_ids_lead_somewhere(hub: None) -> None:
    run_state_machine_as_test(HubOverTime, settings=LAWS)
