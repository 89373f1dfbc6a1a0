"""Fading trust: what each shape says, and that the moment of overtaking is found to the second."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, find, given
from hypothesis import strategies as st

from mdm.rules.policies import Decay, DecayShape
from mdm.survivorship.candidates import Candidate, SourceValues, best
from mdm.survivorship.decay import overtakes_at, standing, trust_bits
from mdm.survivorship.strategies.most_trusted import most_trusted

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def a_candidate(number: int, trust: int, decay: Decay | None, *, age: timedelta, at: datetime = NOON) -> Candidate:
    source = SourceValues(number, "crm", f"{number}", NOON - age, {})
    return Candidate(source, number, rank=0, trust=trust, decay=decay, looked_at=at, failed_checks=())


@pytest.mark.parametrize(
    ("decay", "left"),
    [
        (None, {0: 80, 400: 80}),
        (Decay(DecayShape.HALF_LIFE, 100), {-5: 80, 0: 80, 100: 40, 200: 20}),
        (Decay(DecayShape.HALF_LIFE, 100, to=30), {100: 40, 200: 24, 900: 24}),
        (Decay(DecayShape.LINEAR, 100), {-5: 80, 25: 60, 100: 0, 900: 0}),
        (Decay(DecayShape.LINEAR, 100, to=50), {50: 60, 100: 40, 900: 40}),
        (Decay(DecayShape.STEP, 100, to=25), {-5: 80, 99: 80, 100: 20, 900: 20}),
    ],
)
def test_each_shape_fades_as_it_says(decay: Decay | None, left: dict[int, int]) -> None:
    candidate = a_candidate(1, 80, decay, age=timedelta())
    found = {days: 2 ** trust_bits(candidate, age=timedelta(days=days)) for days in left}
    assert found == pytest.approx(left)


def test_a_step_is_overtaken_on_the_second() -> None:
    leader = a_candidate(1, 80, Decay(DecayShape.STEP, 30, to=50), age=timedelta(days=10))
    rival = a_candidate(2, 60, None, age=timedelta(days=10))
    assert overtakes_at(rival, leader, after=NOON) == NOON + timedelta(days=20)


def test_a_rival_may_be_ahead_for_a_while_between_a_curve_and_a_line() -> None:
    line = a_candidate(1, 80, Decay(DecayShape.LINEAR, 10, to=25), age=timedelta())
    curve = a_candidate(2, 80, Decay(DecayShape.HALF_LIFE, 8), age=timedelta(seconds=1))
    ahead_at = overtakes_at(curve, line, after=NOON)
    assert ahead_at is not None
    assert NOON < ahead_at < NOON + timedelta(days=10)
    back_at = overtakes_at(line, curve, after=ahead_at)
    assert back_at is not None
    assert standing(line, at=back_at) > standing(curve, at=back_at)


DECAYS = st.none() | st.builds(
    Decay, st.sampled_from(DecayShape), days=st.integers(1, 12), to=st.sampled_from([0, 1, 10, 25, 50, 90, 100])
)
CANDIDATES = st.lists(
    st.tuples(st.integers(0, 100), DECAYS, st.timedeltas(timedelta(days=-8), timedelta(days=20))),
    min_size=2,
    max_size=4,
).map(lambda told: [a_candidate(n, trust, decay, age=age) for n, (trust, decay, age) in enumerate(told)])
LOOKS = [1, 2, 59, *range(600, 40 * 86_400, 3_600)]  # an hour apart, for forty days


def best_after(candidates: list[Candidate], seconds: int) -> Candidate:
    at = NOON + timedelta(seconds=seconds)
    return best(candidates, key=lambda candidate: standing(candidate, at=at))


@given(CANDIDATES)
@example([a_candidate(n, 60, Decay(DecayShape.LINEAR, 1), age=timedelta()) for n in (1, 2)])
def test_nobody_overtakes_before_the_time_that_is_told_and_somebody_does_then(candidates: list[Candidate]) -> None:
    choice = most_trusted(candidates)
    until = None if choice.until is None else (choice.until - NOON) // timedelta(seconds=1)
    before = [seconds for seconds in LOOKS if until is None or seconds < until]
    assert all(best_after(candidates, seconds) is choice.candidate for seconds in before)
    if until is not None:
        assert until == 1 or best_after(candidates, until - 1) is choice.candidate
        assert best_after(candidates, until) is not choice.candidate


def test_looking_at_one_end_of_all_time_would_miss_one_who_is_ahead_for_a_while() -> None:
    def is_missed(candidates: list[Candidate]) -> bool:
        at_the_end = best_after(candidates, 1_000 * 365 * 86_400)
        choice = most_trusted(candidates)
        return choice.until is not None and at_the_end is choice.candidate

    assert find(CANDIDATES, is_missed)
