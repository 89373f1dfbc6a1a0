"""No sequence of what may happen brings a protected value past the consent that it needs."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from mdm.models import ChangeRequest, ChangeRequestState
from mdm.services.consents import approve_change, reject_change
from mdm.services.renewal import renew_change
from tests.builders import APPROVER, Clock, golden_of, passing
from tests.laws import happenings
from tests.laws.happenings import CHANGES, INDEX
from tests.laws.observed import lawless, load_batch
from tests.laws.protected import changed_unasked, protect, seen
from tests.laws.universe import FULL, LAWS, Told, a_stranger, tellings, universes

PROTECTING = settings(LAWS, max_examples=150 if FULL else 5, stateful_step_count=30 if FULL else 12)
Happening = Callable[..., object]


class ProtectedHub(RuleBasedStateMachine):
    """Records arrive, are joined, parted and deleted, rules and time move on; an approver says yes or no."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._clock = self._stack.enter_context(passing())
        protect(self._clock)

    def teardown(self) -> None:
        self.leave()

    def leave(self) -> None:
        """All that happened is gone."""
        self._stack.close()

    @initialize(universe=universes(most=6))
    def begin(self, universe: list[Told]) -> None:
        load_batch(universe, self._clock)

    @rule(told=tellings())
    def a_record_arrives(self, told: Told) -> None:
        self._asked_first(happenings.arrive, told)

    @rule(index=INDEX)
    def a_record_is_deleted(self, index: int) -> None:
        self._asked_first(happenings.delete, index)

    @rule(index=INDEX)
    def a_deleted_record_returns(self, index: int) -> None:
        self._asked_first(happenings.bring_back, index)

    @rule(left=INDEX, right=INDEX, same=st.booleans())
    def a_steward_decides(self, left: int, right: int, *, same: bool) -> None:
        self._asked_first(happenings.decide, left, right, same=same)

    @rule(index=INDEX)
    def a_steward_changes_their_mind(self, index: int) -> None:
        self._asked_first(happenings.change_mind, index)

    @rule(change=st.sampled_from(CHANGES))
    def rules_are_published(self, change: Callable[[Any], None]) -> None:
        self._asked_first(happenings.publish, change)

    @rule(days=st.sampled_from([2, 800]))
    def time_passes(self, days: int) -> None:
        self._asked_first(happenings.let_time_pass, days)

    @rule()
    def everything_is_matched_again(self) -> None:
        self._asked_first(happenings.match_again)

    @rule(index=INDEX, yes=st.booleans())
    def an_approver_answers(self, index: int, *, yes: bool) -> None:
        self._asked_first(answer, index, yes=yes)

    def _asked_first(self, happening: Happening, *args: Any, **choices: Any) -> None:
        before = seen()
        happening(self._clock, *args, **choices)
        assert changed_unasked(before) == []
        assert lawless() == {}


def answer(clock: Clock, index: int, *, yes: bool) -> None:
    """An approver says yes or no to a change request that waits, as it is by now."""
    waiting = list(ChangeRequest.objects.filter(state=ChangeRequestState.OPEN).order_by("pk"))
    if not waiting:
        return
    request = waiting[index % len(waiting)]
    if not yes:
        reject_change(request.pk, actor=APPROVER, at=clock(), reason="No", groups=["approver"])
        return
    renew_change(request.pk, at=clock())
    request.refresh_from_db()
    approve_change(
        request.pk, payload_hash=bytes(request.payload_hash), actor=APPROVER, at=clock(), groups=["approver"]
    )


@pytest.mark.django_db
def test_no_protected_value_changes_unasked(hub: None) -> None:
    run_state_machine_as_test(ProtectedHub, settings=PROTECTING)


# One history in which others come to speak in every way: a newcomer, a merge, a deletion, other rules.
UNIVERSE = [Told("crm", a_stranger("00", website="https://a.example")), Told("erp", a_stranger("10"))]
HISTORY: Sequence[Callable[[ProtectedHub], None]] = [
    lambda hub: hub.begin(UNIVERSE),
    lambda hub: hub.a_record_arrives(Told("crm", {**a_stranger("01", website="https://b.example")})),
    lambda hub: hub.a_steward_decides(0, 1, same=True),
    lambda hub: hub.rules_are_published(CHANGES[0]),
    lambda hub: hub.a_record_is_deleted(0),
    lambda hub: hub.a_steward_changes_their_mind(0),
]


def live_through(history: Sequence[Callable[[ProtectedHub], None]]) -> None:
    hub = ProtectedHub()
    try:
        for step in history:
            step(hub)
    finally:
        hub.leave()


@pytest.mark.django_db
def test_with_its_guard_the_law_holds(hub: None) -> None:
    live_through(HISTORY)


@pytest.mark.django_db
def test_without_its_guard_the_law_is_broken(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    monkeypatch.setattr("mdm.services.rebuild.protected", lambda _record, survival, *_, **__: (survival, {}))

    with pytest.raises(AssertionError):
        live_through(HISTORY)


@pytest.mark.django_db
def test_a_merge_that_is_undone_leaves_what_was_there(hub: None) -> None:
    with passing() as clock:
        protect(clock)
        load_batch(UNIVERSE, clock)
        before = {name: golden_of(name).document["attributes"] for name in ("crm:00", "erp:10")}

        happenings.decide(clock, 0, 1, same=True)
        answer(clock, 0, yes=True)
        assert golden_of("crm:00").public_id == golden_of("erp:10").public_id
        happenings.change_mind(clock, 0)

        assert {name: golden_of(name).document["attributes"] for name in before} == before
        assert not ChangeRequest.objects.filter(state=ChangeRequestState.OPEN).exists()
