"""The longest valid: now before later before past, and looked at again on the day it changes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.survivorship.candidates import Candidate, Choice, SourceValues
from mdm.survivorship.strategies.longest_valid import longest_valid

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def a_candidate(number: int, start: int | None, end: int | None) -> Candidate:
    """Valid from one day until another, in days from today; None for an open end."""
    days = {"valid_from": start, "valid_to": end}
    told = {name: day_of(day) for name, day in days.items() if day is not None}
    source = SourceValues(number, "crm", f"{number}", NOON, {})
    return Candidate(source, told, rank=0, trust=50, decay=None, looked_at=NOON, failed_checks=())


def day_of(day: int) -> str:
    return (NOON + timedelta(days=day)).date().isoformat()


def chosen_on(candidates: list[Candidate], day: int) -> Choice:
    return longest_valid([replace(each, looked_at=NOON + timedelta(days=day)) for each in candidates])


@pytest.mark.parametrize(
    ("first", "second", "reason", "until"),
    [
        ((-9, 30), (-9, 20), "valid longest", None),
        ((-9, None), (-9, 20), "valid longest", None),
        ((None, 1), (2, None), "valid longest", 1),
        ((None, 5), (2, None), "valid longest", 2),
        ((3, 4), (5, None), "first to become valid", 4),
        ((3, 9), (3, 8), "first to become valid", None),
        ((-9, -1), (-9, -2), "last to have ended", None),
        ((-9, 0), (-9, -2), "last to have ended", None),
        ((0, 1), (-9, -1), "valid longest", None),
    ],
)
def test_the_first_is_kept(
    first: tuple[int | None, int | None], second: tuple[int | None, int | None], reason: str, until: int | None
) -> None:
    choice = longest_valid([a_candidate(2, *second), a_candidate(1, *first)])
    assert (choice.candidate.source.source_record_id, choice.reason) == (1, reason)
    expected = None if until is None else date.fromisoformat(day_of(until))
    assert (choice.until and choice.until.date()) == expected


SPANS = st.tuples(st.none() | st.integers(-9, 9), st.none() | st.integers(1, 9)).map(
    lambda told: (told[0], None if told[1] is None else (told[0] or 0) + told[1])
)


@given(st.lists(SPANS, min_size=1, max_size=4))
def test_it_changes_on_the_day_that_is_told_and_on_none_before(spans: list[tuple[int | None, int | None]]) -> None:
    candidates = [a_candidate(number, *span) for number, span in enumerate(spans)]
    choice = longest_valid(candidates)
    kept = choice.candidate.source.source_record_id
    last = 20 if choice.until is None else (choice.until - NOON).days
    days = range(last + 1)
    assert {chosen_on(candidates, day).candidate.source.source_record_id for day in days} == {kept}
    if choice.until is not None:
        assert chosen_on(candidates, last + 1).candidate.source.source_record_id != kept
