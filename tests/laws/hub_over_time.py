"""A hub to which anything may happen, and what must hold of it after every step."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mdm.models import GoldenRecord, SourceRecord
from mdm.services.upkeep import keep_up
from tests.builders import check_as_commit_does, crosswalk, golden_values, passing
from tests.laws import happenings
from tests.laws.happenings import CHANGES, INDEX, VALUES, Document
from tests.laws.observed import lawless, load_batch
from tests.laws.second_pass import made_again
from tests.laws.universe import Told, tellings, universes


class HubOverTime(RuleBasedStateMachine):
    """Systems tell, stewards decide and change their minds, rules change and are rolled back, time passes."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._clock = self._stack.enter_context(passing())
        self._given_out: dict[str, int] = {}

    def teardown(self) -> None:
        """Law 3 at the end: a record of each of four golden records is merged in a chain, undone oldest first."""
        try:
            if SourceRecord.objects.exists():
                self._unwound(happenings.one_of_each()[:4], range(3))
        finally:
            self.leave()

    def leave(self) -> None:
        """All that happened is gone."""
        self._stack.close()

    @initialize(universe=universes(most=6))
    def begin(self, universe: list[Told]) -> None:
        load_batch(universe, self._clock)

    @rule(told=tellings())
    def a_record_arrives(self, told: Told) -> None:
        happenings.arrive(self._clock, told)

    @rule(index=INDEX)
    def a_record_is_sent_again(self, index: int) -> None:
        before = golden_values()
        happenings.send_again(self._clock, index)
        assert golden_values() == before

    @rule(index=INDEX)
    def a_record_is_deleted(self, index: int) -> None:
        happenings.delete(self._clock, index)

    @rule(index=INDEX)
    def a_deleted_record_returns(self, index: int) -> None:
        happenings.bring_back(self._clock, index)

    @rule(left=INDEX, right=INDEX, same=st.booleans())
    def a_steward_decides(self, left: int, right: int, *, same: bool) -> None:
        happenings.decide(self._clock, left, right, same=same)

    @rule(index=INDEX)
    def a_steward_changes_their_mind(self, index: int) -> None:
        happenings.change_mind(self._clock, index)

    @rule(records=st.lists(INDEX, min_size=2, max_size=4), order=st.permutations(range(3)))
    def merges_unwind(self, records: list[int], order: list[int]) -> None:
        self._unwound([happenings.record_at(index) for index in records], order)

    @rule(index=INDEX, values=VALUES, pin=st.booleans(), days=st.sampled_from([None, 3]))
    def values_are_edited_and_approved(self, index: int, values: Document, days: int | None, *, pin: bool) -> None:
        chosen = happenings.edit(self._clock, index, values, days, pin=pin)
        if pin and chosen is not None:
            chosen.refresh_from_db()
            assert values.items() <= chosen.document["attributes"].items()

    @rule(index=INDEX, keep=st.booleans())
    def a_pin_is_released_or_kept(self, index: int, *, keep: bool) -> None:
        happenings.settle_pin(self._clock, index, keep=keep)

    @rule(change=st.sampled_from(CHANGES))
    def rules_are_published(self, change: Callable[[Document], None]) -> None:
        happenings.publish(self._clock, change)

    @rule()
    def rules_are_rolled_back(self) -> None:
        happenings.roll_back(self._clock)

    @rule(days=st.sampled_from([2, 9, 800]))
    def time_passes(self, days: int) -> None:
        happenings.let_time_pass(self._clock, days)

    @rule()
    def everything_is_matched_again(self) -> None:
        before = crosswalk()
        happenings.match_again(self._clock)
        assert crosswalk() == before

    @invariant()
    def a_second_pass_comes_to_the_same(self) -> None:
        at = self._clock()
        keep_up(at=at)
        assert golden_values() == made_again(at=at)

    @invariant()
    def the_other_laws_hold(self) -> None:
        assert lawless() == {}

    @invariant()
    def ids_are_given_out_once(self) -> None:
        known = dict(GoldenRecord.objects.values_list("public_id", "pk"))
        assert self._given_out.items() <= known.items()
        self._given_out = known

    @invariant()
    def a_commit_would_pass(self) -> None:
        check_as_commit_does()

    def _unwound(self, records: list[SourceRecord], order: Sequence[int]) -> None:
        keep_up(at=self._clock())
        before = crosswalk(), golden_values()
        happenings.unwind(self._clock, records, order)
        assert (crosswalk(), golden_values()) == before
