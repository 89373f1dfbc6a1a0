"""The stewards' pages after an erasure: they open, and name nobody."""

import pytest

from mdm.services.change_requests import propose_change
from mdm.services.erasure import erase_golden_record
from stewardship.models import Task
from stewardship.services.roles import Role
from tests.builders import STEWARD
from tests.stewardship.builders import NOON, father_and_son, golden, signed_in

pytestmark = pytest.mark.django_db


def test_pages_about_an_erased_person_open_and_name_nobody(hub: None) -> None:
    review = father_and_son()
    record = golden("crm", "C0")
    name = record.document["attributes"]["name"]
    request = propose_change(record, {"name": "Other Name"}, reason="Told", actor=STEWARD, at=NOON)
    client = signed_in(Role.ADMIN)
    assert name in client.get(f"/reviews/{review.pk}/").content.decode()

    erase_golden_record(record.public_id, reason="Case 7", actor=STEWARD, at=NOON, force=True)

    for address in (f"/golden/{record.public_id}/", f"/reviews/{review.pk}/", f"/approvals/{request.pk}/", "/queue/"):
        answer = client.get(address, follow=True)
        assert answer.status_code in {200, 404}, address
        assert "Other Name" not in answer.content.decode()
    assert client.get(f"/golden/{record.public_id}/").status_code == 200
    assert not Task.objects.filter(state="open").exists()
    assert set(Task.objects.values_list("title", flat=True)) == {"Erased"}
