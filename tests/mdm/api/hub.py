"""A small hub to ask: two systems with the demo's mappings, and clients with the scopes a test is about."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import yaml
from django.contrib.auth.models import Group, Permission, User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from mdm.actors import SYSTEM
from mdm.models import GoldenRecord, SourceRecord, SourceSystem, SystemMode
from mdm.services.api_keys import create_api_key, known_scopes
from mdm.services.intake import receive_payloads, source_system
from mdm.services.rule_set_versions import ensure_rule_sets
from mdm.services.settlement import settle_source_records
from mdm.services.systems import connect_system, put_mapping

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MAPPINGS = Path(__file__).resolve().parents[3] / "fixtures" / "mappings"


def a_hub() -> None:
    """CRM and ERP with their customer mappings, and the shipped rules."""
    ensure_rule_sets(actor=SYSTEM, at=NOON)
    for name in ("crm", "erp"):
        system = connect_system(
            name,
            label=name.upper(),
            connector="",
            base_url="",
            credentials_reference="",
            settings={},
            mode=SystemMode.LIVE,
            actor=SYSTEM,
            at=NOON,
        )
        document = yaml.safe_load((MAPPINGS / f"{name}_customer.yaml").read_text())
        put_mapping(system, document, actor=SYSTEM, at=NOON)


def an_account(number: int, **fields: Any) -> dict[str, Any]:
    """An organization as the CRM writes it; accounts of different numbers resemble each other in nothing."""
    street, city, postcode, name = _PLACES[number % len(_PLACES)]
    return {
        "Id": f"001Qy0000000{number:03d}AAA",
        "IsPersonAccount": False,
        "IsDeleted": False,
        "Name": f"{name} {number}",
        "BillingStreet": f"{street} {number + 1}",
        "BillingCity": city,
        "BillingPostalCode": postcode,
        "BillingCountryCode": "DE",
        "LastModifiedDate": "2026-03-01T10:00:00.000+0000",
        **fields,
    }


_PLACES = (
    ("Hafenstraße", "Hamburg", "20457", "Nordwind Elektronik GmbH"),
    ("Kirchweg", "München", "80331", "Alpenblick Optik AG"),
    ("Am Markt", "Leipzig", "04109", "Druckhaus Morgenstern"),
    ("Rheinufer", "Köln", "50667", "Bäckerei Schlüter"),
    ("Königsallee", "Düsseldorf", "40212", "Juwelier Castell"),
)


def accounts_in_hub(*payloads: dict[str, Any]) -> list[GoldenRecord]:
    """The golden records that hold these CRM accounts, in their order."""
    intake = receive_payloads(source_system("crm"), "customer", payloads, actor=SYSTEM, at=NOON)
    assert intake.quarantined == 0
    settle_source_records("customer", intake.pending_ids, actor=SYSTEM, at=NOON)
    return [golden_of(payload["Id"]) for payload in payloads]


def golden_of(key: str) -> GoldenRecord:
    """The golden record that holds a CRM account now."""
    return GoldenRecord.objects.get(
        crosswalk_entries__unlinked_at=None, crosswalk_entries__source_record=source_record_of(key)
    )


def source_record_of(key: str) -> SourceRecord:
    """The CRM's record of that key."""
    return SourceRecord.objects.get(source_system__name="crm", key=key)


class Asking(Client):
    """Django's test client; addresses are below /api/v1/."""

    def ask(self, address: str, **headers: str) -> HttpResponse:
        """GET, with headers written like If_None_Match."""
        return self.get(f"/api/v1/{address}", headers=_headers(headers))  # type: ignore[return-value]  # not streamed

    def send(self, address: str, body: Any, **headers: str) -> HttpResponse:
        """POST as JSON."""
        return self.post(  # type: ignore[return-value]  # not streamed
            f"/api/v1/{address}", orjson.dumps(body), content_type="application/json", headers=_headers(headers)
        )


class SignedIn(Asking):
    """Somebody who may read, propose and consent, for the groups named."""

    def __init__(self, username: str, *groups: str) -> None:
        super().__init__()
        user, _ = User.objects.get_or_create(username=username)
        codenames = ("view_hub", "propose_changes", "approve_changes")
        user.user_permissions.set(
            Permission.objects.filter(content_type__app_label="stewardship", codename__in=codenames)
        )
        user.groups.set([Group.objects.get_or_create(name=name)[0] for name in groups])
        self.force_login(user)


class ApiClient(Asking):
    """With an API key of its own."""

    def __init__(self, *scopes: str, system: SourceSystem | None = None, owner: str = "owner") -> None:
        key, self.key_text = create_api_key(
            "test",
            scopes=scopes or known_scopes(),
            source_system=system,
            owner=owner,
            expires_at=timezone.now() + timedelta(days=1),
            actor=SYSTEM,
            at=timezone.now(),
        )
        self.prefix = key.prefix
        super().__init__(headers={"Authorization": f"Bearer {self.key_text}"})


def _headers(given: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): text for name, text in given.items()}


def told(response: Any) -> Any:  # Any: the test client answers with a class of its own
    """The decoded body."""
    return orjson.loads(response.content)
