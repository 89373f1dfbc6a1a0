"""Trees on the stewards' pages: shown on a record's page, a circle as a task, a move proposed."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from mdm.actors import SYSTEM
from mdm.models import ChangeRequest
from mdm.services.erasure import erase_golden_record
from mdm.services.rule_set_versions import ensure_rule_sets
from stewardship.models import Task, TaskKind, TaskState
from stewardship.services.roles import Role
from tests.builders import STEWARD, Clock, golden_of
from tests.stewardship.builders import NOON, someone
from tests.tree_world import a_parent, tell, tell_place, tell_trees


@pytest.fixture
def clock(hub: None) -> Clock:
    """A over B over C, who ships to a place."""
    ensure_rule_sets(actor=SYSTEM, at=NOON)
    tell_trees()
    clock = Clock()
    for key, parent in (("A", None), ("B", "A"), ("C", "B")):
        tell(key, parent=parent, clock=clock)
    tell_place("P", clock=clock, roles=[{"customer": "C", "role": "ship_to"}])
    return clock


def steward() -> Client:
    """One person, however often the pages are looked at."""
    client = Client()
    client.force_login(User.objects.filter(username="steward").first() or someone(Role.STEWARD))
    return client


def page(key: str) -> str:
    return steward().get(f"/golden/{golden_of(f'crm:{key}').public_id}/").content.decode()


def test_a_page_shows_who_stands_above_and_below_what_is_planned_and_the_locations(clock: Clock) -> None:
    tell("B", a_parent(None, "2090-01-01"), parent="A", clock=clock)

    shown = page("B")

    assert "Company A" in shown
    assert "Company C" in shown
    assert "2090-01-01" in shown
    assert "stands below nobody" in shown
    assert "Place P" in shown
    assert "Place P" in page("A")


def test_a_circle_is_a_task_that_leads_to_the_record_and_goes_with_the_circle(clock: Clock) -> None:
    tell("A", parent="C", clock=clock)

    task = Task.objects.get(kind=TaskKind.HIERARCHY, state=TaskState.OPEN)
    assert "Company A → Company C → Company B → Company A" in task.reason
    queue = steward().get("/queue/?kind=hierarchy").content.decode()
    assert f"/golden/{golden_of('crm:A').public_id}/" in queue
    assert "does not count" in page("A")

    tell("B", clock=clock)

    task.refresh_from_db()
    assert task.state == TaskState.WITHDRAWN
    assert "does not count" not in page("A")


def test_names_in_a_task_about_a_circle_go_with_the_person_that_is_erased(clock: Clock) -> None:
    tell("A", parent="C", clock=clock)
    task = Task.objects.get(kind=TaskKind.HIERARCHY, state=TaskState.OPEN)

    erase_golden_record(golden_of("crm:B").public_id, reason="Case 7", actor=STEWARD, at=clock(), force=True)

    task.refresh_from_db()
    assert (task.state, task.reason) == (TaskState.WITHDRAWN, "")


def test_a_move_is_proposed_from_the_page_and_a_circle_is_refused_there(clock: Clock) -> None:
    client = steward()
    a, c = golden_of("crm:A").public_id, golden_of("crm:C").public_id

    client.post(f"/golden/{c}/move/", {"tree": "legal", "parent": a, "from_day": "2090-01-01"})
    assert ChangeRequest.objects.get().payload["parents"] == [
        {"tree": "legal", "parent": {"entity_type": "customer", "id": a}, "valid_from": "2090-01-01"}
    ]

    refused = client.post(f"/golden/{a}/move/", {"tree": "legal", "parent": c}, follow=True).content.decode()
    assert "would close a circle" in refused
    wrong = client.post(f"/golden/{a}/move/", {"tree": "family"}, follow=True).content.decode()
    assert "Name a tree" in wrong
    assert ChangeRequest.objects.count() == 1
