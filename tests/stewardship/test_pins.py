"""Pins on the stewards' pages: set by the form, questioned in the queue, kept or released with a button."""

import re

import pytest
from django.utils import timezone

from mdm.models import AttributePin, GoldenRecord
from mdm.services.upkeep import keep_up
from stewardship.models import Task, TaskKind, TaskState
from stewardship.services.roles import Role
from tests.stewardship.builders import a_person, father_and_son, golden, receive, signed_in


@pytest.fixture
def record(hub: None) -> GoldenRecord:
    father_and_son()
    return golden("crm", "C0")


def propose(record: GoldenRecord, **changes: str) -> str:
    client = signed_in(Role.STEWARD, "sam")
    address = f"/golden/{record.public_id}/edit/"
    form = client.get(address).context["form"]
    values = {name: field.initial or "" for name, field in form.fields.items()}
    return client.post(address, {**values, "reason": "He said so", **changes}, follow=True).content.decode()


def the_task() -> Task:
    return Task.objects.get(kind=TaskKind.PIN)


def test_a_pin_is_set_and_asked_about_when_its_source_changes(record: GoldenRecord) -> None:
    page = propose(record, **{"address.city": "Hameln", "pin": "on"})
    pin = AttributePin.objects.get()
    assert f'href="/pins/{pin.pk}/"' in page
    assert not Task.objects.filter(kind=TaskKind.PIN).exists()

    receive("crm", a_person("C0", "Heinz Lachmann", "1950-04-01", city="Celle"))

    assert the_task().state == TaskState.OPEN
    assert "sources say something else" in the_task().reason
    client = signed_in(Role.STEWARD)
    told = re.sub(r"<[^>]*>", "", client.get(f"/pins/{pin.pk}/").content.decode())
    assert "Celle" in told
    assert "Hameln" in told
    client.post(f"/pins/{pin.pk}/decide/", {"answer": "release"})
    assert golden("crm", "C0").document["attributes"]["address"]["city"] == "Celle"
    assert (the_task().state, the_task().closed_by) == (TaskState.DONE, "steward")


def test_a_pin_that_is_kept_stays(record: GoldenRecord) -> None:
    propose(record, **{"address.city": "Hameln", "pin": "on"})
    receive("crm", a_person("C0", "Heinz Lachmann", "1950-04-01", city="Celle"))

    signed_in(Role.STEWARD).post(f"/pins/{AttributePin.objects.get().pk}/decide/", {"answer": "keep"})

    assert golden("crm", "C0").document["attributes"]["address"]["city"] == "Hameln"
    assert the_task().state == TaskState.DONE


def test_an_owner_is_asked_by_the_form_and_its_silence_by_the_queue(record: GoldenRecord) -> None:
    page = propose(record, date_of_birth="1951-04-01")
    pin = AttributePin.objects.get()
    assert (pin.owner, pin.state) == ("erp", "proposed_to_owner")
    assert "correction" in page

    keep_up(at=pin.answer_due_at or timezone.now())

    assert "has not answered" in the_task().reason
    assert "Ask the owner again" in signed_in(Role.STEWARD).get(f"/pins/{pin.pk}/").content.decode()


def test_an_approver_reads_a_pin_and_cannot_decide_it(record: GoldenRecord) -> None:
    propose(record, **{"address.city": "Hameln", "pin": "on"})
    address = f"/pins/{AttributePin.objects.get().pk}/"
    client = signed_in(Role.APPROVER)

    assert "decide/" not in client.get(address).content.decode()
    assert client.post(f"{address}decide/", {"answer": "release"}).status_code == 403


def test_a_day_that_is_over_ends_no_pin(record: GoldenRecord) -> None:
    assert "This day is over" in propose(record, **{"address.city": "Hameln", "pin": "on", "pin_until": "2020-01-01"})
    assert not AttributePin.objects.exists()
