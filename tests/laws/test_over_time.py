"""Laws 1, 2, 3, 4, 9 and 10 after every step of whatever may happen to a hub."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from matching.clustering import cluster
from mdm.partition import place
from mdm.services.rebuild import Cause
from tests.laws.hub_over_time import HubOverTime
from tests.laws.universe import FULL, LAWS

OVER_TIME = settings(LAWS, max_examples=500 if FULL else 4, stateful_step_count=30 if FULL else 12)
# A hub without its guard fails soon; the shortest way to it is of no interest.
UNGUARDED = settings(LAWS, max_examples=60, stateful_step_count=20, derandomize=True, phases=[Phase.generate])


@pytest.mark.django_db
def test_whatever_happens_the_laws_hold(hub: None) -> None:
    run_state_machine_as_test(HubOverTime, settings=OVER_TIME)


def _turns_red() -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(HubOverTime, settings=settings(UNGUARDED, report_multiple_bugs=False))


@pytest.mark.django_db
def test_without_decisions_a_match_would_turn_red(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: matching that does not know what stewards decided."""

    def heedless(nodes: Any, pairs: Any, **rest: Any) -> Any:
        return cluster(nodes, pairs, **{**rest, "must_links": [], "cannot_links": []})

    monkeypatch.setattr("mdm.services.clusters.cluster", heedless)
    _turns_red()


@pytest.mark.django_db
def test_without_its_pins_a_value_would_turn_red(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: golden records rebuilt without the pins on their source records."""
    monkeypatch.setattr("mdm.services.rebuild.open_pins", lambda _ids: {})
    _turns_red()


@pytest.mark.django_db
def test_without_the_past_an_undoing_would_turn_red(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a placement that knows neither earlier homes nor where records stood before a decision."""

    def forgetful(clusters: Any, current: Any, past: Any, **rest: Any) -> Any:
        return place(clusters, current, {})

    monkeypatch.setattr("mdm.services.clusters.place", forgetful)
    _turns_red()


@pytest.mark.django_db
def test_without_following_references_a_value_would_turn_red(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: what speaks of a thing that moved is left as it was."""

    def left_alone(dependents: Sequence[tuple[int, str]], **rest: Cause) -> int:
        return 0

    monkeypatch.setattr("mdm.services.settlement.rebuild_dependents", left_alone)
    _turns_red()
