"""Merges foretold on the page that compares, taken back on the page of their plan, decisions looked at again."""

import re
from typing import Any

import pytest
from django.test import Client

from mdm.models import ReopeningCondition
from mdm.services.change_requests import propose_change
from stewardship.models import Task, TaskKind, TaskState
from stewardship.services.roles import Role
from tests.builders import STEWARD
from tests.stewardship.builders import NOON, a_person, father_and_son, golden, receive, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(hub: None) -> Client:
    return signed_in(Role.STEWARD)


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def merged(client: Client) -> str:
    task = father_and_son()
    client.post(f"/reviews/{task.pk}/decide/", {"verdict": "merge", "reason": "One man"})
    page = client.get(f"/golden/{golden('crm', 'C0').public_id}/").content.decode()
    (address,) = re.findall(r'href="(/decisions/[0-9a-f-]+/unmerge/)"', page)
    return str(address)


def test_a_merge_is_taken_back_on_the_page_of_its_plan(client: Client) -> None:
    address = merged(client)

    page = client.get(address)
    assert "It stood there before the merge." in text(page)
    assert "One man" in text(page)
    answer = client.post(
        address, {"action": "apply", "state": page.context["plan"].state, "reason": "Two"}, follow=True
    )

    assert "The merge is taken back." in text(answer)
    assert golden("crm", "C0") != golden("erp", "E0")


def test_a_choice_is_looked_at_before_it_is_applied(client: Client) -> None:
    address = merged(client)
    propose_change(golden("crm", "C0"), {"phones": ["+49 511 1"]}, reason="", actor=STEWARD, at=NOON.replace(year=2099))
    page = client.get(address)
    (line,) = [each for each in page.context["plan"].lines if each.kind == "edit"]
    other = next(each for each in line.choices if each != line.default)
    form = {f"line:{line.key}": other, "state": page.context["plan"].state}

    looked = client.post(address, {**form, "action": "look"})
    assert "your choice" in text(looked)
    assert golden("crm", "C0") == golden("erp", "E0")
    client.post(address, {**form, "state": looked.context["plan"].state, "action": "apply"})

    sides = {
        golden(*each).public_id: golden(*each).document["attributes"]["phones"]
        for each in (("crm", "C0"), ("erp", "E0"))
    }
    assert "+49 511 1" in sides[other]
    assert "+49 511 1" not in sides[line.default]


def test_a_stale_plan_is_shown_anew_with_what_changed(client: Client) -> None:
    address = merged(client)
    seen = client.get(address).context["plan"].state
    receive("crm", a_person("C0", "Heinz Lachmann", "1950-04-01", city="Celle"))

    answer = client.post(address, {"action": "apply", "state": seen})

    assert "has changed since: source records" in text(answer)
    assert golden("crm", "C0") == golden("erp", "E0")
    assert answer.context["plan"].state != seen


def test_a_merge_that_was_taken_back_has_no_plan(client: Client) -> None:
    address = merged(client)
    client.post(address, {"action": "apply", "state": client.get(address).context["plan"].state})

    assert "undone already" in text(client.get(address, follow=True))
    assert client.get("/decisions/00000000-0000-0000-0000-000000000000/unmerge/").status_code == 404


def test_who_may_not_decide_sees_no_plan(client: Client) -> None:
    assert signed_in(Role.APPROVER).get(merged(client)).status_code == 403


def test_the_comparison_tells_what_would_be_refused(client: Client) -> None:
    task = father_and_son()
    page = client.get(f"/reviews/{task.pk}/")

    assert page.status_code == 200
    assert page.context["consequences"].refusal == ""
    assert golden("crm", "C0") != golden("erp", "E0")


def test_a_decision_is_asked_about_again_and_kept_or_undone(client: Client) -> None:
    task = father_and_son()
    wish = {"again_kind": "change", "again_attribute": "date_of_birth"}
    client.post(f"/reviews/{task.pk}/decide/", {"verdict": "apart", **wish})
    record = golden("erp", "E0").public_id
    assert "Asked about again when Date of birth of either side changes." in text(client.get(f"/golden/{record}/"))
    receive("erp", a_person("E0", "Heinz Lachmann", "1950-04-01"))
    asked = Task.objects.get(kind=TaskKind.DECISION)
    assert "Date of birth has changed since." in text(client.get("/queue/?kind=decision"))
    address = f"/decisions/again/{asked.subject_id}/"
    assert "1950-04-01" in text(client.get(address))

    client.post(f"{address}decide/", {"answer": "keep"})

    asked.refresh_from_db()
    assert (asked.state, asked.closed_by) == (TaskState.DONE, "steward")
    receive("erp", a_person("E0", "Heinz Lachmann", "1951-04-01"))
    assert Task.objects.filter(kind=TaskKind.DECISION, state=TaskState.OPEN).exists()
    client.post(f"{address}decide/", {"answer": "undo"})
    assert not ReopeningCondition.objects.filter(closed_at=None).exists()
    assert not Task.objects.filter(kind=TaskKind.DECISION, state=TaskState.OPEN).exists()


def test_half_a_wish_to_be_asked_again_decides_nothing(client: Client) -> None:
    task = father_and_son()

    answer = client.post(
        f"/reviews/{task.pk}/decide/", {"verdict": "apart", "again_kind": "date", "again_day": ""}, follow=True
    )

    assert "Name a day to come." in text(answer)
    assert Task.objects.get(pk=task.pk).state == TaskState.OPEN
