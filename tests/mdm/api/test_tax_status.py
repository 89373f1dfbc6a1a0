"""The exempt status over the API: per jurisdiction, per ship-to location and day, with its explanation."""

from typing import Any

import pytest

from mdm.actors import SYSTEM
from mdm.models import GoldenRecord, SourceSystem
from mdm.public_ids import public_id
from mdm.services.systems import put_mapping
from tests.builders import Clock, a_customer, a_hub, customer_mapping, golden_of, load
from tests.mdm.api.hub import ApiClient, told

CERTIFICATES = {
    "items": "certificates",
    "components": {
        "number": "number",
        "jurisdiction": "state",
        "covers": {"each": [{"path": "also"}]},
        "valid_to": "to",
        "percent": "percent",
    },
}
LOCATION = {
    "system": "crm",
    "entity_type": "location",
    "key": "id",
    "attributes": {
        "name": "name",
        "address": {"components": {"city": "city", "region": "region", "country": "country"}},
        "roles": {
            "each": [
                {
                    "components": {
                        "customer": {
                            "reference": {"system": "crm", "entity_type": "customer"},
                            "path": "customer",
                        },
                        "role": {"constant": "ship_to"},
                    }
                }
            ]
        },
    },
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Clock:
    """A hub where crm:1 has a certificate of Texas, good in Oklahoma as well, and a ship-to in Dallas."""
    clock = Clock()
    a_hub()
    crm = SourceSystem.objects.get(name="crm")
    mapping = customer_mapping("crm", exemption_certificates=CERTIFICATES)
    for document in (mapping, LOCATION):
        put_mapping(crm, document, actor=SYSTEM, at=clock())
    certificate = {"number": "K-1", "state": "US-TX", "also": "US-OK", "to": "2027-01-01", "percent": "60"}
    load("crm", a_customer("1", certificates=[certificate]), at=clock())
    dallas = {"id": "D", "name": "Dallas yard", "city": "Dallas", "region": "Texas", "country": "US", "customer": "1"}
    load("crm", dallas, entity_type="location", at=clock())
    return clock


def _ask(query: str, *scopes: str, of: GoldenRecord | None = None) -> Any:  # Any: Django's response
    client = ApiClient(*(scopes or ("customer:read", "location:read")))
    return client.ask(f"customers/{(of or golden_of('crm:1')).public_id}/tax-status?{query}")


def _dallas() -> GoldenRecord:
    return GoldenRecord.objects.get(entity_type="location")


@pytest.mark.parametrize(
    ("jurisdiction", "on", "status", "percent"),
    [
        ("US-TX", "2026-12-31", "partly", "60"),
        ("US-TX", "2027-01-01", "not_exempt", "0"),
        ("us-ok", "2026-01-01", "partly", "60"),
        ("US-TX-DAL", "2026-01-01", "partly", "60"),
        ("US", "2026-01-01", "not_exempt", "0"),
    ],
)
def test_a_certificate_counts_where_and_when_it_holds(
    clock: Clock, jurisdiction: str, on: str, status: str, percent: str
) -> None:
    answer = told(_ask(f"jurisdiction={jurisdiction}&on={on}"))

    assert (answer["status"], answer["percent"]) == (status, percent)
    assert [each["number"] for each in answer["considered"]] == ["K-1"]


def test_a_ship_to_is_asked_about_by_the_jurisdiction_of_its_address(clock: Clock) -> None:
    answer = told(_ask(f"ship_to={_dallas().public_id}&on=2026-12-31"))

    assert answer == {
        "customer": golden_of("crm:1").public_id,
        "ship_to": _dallas().public_id,
        "jurisdiction": "US-TX",
        "on": "2026-12-31",
        "status": "partly",
        "percent": "60",
        "reason": "Certificate K-1 makes the customer exempt for 60 percent in US-TX, before 2027-01-01.",
        "certificate": {
            "number": "K-1",
            "jurisdictions": ["US-OK", "US-TX"],
            "valid_from": None,
            "valid_to": "2027-01-01",
            "percent": "60",
        },
        "considered": [
            {
                "number": "K-1",
                "jurisdictions": ["US-OK", "US-TX"],
                "valid_from": None,
                "valid_to": "2027-01-01",
                "percent": "60",
                "verdict": "counts",
                "reason": "counts",
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", 400),
        ("jurisdiction=US-TX&ship_to=LOC-0000001-9", 400),
        ("jurisdiction=Texas", 400),
        ("jurisdiction=US-TX&on=yesterday", 400),
        ("jurisdiction=US-TX&day=2026-01-01", 400),
        ("ship_to=LOC-0000001-1", 400),
        (f"ship_to={public_id('LOC', 99_999_999)}", 404),
    ],
)
def test_what_cannot_be_answered_is_refused(clock: Clock, query: str, code: int) -> None:
    assert _ask(query).status_code == code


def test_a_client_needs_the_scopes_of_what_it_asks_about(clock: Clock) -> None:
    assert _ask("jurisdiction=US", "location:read").status_code == 403
    assert _ask("jurisdiction=US", "customer:read").status_code == 200
    assert _ask(f"ship_to={_dallas().public_id}", "customer:read").status_code == 403
