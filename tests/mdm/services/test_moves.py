"""Moves in dated trees: planned ahead, consented to, refused where they would close a circle."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from mdm.errors import NotFound
from mdm.models import ChangeRequest, ChangeRequestState, GoldenRecord
from mdm.public_ids import public_id
from mdm.services.change_requests import propose_change
from mdm.services.circles import CircleArises
from mdm.services.consents import approve_change
from mdm.services.decisions import merge_pair, undo
from mdm.services.moves import propose_move
from tests.builders import APPROVER, STEWARD, Clock, golden_of, source_record
from tests.tree_world import edges, tell, tell_trees

YEAR = date(2027, 1, 1)


@pytest.fixture
def clock(hub: None) -> Clock:
    """A over B over C, and D apart."""
    tell_trees()
    clock = Clock()
    for key, parent in (("A", None), ("B", "A"), ("C", "B"), ("D", None)):
        tell(key, parent=parent, clock=clock)
    return clock


def propose(key: str, parent: str, clock: Clock, **fields: Any) -> ChangeRequest:
    return propose_move(
        golden_of(f"crm:{key}"),
        tree="legal",
        parent=golden_of(f"crm:{parent}").public_id if parent else "",
        reason="Sold",
        actor=STEWARD,
        at=clock(),
        **{"from_day": YEAR, **fields},
    )


def consent(request: ChangeRequest, clock: Clock) -> None:
    seen = bytes(request.payload_hash)
    approve_change(request.pk, payload_hash=seen, actor=APPROVER, at=clock(), groups=["approver"])


def parents_of(key: str) -> list[tuple[str, date | None, date | None]]:
    name = golden_of(f"crm:{key}").title
    return sorted(
        ((parent, start, end) for _, child, parent, start, end in edges() if child == name),
        key=lambda each: each[1] or date.min,
    )


def test_a_move_planned_ahead_counts_once_it_is_consented_to(clock: Clock) -> None:
    request = propose("C", "D", clock)

    assert request.state == ChangeRequestState.OPEN
    assert parents_of("C") == [("Company B", None, None)]
    consent(request, clock)

    assert parents_of("C") == [("Company B", None, YEAR), ("Company D", YEAR, None)]
    assert golden_of("crm:C").document["attributes"]["legal_parent"]["id"] == golden_of("crm:B").public_id


def test_to_leave_the_group_is_a_move_below_nobody(clock: Clock) -> None:
    consent(propose("C", "", clock), clock)

    assert parents_of("C") == [("Company B", None, YEAR)]


def test_another_plan_for_the_same_day_takes_the_place_of_the_first(clock: Clock) -> None:
    consent(propose("C", "D", clock), clock)
    consent(propose("C", "A", clock), clock)

    assert parents_of("C") == [("Company B", None, YEAR), ("Company A", YEAR, None)]


def test_a_proposal_that_would_close_a_circle_is_refused_with_its_path(clock: Clock) -> None:
    with pytest.raises(CircleArises) as refused, transaction.atomic():
        propose("A", "C", clock)

    a, b, c = (golden_of(f"crm:{key}").public_id for key in "ABC")
    assert refused.value.circle == (a, c, b, a)
    assert f"{a} → {c} → {b} → {a}" in str(refused.value)
    assert not ChangeRequest.objects.exists()


def test_nobody_is_put_below_himself(clock: Clock) -> None:
    with pytest.raises(CircleArises), transaction.atomic():
        propose("D", "D", clock)


def test_two_proposals_that_are_right_alone_are_not_both_consented_to(clock: Clock) -> None:
    first, second = propose("A", "D", clock), propose("D", "C", clock)
    consent(first, clock)

    with pytest.raises(CircleArises), transaction.atomic():
        consent(second, clock)

    assert parents_of("D") == []
    second.refresh_from_db()
    assert second.state == ChangeRequestState.OPEN


def test_other_values_are_changed_freely_where_a_source_told_a_circle(clock: Clock) -> None:
    tell("A", parent="C", clock=clock)

    request = propose_change(golden_of("crm:A"), {"phones": ["+49 40 1"]}, reason="", actor=STEWARD, at=clock())

    assert request.state == ChangeRequestState.APPLIED


def test_what_a_person_names_by_its_id_follows_a_merge_and_its_undoing(clock: Clock) -> None:
    consent(propose("C", "D", clock), clock)
    before = edges()

    unit = merge_pair(source_record("crm:A").pk, source_record("crm:D").pk, actor=STEWARD, at=clock()).unit
    survivor = golden_of("crm:D")
    assert parents_of("C")[-1] == (survivor.title, YEAR, None)
    assert GoldenRecord.objects.get(pk=survivor.pk).public_id in str(golden_of("crm:C").document)
    undo(unit, actor=STEWARD, at=clock())

    assert edges() == before


def test_a_parent_that_nobody_is_is_refused(clock: Clock) -> None:
    with pytest.raises(NotFound), transaction.atomic():
        propose_move(
            golden_of("crm:C"),
            tree="legal",
            parent=public_id("CUS", 999_999),
            from_day=None,
            reason="",
            actor=STEWARD,
            at=clock(),
        )
