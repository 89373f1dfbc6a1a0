"""Law: trees stay trees, whoever writes when; what is held back is told, and counts once its circle is broken."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from mdm import edges as edges_module
from mdm.edges import edges_above, record_edges
from mdm.entity_types.parents import edge_rows
from mdm.models import GoldenRecord, HeldEdge, HierarchyEdge
from mdm.services.circles import CircleArises
from mdm.services.decisions import merge_pair, undo
from tests.builders import STEWARD, Clock, a_customer, golden_of, load, passing, source_record
from tests.laws.audit_trail import OWNED
from tests.laws.threads import all_at_once
from tests.laws.universe import LAWS
from tests.tree_world import a_parent, edges, held, stands_below_itself, tell, tell_trees

WRITERS = 8
DAYS = [date(2026, month, 1) for month in range(1, 7)]


def parents_now() -> dict[int, list[tuple[int, date | None, date | None]]]:
    found: dict[int, list[tuple[int, date | None, date | None]]] = defaultdict(list)
    for row in HierarchyEdge.objects.filter(closed_version=None, tree="legal"):
        found[row.golden_record_id].append((row.parent_id, row.valid.lower, row.valid.upper))
    return found


def is_a_forest() -> bool:
    """On no day anybody stands above himself. The days between two ends are all alike."""
    parents = parents_now()
    every = {day for rows in parents.values() for _, start, end in rows for day in (start, end) if day} | {date.min}
    return not any(stands_below_itself(parents, day) for day in every)


Telling = tuple[str, list[tuple[str, date, date]]]


@st.composite
def tellings(draw: st.DrawFn) -> Telling:
    """A customer, and who its parents are from when until when."""
    names = st.sampled_from("ABCDE")
    child = draw(names)
    windows = st.lists(st.sampled_from(DAYS), min_size=2, max_size=2, unique=True).map(sorted)
    told = draw(st.lists(st.tuples(names, windows), max_size=3, unique_by=lambda each: each[1][0]))
    return child, [(parent, start, end) for parent, (start, end) in told]


@pytest.mark.django_db
@LAWS
@given(told=st.lists(tellings(), min_size=3, max_size=12))
def test_whatever_sources_tell_every_day_sees_a_forest(hub: None, told: list[Telling]) -> None:
    with passing() as clock:
        tell_trees()
        for key in "ABCDE":
            tell(key, clock=clock)
        for key, parents in told:
            tell(key, *(a_parent(p, start.isoformat(), end.isoformat()) for p, start, end in parents), clock=clock)
            assert is_a_forest()

        # What is held back is what is told and does not count, and would close a circle if it did.
        for row in HeldEdge.objects.filter(closed_at=None):
            would = parents_now()
            would[row.golden_record_id].append((row.parent_id, row.valid.lower, row.valid.upper))
            assert any(stands_below_itself(would, day) for day in DAYS)
        counted, kept_back = (
            set(model.values_list("golden_record_id", "parent_id", "valid"))
            for model in (
                HierarchyEdge.objects.filter(closed_version=None),
                HeldEdge.objects.filter(closed_at=None),
            )
        )
        assert not counted & kept_back
        assert counted | kept_back == {
            (record.pk, row["parent_id"], row["valid"])
            for record in GoldenRecord.objects.filter(entity_type="customer")
            for row in edge_rows(record.pk, record.document["attributes"]).values()
        }


@pytest.mark.django_db
def test_a_circle_of_sources_holds_the_newcomer_back_and_breaks_no_load(hub: None) -> None:
    tell_trees()
    clock = Clock()
    for key, parent in (("A", None), ("B", "A"), ("C", "B")):
        tell(key, parent=parent, clock=clock)

    tell("A", parent="C", clock=clock)

    assert edges() == {("legal", "Company B", "Company A", None, None), ("legal", "Company C", "Company B", None, None)}
    assert held() == [("Company A", "Company C", "Company B", "Company A")]
    assert golden_of("crm:A").document["attributes"]["legal_parent"]["id"] == golden_of("crm:C").public_id

    tell("B", clock=clock)  # it stands alone by now

    assert held() == []
    assert edges() == {("legal", "Company A", "Company C", None, None), ("legal", "Company C", "Company B", None, None)}
    released = golden_of("crm:A").history.order_by("-version")[0]
    assert released.history_change_reason == "Its parent counts: the circle is broken"


@pytest.mark.django_db
def test_a_circle_that_leads_elsewhere_by_now_is_broken_there(hub: None) -> None:
    tell_trees()
    clock = Clock()
    for key, parent in (("A", None), ("B", "A"), ("D", "A")):
        tell(key, parent=parent, clock=clock)
    tell("A", parent="B", clock=clock)
    assert held() == [("Company A", "Company B", "Company A")]

    tell("B", parent="D", clock=clock)
    assert held() == [("Company A", "Company B", "Company D", "Company A")]
    tell("D", clock=clock)

    assert held() == []
    assert edges() == {("legal", "Company A", "Company B", None, None), ("legal", "Company B", "Company D", None, None)}


@pytest.mark.django_db
def test_edges_of_a_circle_that_hold_on_different_days_are_none(hub: None) -> None:
    tell_trees()
    clock = Clock()
    tell("A", clock=clock)
    tell("B", a_parent("A", "2026-01-01", "2026-02-01"), clock=clock)
    tell("A", a_parent("B", "2026-02-01"), clock=clock)

    assert held() == []
    assert len(edges()) == 2


@pytest.mark.django_db
def test_a_merge_that_would_close_a_circle_is_refused_with_its_path(hub: None) -> None:
    tell_trees()
    clock = Clock()
    for key, parent in (("A", None), ("B", "A"), ("C", "B")):
        tell(key, parent=parent, clock=clock)
    before = edges()

    with pytest.raises(CircleArises) as refused, transaction.atomic():
        merge_pair(source_record("crm:A").pk, source_record("crm:C").pk, actor=STEWARD, at=clock())

    b = golden_of("crm:B").public_id
    assert b in refused.value.circle
    assert refused.value.circle[0] == refused.value.circle[-1]
    assert edges() == before


@pytest.mark.django_db
def test_a_merge_moves_children_to_the_survivor_and_its_undoing_restores_them(hub: None) -> None:
    tell_trees()
    clock = Clock()
    for key, parent in (("G", None), ("A", "G"), ("B", "G"), ("X", "A"), ("Y", "B")):
        tell(key, parent=parent, clock=clock)
    tell("Z", a_parent("B", "2026-07-01", tree="territory"), clock=clock)
    before = edges()

    unit = merge_pair(source_record("crm:A").pk, source_record("crm:B").pk, actor=STEWARD, at=clock()).unit
    joined = golden_of("crm:A").title
    assert {(child, parent) for _, child, parent, _, _ in edges()} == {
        (joined, "Company G"),
        *((f"Company {child}", joined) for child in "XYZ"),
    }
    undo(unit, actor=STEWARD, at=clock())

    assert edges() == before


@st.composite
def forests(draw: st.DrawFn) -> list[Telling]:
    """Parents of later letters, so that nobody stands above himself."""
    told = draw(st.lists(tellings(), min_size=3, max_size=8, unique_by=lambda each: each[0]))
    return [(child, [each for each in parents if each[0] < child]) for child, parents in told]


@pytest.mark.django_db
@LAWS
@given(told=forests(), pair=st.lists(st.sampled_from("ABCDE"), min_size=2, max_size=2, unique=True))
def test_undoing_a_merge_anywhere_in_a_forest_restores_every_edge(
    hub: None, told: list[Telling], pair: list[str]
) -> None:
    with passing() as clock:
        tell_trees()
        for key in "ABCDE":
            tell(key, clock=clock)
        for key, parents in told:
            tell(key, *(a_parent(p, start.isoformat(), end.isoformat()) for p, start, end in parents), clock=clock)
        before = edges()
        left, right = (source_record(f"crm:{key}").pk for key in pair)

        try:
            with transaction.atomic():
                unit = merge_pair(left, right, actor=STEWARD, at=clock()).unit
        except CircleArises:
            assert edges() == before
            return
        assert is_a_forest()
        assert held() == []
        undo(unit, actor=STEWARD, at=clock())

        assert edges() == before


# Many at once ---------------------------------------------------------------------------------------------------


@pytest.fixture
def ring(committed_hub: None) -> list[GoldenRecord]:
    """Customers without parents, each of which is about to go under the next one, the last under the first."""
    tell_trees()
    clock = Clock()
    load("crm", *(a_customer(f"R{number}") for number in range(WRITERS)), at=clock())
    return [golden_of(f"crm:R{number}") for number in range(WRITERS)]


def go_under(child: GoldenRecord, parent: GoldenRecord) -> None:
    """As the projection of a new version of the child does."""
    document = {"legal_parent": {"entity_type": "customer", "id": parent.public_id}}
    wanted = {child.pk: edge_rows(child.pk, document, undated={"legal": "legal_parent"})}
    with transaction.atomic():
        record_edges(wanted, versions={child.pk: child.version + 1}, at=child.updated_at)


def moves(ring: list[GoldenRecord], count: int) -> list[Callable[[], None]]:
    return [partial(go_under, ring[number], ring[(number + 1) % count]) for number in range(count)]


@pytest.mark.django_db(transaction=True)
def test_eight_writers_who_close_a_circle_together_leave_a_tree(ring: list[GoldenRecord]) -> None:
    all_at_once(moves(ring, WRITERS))

    assert is_a_forest()
    assert HierarchyEdge.objects.filter(closed_version=None).count() == WRITERS - 1
    assert len(HeldEdge.objects.get(closed_at=None).circle) == WRITERS + 1


def held_up(read: Callable[..., Any], together: Barrier) -> Callable[..., Any]:
    """Read, then wait a moment for the others to have read as well."""

    def reading(*given: Any) -> Any:
        found = read(*given)
        with suppress(BrokenBarrierError):
            together.wait(timeout=2)
        return found

    return reading


@pytest.fixture
def without_trigger() -> Iterator[None]:
    def switch(state: str) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"ALTER TABLE mdm_hierarchyedge {state} TRIGGER no_circles_in_a_tree")

    switch("DISABLE")
    yield
    switch("ENABLE")


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges_module, "lock_trees", lambda _: None)


@pytest.mark.django_db(transaction=True)
def test_writers_wait_for_each_other(ring: list[GoldenRecord], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges_module, "edges_above", held_up(edges_above, Barrier(2)))

    all_at_once(moves(ring, 2))

    assert is_a_forest()


@OWNED
@pytest.mark.usefixtures("unlocked", "without_trigger")
def test_without_waiting_it_would_not_hold(ring: list[GoldenRecord], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges_module, "edges_above", held_up(edges_above, Barrier(2)))

    all_at_once(moves(ring, 2))

    assert not is_a_forest()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("unlocked")
def test_the_database_alone_lets_only_one_of_them_write(
    ring: list[GoldenRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edges_module, "edges_above", held_up(edges_above, Barrier(2)))

    with pytest.raises(IntegrityError, match="would be above itself in the tree legal"):
        all_at_once(moves(ring, 2))

    assert is_a_forest()
