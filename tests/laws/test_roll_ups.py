"""Law: what stands below, and the locations it comes to, are what walking every tree by hand finds; then as now."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.models import GoldenRecord
from mdm.selectors.feed_positions import last_position
from mdm.selectors.hierarchy import Asked, ancestors_of, descendants_of, locations_under, path_down
from mdm.services.decisions import merge_pair, undo
from mdm.services.sequencer import assign_feed_positions
from tests.builders import STEWARD, Clock, golden_of, passing, source_record
from tests.laws.universe import LAWS
from tests.tree_world import a_parent, tell, tell_place, tell_trees

DAYS = [date(2026, month, 1) for month in range(1, 6)]
CUSTOMERS, PLACES = "ABCDEF", "ST"
EVERYTHING = 10_000

windows = st.lists(st.sampled_from(DAYS), min_size=2, max_size=2, unique=True).map(sorted)
moves = st.one_of(
    st.tuples(st.just("parent"), st.sampled_from(CUSTOMERS), st.sampled_from(CUSTOMERS), windows),
    st.tuples(st.just("roles"), st.sampled_from(PLACES), st.lists(st.tuples(st.sampled_from(CUSTOMERS), windows))),
)


class World:
    """What was told, and who is who."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.parents: dict[str, list[Any]] = {key: [] for key in CUSTOMERS}
        self.roles: dict[str, dict[tuple[str, date], date]] = {key: {} for key in PLACES}
        tell_trees()
        for key in CUSTOMERS:
            tell(key, clock=clock)
        for key in PLACES:
            tell_place(key, clock=clock)
        self.pk = {key: golden_of(f"crm:{key}").pk for key in CUSTOMERS}

    def happen(self, move: tuple[Any, ...]) -> None:
        match move:
            case ("parent", child, parent, (start, end)):
                # Only upward in the alphabet: circles are another law's business.
                if parent < child:
                    kept = [each for each in self.parents[child] if each[1] != start]
                    self.parents[child] = [*kept, (parent, start, end)]
                    told = [a_parent(p, s.isoformat(), e.isoformat()) for p, s, e in self.parents[child]]
                    tell(child, *told, clock=self.clock)
            case ("roles", place, roles):
                self.roles[place] = {(customer, start): end for customer, (start, end) in roles}
                said = [
                    {"customer": customer, "role": "ship_to", "from": start.isoformat(), "to": end.isoformat()}
                    for (customer, start), end in self.roles[place].items()
                ]
                tell_place(place, clock=self.clock, **({"roles": said} if said else {}))

    def parent_on(self, key: str, day: date) -> str | None:
        holding = [each for each in self.parents[key] if each[1] <= day < each[2]]
        return max(holding, key=lambda each: each[1])[0] if holding else None

    def below(self, top: str, day: date) -> set[str]:
        def above(key: str) -> set[str]:
            parent = self.parent_on(key, day)
            return {parent, *above(parent)} if parent else set()

        return {key for key in CUSTOMERS if top in above(key)}

    def used(self, top: str, day: date) -> set[tuple[str, str]]:
        circle = {top, *self.below(top, day)}
        return {
            (place, customer)
            for place, roles in self.roles.items()
            for (customer, start), end in roles.items()
            if customer in circle and start <= day < end
        }


def paged_below(top: int, asked: Asked) -> list[int]:
    found: list[int] = []
    while True:
        path = path_down(top, asked, after=found[-1] if found else 0)
        assert path is not None
        page = descendants_of(path, asked, limit=2)
        found += [each.golden_id for each in page]
        if len(page) < 2:
            return found


def paged_places(top: int, asked: Asked) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while True:
        place, customer = found[-1] if found else (0, 0)
        path = path_down(top, asked, after=customer)
        assert path is not None
        page = locations_under(path, asked, after=place, limit=1)
        found += [(each.golden_id, each.customer_id) for each in page]
        if not page:
            return found


@pytest.mark.django_db
@LAWS
@given(told=st.lists(moves, min_size=4, max_size=14))
def test_roll_ups_are_what_walking_by_hand_finds(hub: None, told: list[Any]) -> None:
    with passing() as clock:
        world = World(clock)
        for move in told:
            world.happen(move)
        places = {key: golden_of(f"crm:{key}", "location").pk for key in PLACES}
        for day in [date(2025, 12, 31), *DAYS]:
            asked = Asked("legal", day)
            for top in CUSTOMERS:
                below = sorted(world.pk[key] for key in world.below(top, day))
                whole = descendants_of([world.pk[top]], asked, limit=EVERYTHING)
                assert sorted(each.golden_id for each in whole) == below
                assert paged_below(world.pk[top], asked) == [each.golden_id for each in whole]
                parent = world.parent_on(top, day)
                children = descendants_of([world.pk[top]], asked, limit=EVERYTHING, levels=1)
                assert {each.golden_id for each in children} == {
                    world.pk[key] for key in CUSTOMERS if world.parent_on(key, day) == top
                }
                assert [each.golden_id for each in ancestors_of(world.pk[top], asked)][:1] == (
                    [world.pk[parent]] if parent else []
                )
                used = locations_under([world.pk[top]], asked, role="ship_to", limit=EVERYTHING)
                expected = {(places[place], world.pk[customer]) for place, customer in world.used(top, day)}
                assert {(each.golden_id, each.customer_id) for each in used} == expected
                assert len(used) == len(expected)
                assert paged_places(world.pk[top], asked) == [(each.golden_id, each.customer_id) for each in used]


def answers(tops: list[int], *, position: int | None) -> list[Any]:
    return [
        (
            descendants_of([top], Asked("legal", day, position), limit=EVERYTHING),
            locations_under([top], Asked("legal", day, position), limit=EVERYTHING),
            ancestors_of(top, Asked("legal", day, position)),
        )
        for top in tops
        for day in DAYS
    ]


@pytest.mark.django_db
@LAWS
@given(told=st.lists(moves, min_size=3, max_size=8), merges=st.booleans())
def test_what_was_known_at_a_position_is_answered_the_same_ever_after(hub: None, told: list[Any], merges: bool) -> None:
    with passing() as clock:
        world = World(clock)
        tops = list(world.pk.values())
        known = {}
        for number, move in enumerate(told):
            world.happen(move)
            if merges and number == len(told) // 2:
                unit = merge_pair(source_record("crm:E").pk, source_record("crm:F").pk, actor=STEWARD, at=clock()).unit
                assign_feed_positions()
                known[last_position()] = answers(tops, position=None)
                undo(unit, actor=STEWARD, at=clock())
            assign_feed_positions()
            known[last_position()] = answers(tops, position=None)

        assert GoldenRecord.objects.filter(entity_type="customer").count() == len(CUSTOMERS)
        for position, then in known.items():
            assert answers(tops, position=position) == then
