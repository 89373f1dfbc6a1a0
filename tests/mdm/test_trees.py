"""Which parent holds on which day, and whether one would close a circle."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mdm.entity_types.parents import edge_rows
from mdm.public_ids import public_id
from mdm.trees import Edge, Trees
from tests.tree_world import stands_below_itself

DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(6)]


def a_reference(number: int | None) -> Any:
    return None if number is None else {"entity_type": "customer", "id": public_id("CUS", number)}


@st.composite
def edges(draw: st.DrawFn) -> Edge:
    child, parent = draw(st.lists(st.integers(1, 5), min_size=2, max_size=2, unique=True))
    start, end = sorted(draw(st.lists(st.sampled_from([*DAYS, date.max]), min_size=2, max_size=2, unique=True)))
    return Edge("legal", child, start, end, parent)


@given(st.lists(edges(), max_size=14))
def test_no_day_ever_sees_a_circle_and_nothing_else_is_held_back(told: list[Edge]) -> None:
    trees, kept = Trees(), defaultdict[int, list[tuple[int, date | None, date | None]]](list)
    for edge in told:
        if any(start < edge.end and edge.start < end for _, start, end in kept[edge.child] if start and end):
            continue  # one parent a day is another guard's business
        circle = trees.circle_with(edge)
        kept[edge.child].append((edge.parent, edge.start, edge.end))
        closes = any(stands_below_itself(kept, day) for day in DAYS)
        assert bool(circle) == closes
        if circle:
            assert circle[0] == circle[-1] == edge.child
            kept[edge.child].pop()
        else:
            trees.add([edge])


def test_what_began_last_holds_and_the_undated_parent_on_the_other_days() -> None:
    document = {
        "legal_parent": a_reference(2),
        "parents": [
            {"tree": "legal", "parent": a_reference(3), "valid_from": "2026-03-01"},
            {"tree": "legal", "parent": a_reference(4), "valid_from": "2026-05-01", "valid_to": "2026-06-01"},
            {"tree": "legal", "valid_from": "2027-01-01"},
            {"tree": "supply", "parent": a_reference(5)},
        ],
    }

    rows = edge_rows(9, document, undated={"legal": "legal_parent"})

    said = {key: (row["tree"], row["parent_id"], row["valid"].lower, row["valid"].upper) for key, row in rows.items()}
    assert said == {
        "legal": ("legal", 2, None, date(2026, 3, 1)),
        "legal|2026-03-01": ("legal", 3, date(2026, 3, 1), date(2026, 5, 1)),
        "legal|2026-05-01": ("legal", 4, date(2026, 5, 1), date(2026, 6, 1)),
        "legal|2026-06-01": ("legal", 3, date(2026, 6, 1), date(2027, 1, 1)),
        "supply": ("supply", 5, None, None),
    }


@given(st.lists(st.tuples(st.sampled_from([None, *DAYS]), st.sampled_from([None, *DAYS]), st.integers(2, 5))))
def test_each_day_has_the_parent_that_began_last(told: list[tuple[date | None, date | None, int]]) -> None:
    told = [each for each in {each[0]: each for each in told}.values() if (each[0] or date.min) < (each[1] or date.max)]
    items = [
        {"tree": "legal", "parent": a_reference(parent)}
        | ({"valid_from": start.isoformat()} if start else {})
        | ({"valid_to": end.isoformat()} if end else {})
        for start, end, parent in told
    ]
    rows = edge_rows(9, {"parents": items}).values()

    for day in [DAYS[0] - timedelta(days=1), *DAYS, DAYS[-1] + timedelta(days=1)]:
        holding = [each for each in told if (each[0] or date.min) <= day < (each[1] or date.max)]
        expected = [max(holding, key=lambda each: each[0] or date.min)[2]] if holding else []
        assert [row["parent_id"] for row in rows if day in row["valid"]] == expected


def test_a_circle_that_stood_before_anybody_looked_is_no_trap() -> None:
    trees = Trees()
    trees.add(Edge("legal", child, date.min, date.max, parent) for child, parent in ((1, 2), (2, 1)))

    assert trees.circle_with(Edge("legal", 3, date.min, date.max, 1)) == ()


def test_a_record_merged_with_its_parent_has_none() -> None:
    assert edge_rows(1, {"legal_parent": a_reference(1)}, undated={"legal": "legal_parent"}) == {}
