"""A golden record divided on its page."""

import pytest
from django.test import Client

from stewardship.services.roles import Role
from tests.stewardship.builders import a_person, golden, receive, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(hub: None) -> Client:
    """One man, known to both systems."""
    for system, key in (("crm", "C0"), ("erp", "E0")):
        receive(system, a_person(key, "Heinz Lachmann", "1950-04-01", email="heinz@lachmann.example", city="Celle"))
    assert golden("crm", "C0") == golden("erp", "E0")
    return signed_in(Role.STEWARD)


def test_source_records_are_split_off_after_a_look(client: Client) -> None:
    record = golden("crm", "C0")
    address = f"/golden/{record.public_id}/split/"
    assert f'href="{address}"' in client.get(f"/golden/{record.public_id}/").content.decode()
    (erp,) = [source for source, _, _ in client.get(address).context["members"] if source.key == "E0"]

    looked = client.post(address, {"record": erp.pk, "action": "look"})
    assert "It is split off." in looked.content.decode()
    assert golden("crm", "C0") == golden("erp", "E0")
    client.post(address, {"record": erp.pk, "action": "apply", "state": looked.context["plan"].state})

    assert golden("crm", "C0") == record != golden("erp", "E0")


def test_nothing_chosen_is_refused_in_words(client: Client) -> None:
    address = f"/golden/{golden('crm', 'C0').public_id}/split/"

    assert "takes some of the source records" in client.post(address, {"action": "look"}).content.decode()


def test_who_may_not_decide_may_not_split(client: Client) -> None:
    address = f"/golden/{golden('crm', 'C0').public_id}/split/"

    assert signed_in(Role.APPROVER).get(address).status_code == 403
