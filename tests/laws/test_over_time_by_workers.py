"""Laws 1, 2, 3, 4, 6, 9 and 10 when four workers let things happen at the same moment, each on its own connection."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import sleep
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.errors import MdmError
from mdm.partition import Placement
from mdm.rivals import UniqueSources
from mdm.services.components import Component
from mdm.services.reviews import mark_pairs
from mdm.services.settlement import settle_pending
from mdm.services.upkeep import keep_up
from tests.builders import Clock, crosswalk, golden_values, roll_out, the_same_customer
from tests.laws import happenings
from tests.laws.happenings import CHANGES, INDEX, VALUES
from tests.laws.observed import lawless, load_batch
from tests.laws.second_pass import made_again
from tests.laws.threads import all_at_once
from tests.laws.universe import FULL, LAWS, Told, tellings, universes

WORKERS = 4
STEPS = 7 if FULL else 3
Step = Callable[[Clock], object]


@dataclass(slots=True)
class SharedClock(Clock):
    """One that several workers look at."""

    _lock: Any = field(default_factory=Lock)

    def __call__(self) -> Any:
        with self._lock:
            return Clock.__call__(self)


def step(happening: Callable[..., object], **given_: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.builds(partial, st.just(happening), **given_)


ANYTHING = st.one_of(
    step(happenings.arrive, told=tellings()),
    step(happenings.arrive, told=tellings()),
    step(happenings.send_again, index=INDEX),
    step(happenings.delete, index=INDEX),
    step(happenings.bring_back, index=INDEX),
    step(happenings.decide, left=INDEX, right=INDEX, same=st.booleans()),
    step(happenings.change_mind, index=INDEX),
    step(happenings.edit, index=INDEX, values=VALUES, days=st.sampled_from([None, 3]), pin=st.booleans()),
    step(happenings.settle_pin, index=INDEX, keep=st.booleans()),
    step(happenings.publish, change=st.sampled_from(CHANGES)),
    step(happenings.roll_back),
    step(happenings.let_time_pass, days=st.sampled_from([2, 9])),
    step(happenings.match_again),
)
SCRIPTS = st.lists(st.lists(ANYTHING, min_size=STEPS, max_size=STEPS), min_size=WORKERS, max_size=WORKERS)
BY_WORKERS = settings(LAWS, max_examples=500 if FULL else 3, phases=[Phase.generate])


def work(script: Sequence[Step], clock: Clock) -> None:
    for each in script:
        # Somebody else may have decided, undone or published the same in the meantime: it is refused, and nothing done.
        with suppress(MdmError):
            each(clock)


def history(universe: list[Told], scripts: Sequence[Sequence[Step]]) -> Clock:
    """What all the workers do, until nothing waits any more."""
    clock = SharedClock()
    load_batch(universe, clock)
    all_at_once([partial(work, script, clock) for script in scripts])
    roll_out(clock)
    settle_pending("customer", actor=SYSTEM, at=clock())
    keep_up(at=clock())
    return clock


@pytest.mark.django_db(transaction=True)
@BY_WORKERS
@given(universe=universes(most=6), scripts=SCRIPTS, order=st.permutations(range(3)))
def test_whatever_four_workers_do_the_laws_hold(
    renewed_hub: Callable[[], None], universe: list[Told], scripts: list[list[Step]], order: list[int]
) -> None:
    renewed_hub()
    clock = history(universe, scripts)

    assert golden_values() == made_again(at=clock())
    assert lawless() == {}

    before = crosswalk(), golden_values()
    happenings.unwind(clock, happenings.one_of_each()[:4], order)
    assert (crosswalk(), golden_values()) == before


@pytest.mark.django_db(transaction=True)
def test_without_their_locks_workers_would_not_see_each_other(
    committed_hub: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: four records of one company arrive at once, and nobody waits for anybody."""
    scripts: list[list[Step]] = [
        [partial(happenings.arrive, told=Told("crm", the_same_customer(str(worker))))] for worker in range(WORKERS)
    ]

    def dawdle(component: Component, placement: Placement, unique: UniqueSources) -> None:
        sleep(0.5)
        mark_pairs(component, placement, unique)

    monkeypatch.setattr("mdm.services.placing.mark_pairs", dawdle)
    monkeypatch.setattr("mdm.services.candidates.lock_blocking_keys", lambda *_: None)
    clock = history([], scripts)

    assert golden_values() != made_again(at=clock())
