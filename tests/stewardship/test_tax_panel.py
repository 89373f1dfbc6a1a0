"""What a customer's page tells about taxes, and how a steward has a register asked."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from mdm.actors import SYSTEM
from mdm.entity_types.customer import TaxRegistration
from mdm.models import SourceSystem
from mdm.services.systems import put_mapping
from mdm.tasks import look_at_certificates, verify_tax_registration, verify_tax_registrations
from stewardship.models import Task, TaskKind
from stewardship.services.roles import Role, ensure_roles
from tests.builders import Clock, a_hub, customer_mapping, golden_of, load, the_same_customer
from tests.stewardship.builders import signed_in
from tests.vies import Register, vies_double

pytestmark = pytest.mark.django_db

CERTIFICATES = {
    "items": "certificates",
    "components": {"number": "number", "jurisdiction": "state", "valid_to": "to", "percent": "percent"},
}
LOCATION = {
    "system": "crm",
    "entity_type": "location",
    "key": "id",
    "attributes": {
        "name": "name",
        "address": {"components": {"region": "region", "country": "country"}},
        "roles": {
            "each": [
                {
                    "components": {
                        "customer": {"reference": {"system": "crm", "entity_type": "customer"}, "path": "customer"},
                        "role": {"constant": "ship_to"},
                    }
                }
            ]
        },
    },
}


@pytest.fixture
def vies(settings: Any) -> Iterator[Register]:
    """A customer with a VAT number, a certificate that lapses in 20 days, and a ship-to; VIES is configured."""
    clock = Clock()
    a_hub()
    ensure_roles()
    crm = SourceSystem.objects.get(name="crm")
    for document in (customer_mapping("crm", exemption_certificates=CERTIFICATES), LOCATION):
        put_mapping(crm, document, actor=SYSTEM, at=clock())
    end = (timezone.now() + timedelta(days=20)).date().isoformat()
    held = [{"number": "K-1", "state": "US-TX", "to": end, "percent": "60"}]
    load("crm", the_same_customer("1", vat="FR40303265045", certificates=held), at=clock())
    dallas = {"id": "D", "name": "Dallas yard", "region": "Texas", "country": "US", "customer": "1"}
    load("crm", dallas, entity_type="location", at=clock())
    with vies_double() as register:
        settings.ASSAY_VIES_URL, settings.ASSAY_VAT_NUMBER = register.url, "DE136695976"
        register.requesters.add(("DE", "136695976"))
        yield register


def _page(role: Role = Role.STEWARD) -> str:
    return signed_in(role).get(f"/golden/{golden_of('crm:1').public_id}/").content.decode()


def test_the_page_tells_where_the_customer_is_exempt_and_why(vies: Register) -> None:
    page = " ".join(_page().split())

    assert "Dallas yard" in page
    assert "partly 60 %" in page
    assert "Certificate K-1 makes the customer exempt for 60 percent in US-TX" in page


def test_a_number_that_nobody_asked_about_says_so_and_can_be_asked_about(vies: Register) -> None:
    _number_of("FR", "40303265045")
    page = _page()
    assert "never verified" in page
    assert "Verify now" in page

    verify_tax_registration(TaxRegistration.objects.get().pk, "steward")

    assert "asked by steward" in _page(Role.APPROVER)
    assert "said invalid" in _page(Role.ADMIN)


def test_what_is_due_is_asked_about_by_the_scheduled_task_and_shown(vies: Register) -> None:
    _number_of("FR", "40303265045")
    vies.traders["FR", "40303265045"] = ("NORDLICHT HANDEL", "12 RUE MESSIDOR")

    verify_tax_registrations()

    page = " ".join(_page().split())
    assert "verified" in page
    assert "consultation number WAPIAAAA00000001" in page
    assert "NORDLICHT HANDEL" in page
    assert "the same name as here" in page
    assert golden_of("crm:1").document["attributes"]["name"] == "Nordlicht Handel GmbH"


def _number_of(jurisdiction: str, number: str) -> None:
    """The CRM tells a number of another country."""
    components = {"kind": {"constant": "vat"}, "jurisdiction": {"constant": jurisdiction}, "number": "vat"}
    mapping = customer_mapping(
        "crm",
        exemption_certificates=CERTIFICATES,
        tax_registrations={"each": [{"needs": ["number"], "components": components}]},
    )
    put_mapping(SourceSystem.objects.get(name="crm"), mapping, actor=SYSTEM, at=timezone.now())
    load("crm", the_same_customer("1", vat=number, city="Altona"), at=timezone.now())


def test_a_steward_may_ask_and_is_told_when_no_worker_can_be(vies: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"/golden/{golden_of('crm:1').public_id}/verify/"
    chosen = {"registration": str(TaxRegistration.objects.get().pk)}
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")

    answer = signed_in(Role.STEWARD).post(address, chosen, follow=True)

    assert "No worker can be told now" in answer.content.decode()
    assert signed_in(Role.APPROVER).post(address, chosen).status_code == 403
    assert signed_in(Role.STEWARD, "other").post(address, {"registration": "999999"}).status_code == 404


def test_without_a_configured_register_nobody_is_offered_to_ask(vies: Register, settings: Any) -> None:
    settings.ASSAY_VIES_URL = ""

    assert "Verify now" not in _page()


def test_the_scheduled_task_tells_of_certificates_that_lapse(vies: Register) -> None:
    look_at_certificates()
    look_at_certificates()

    assert Task.objects.get(kind=TaskKind.CERTIFICATE).title == "Nordlicht Handel GmbH"
