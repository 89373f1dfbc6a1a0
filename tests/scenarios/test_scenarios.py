"""Every scenario in the table is true of the hub, and the page for stewards is the table."""

from collections.abc import Sequence
from difflib import ndiff

import pytest

from tests.builders import Clock, a_hub, check_as_commit_does
from tests.scenarios.cases import SCENARIOS
from tests.scenarios.page import PAGE, rendered
from tests.scenarios.table import Golden, Moment, Scenario, row, rows
from tests.scenarios.world import World


@pytest.mark.django_db
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.title)
def test_scenario(scenario: Scenario) -> None:
    a_hub()
    world = World(Clock())
    for number, moment in enumerate(scenario.moments, start=1):
        for step in moment.when:
            step.happen(world)
        check_as_commit_does()
        difference = _difference(world, moment)
        assert not difference, "\n".join(["", scenario.title, f"moment {number}:", *difference])


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == rendered(), "run python -m tests.scenarios.page"


def test_no_two_scenarios_have_one_title() -> None:
    assert len({each.title for each in SCENARIOS}) == len(SCENARIOS)


def _difference(world: World, moment: Moment) -> list[str]:
    """What the hub says otherwise: `-` is the table's line, `+` the hub's. Empty when they agree."""
    expected = rows(moment.then, moment.asks)
    found = _found(world, moment.then) + [f"asks: {each}" for each in world.questions()]
    return [] if found == expected else [line.rstrip() for line in ndiff(expected, found)]


def _found(world: World, expected: Sequence[Golden]) -> list[str]:
    by_name = {each.name: each for each in expected}
    known = world.name_ids({each.name: each.holds.split() for each in expected})
    lines = []
    for seen in world.golden_records():
        name = known.get(seen.public_id, f"unexpected {seen.public_id}")
        looked_at = by_name[name].values or {} if name in by_name else {"name": None}
        values = {attribute: seen.values.get(attribute) for attribute in looked_at}
        lines.append(row(name, seen.status, known.get(seen.leads_to, seen.leads_to), seen.holds, values))
    return sorted(lines)
