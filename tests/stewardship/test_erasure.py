"""The stewards' pages after an erasure: they open, and name nobody."""

import pytest

from mdm.events import DeliveriesErased, GoldenRecordsErased
from mdm.models import AttributePin
from mdm.services.change_requests import propose_change
from mdm.services.erasure import erase_golden_record
from stewardship.models import Task, TaskKind
from stewardship.services.erasing import erase_delivery_tasks, erase_tasks
from stewardship.services.roles import Role
from stewardship.services.tasks import Question, open_tasks
from tests.builders import STEWARD
from tests.stewardship.builders import NOON, father_and_son, golden, signed_in

pytestmark = pytest.mark.django_db


def test_pages_about_an_erased_person_open_and_name_nobody(hub: None) -> None:
    review = father_and_son()
    record = golden("crm", "C0")
    name = record.document["attributes"]["name"]
    request = propose_change(record, {"name": "Other Name"}, reason="Told", actor=STEWARD, at=NOON)
    pinned = propose_change(record, {"given_name": "Pinned"}, reason="", actor=STEWARD, at=NOON, pin=True)
    pin = AttributePin.objects.get(change_request=pinned)
    client = signed_in(Role.ADMIN)
    assert client.get(f"/pins/{pin.pk}/").status_code == 200
    assert name in client.get(f"/reviews/{review.pk}/").content.decode()

    erase_golden_record(record.public_id, reason="Case 7", actor=STEWARD, at=NOON, force=True)

    for address in (
        f"/golden/{record.public_id}/",
        f"/reviews/{review.pk}/",
        f"/approvals/{request.pk}/",
        f"/pins/{pin.pk}/",
        "/queue/",
    ):
        answer = client.get(address, follow=True)
        assert answer.status_code in {200, 404}, address
        assert "Other Name" not in answer.content.decode()
    assert client.get(f"/golden/{record.public_id}/").status_code == 200
    assert not Task.objects.filter(state="open").exists()
    assert set(Task.objects.values_list("title", flat=True)) == {"Erased"}


def test_every_kind_of_task_about_a_person_is_blanked(hub: None) -> None:
    """Who adds a kind says here whether it can name a person."""
    details = {"public_id": "CUS-0000007-0", "golden_record_id": 7}
    for kind in TaskKind:
        open_tasks(kind, [Question(7, "customer", "Ada Zwickel", "Ada", details=details)], at=NOON)

    ids = (7,)
    erase_tasks(GoldenRecordsErased(ids, ids, ids, ids, ids, ids, ids, b""))
    erase_delivery_tasks(DeliveriesErased(ids))

    # These are about agreements and rules, which are not erased; a circle is blanked by the parents it was told of.
    left = Task.objects.exclude(title="Erased", reason="", details={}, state="withdrawn")
    assert {task.kind for task in left} == {
        TaskKind.PRICE_CONFLICT,
        TaskKind.PRICE_RADAR,
        TaskKind.MASS_CHANGE,
        TaskKind.ROLLOUT,
        TaskKind.HIERARCHY,
    }
