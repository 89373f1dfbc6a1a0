from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from mdm.actors import SYSTEM
from mdm.models import ApiKey
from mdm.services.api_keys import UnknownScope, create_api_key, recognize_api_key, revoke_api_key
from mdm.services.intake import source_system
from tests.mdm.api.hub import NOON, ApiClient, accounts_in_hub, an_account, told

READ_ADDRESSES = (
    ("customers", "customer:read"),
    ("products", "product:read"),
    ("locations", "location:read"),
    ("pricing-agreements", "pricing_agreement:read"),
    ("change-requests", "change_request:read"),
)


@pytest.mark.django_db
@pytest.mark.parametrize("address", [address for address, _ in READ_ADDRESSES] + ["changes", "source-records"])
def test_whoever_shows_no_key_is_told_to(address: str) -> None:
    response = Client().get(f"/api/v1/{address}")

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["type"] == "/problems/not-authenticated"


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "scope"), READ_ADDRESSES)
def test_a_scope_opens_its_own_address_only(address: str, scope: str) -> None:
    client = ApiClient(scope)
    answers = {other: client.ask(other).status_code for other, _ in READ_ADDRESSES}

    assert answers == {other: 200 if other == address else 403 for other, _ in READ_ADDRESSES}


@pytest.mark.django_db
def test_a_key_is_refused_once_expired_or_revoked_or_changed_by_a_letter() -> None:
    key, text = create_api_key(
        "test",
        scopes=["customer:read"],
        source_system=None,
        expires_at=NOON + timedelta(days=1),
        actor=SYSTEM,
        at=NOON,
    )

    assert recognize_api_key(text, at=NOON) == key
    assert recognize_api_key(text, at=NOON + timedelta(days=1)) is None
    assert recognize_api_key(text[:-1] + ("a" if text[-1] != "a" else "b"), at=NOON) is None
    revoke_api_key(key.prefix, actor=SYSTEM, at=NOON)
    assert recognize_api_key(text, at=NOON) is None


@pytest.mark.django_db
def test_the_text_of_a_key_is_kept_nowhere() -> None:
    client = ApiClient("customer:read")
    secret = client.key_text.partition(".")[2]

    assert all(secret not in str(value) and secret.encode() != value for value in ApiKey.objects.values_list()[0])


@pytest.mark.django_db
def test_a_scope_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownScope):
        create_api_key(
            "test", scopes=["everything"], source_system=None, expires_at=NOON, actor=SYSTEM, at=timezone.now()
        )


def test_a_bound_key_sends_for_its_own_system_only(hub: None) -> None:
    client = ApiClient("source_record:write", system=source_system("erp"))
    body = {"system": "crm", "entity_type": "customer", "payload": an_account(1)}

    assert client.send("source-records", body, Idempotency_Key="1").status_code == 403


def test_the_feed_tells_of_readable_entity_types_only(hub: None) -> None:
    accounts_in_hub(an_account(1))

    assert ApiClient("product:read").ask("changes?entity_type=customer").status_code == 403
    assert told(ApiClient("product:read").ask("changes"))["items"] == []


@pytest.mark.django_db
def test_a_signed_in_person_needs_the_permission(settings: Settings) -> None:
    settings.ASSAY_API_PERMISSIONS = {"read": "mdm.view_goldenrecord"}
    user = User.objects.create_user("ana")
    client = Client()
    client.force_login(user)
    before = client.get("/api/v1/customers").status_code
    user.user_permissions.add(Permission.objects.get(codename="view_goldenrecord"))

    assert before == 403
    assert client.get("/api/v1/customers").status_code == 200


@pytest.mark.django_db
def test_a_session_without_csrf_token_writes_nothing() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root"))

    response = client.post("/api/v1/change-requests", "{}", content_type="application/json")

    assert response.status_code == 403
    assert response.headers["Content-Type"] == "application/problem+json"
