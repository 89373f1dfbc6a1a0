"""What the CRM's double promises the connector."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.targets.conftest import Running, Start

API = "/services/data/v62.0/sobjects"


@pytest.fixture
def crm(start: Start) -> Running:
    """A CRM that has just begun."""
    return start("crm")


def accounts(crm: Running, **query: Any) -> dict[str, Any]:
    reply = crm.http.get(f"{API}/Account", params=query)
    assert reply.status_code == 200, reply.text
    page: dict[str, Any] = reply.json()
    return page


def first_key(crm: Running) -> str:
    return str(accounts(crm, limit=1)["records"][0]["Id"])


def update(crm: Running, key: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return crm.http.patch(f"{API}/Account/{key}", json=body, headers=named)


def code(reply: httpx.Response) -> str:
    return str(reply.json()[0]["errorCode"])


def test_the_api_asks_for_a_token_and_the_pages_do_not(crm: Running) -> None:
    bare = httpx.Client(base_url=crm.http.base_url)

    assert bare.get(f"{API}/Account").status_code == 401
    assert bare.get("/healthz").text == "ok\n"
    assert bare.get("/").status_code == 200


def test_it_holds_the_records_of_the_extract_word_for_word(crm: Running, extracts: Path) -> None:
    lines = (extracts / "accounts.jsonl").read_text(encoding="utf-8").splitlines()
    sent = {row["Id"]: row for row in map(json.loads, lines) if row["Id"]}

    held = accounts(crm, limit=2000)["records"]

    assert {row["Id"]: row for row in held} == sent


def test_paging_reads_every_record_once_in_order(crm: Running) -> None:
    whole = accounts(crm, limit=2000)
    query: dict[str, Any] | None = {"limit": 7}
    read = []
    while query:
        page = accounts(crm, **query)
        read += page["records"]
        query = page["next"] and page["next"] | {"limit": 7}

    assert whole["next"] is None
    assert read == whole["records"]
    assert read == sorted(read, key=lambda row: (row["LastModifiedDate"], row["Id"]))


def test_a_read_since_a_moment_includes_that_moment(crm: Running) -> None:
    middle = accounts(crm, limit=2000)["records"][10]

    found = accounts(crm, modified_since=middle["LastModifiedDate"], limit=1)["records"]

    assert found == [middle]


def test_a_change_is_the_last_thing_read(crm: Running) -> None:
    key = first_key(crm)

    reply = update(crm, key, {"Phone": "+49 30 1"})

    last = accounts(crm, limit=2000)["records"][-1]
    assert reply.status_code == 200
    assert (last["Id"], last["Phone"]) == (key, "+49 30 1")
    assert reply.headers["ETag"] == crm.http.get(f"{API}/Account/{key}").headers["ETag"] == '"v2"'


def test_a_repeated_key_replays_the_answer_and_changes_nothing(crm: Running) -> None:
    key = first_key(crm)
    first = update(crm, key, {"Phone": "1"}, Idempotency_Key="k1", X_Hub_Version="4")

    again = update(crm, key, {"Phone": "1"}, Idempotency_Key="k1", X_Hub_Version="4")

    assert (again.status_code, again.json(), again.headers["ETag"]) == (200, first.json(), '"v2"')
    assert again.headers["Idempotent-Replayed"] == "true"
    assert crm.http.get(f"{API}/Account/{key}").headers["ETag"] == '"v2"'


def test_a_key_used_for_another_body_is_refused(crm: Running) -> None:
    key = first_key(crm)
    update(crm, key, {"Phone": "1"}, Idempotency_Key="k1")

    assert update(crm, key, {"Phone": "2"}, Idempotency_Key="k1").status_code == 422


@pytest.mark.parametrize("version", ["3", "4"])
def test_a_version_not_above_the_applied_one_is_refused(crm: Running, version: str) -> None:
    key = first_key(crm)
    update(crm, key, {"Phone": "1"}, Idempotency_Key="k1", X_Hub_Version="4")

    late = update(crm, key, {"Phone": "2"}, Idempotency_Key="k2", X_Hub_Version=version)

    assert (late.status_code, code(late)) == (412, "STALE_HUB_VERSION")
    assert update(crm, key, {"Phone": "3"}, Idempotency_Key="k3", X_Hub_Version="5").status_code == 200


def test_another_record_of_the_hub_starts_its_versions_anew(crm: Running) -> None:
    key = first_key(crm)
    update(crm, key, {"Phone": "1"}, X_Hub_Record="CUS-1", X_Hub_Version="9")

    assert update(crm, key, {"Phone": "2"}, X_Hub_Record="CUS-2", X_Hub_Version="2").status_code == 200


def test_a_stale_entity_tag_is_refused(crm: Running) -> None:
    key = first_key(crm)
    update(crm, key, {"Phone": "1"}, If_Match='"v1"')

    assert update(crm, key, {"Phone": "2"}, If_Match='"v1"').status_code == 412


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"Nickname": "x"}, "INVALID_FIELD"),
        ({"Id": "x"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Name": None}, "REQUIRED_FIELD_MISSING"),
        ({"BillingCountryCode": "Germany"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"Contacts": "nobody"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"ParentId": "001nobody"}, "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_a_bad_field_is_refused_by_name(crm: Running, body: dict[str, Any], expected: str) -> None:
    reply = update(crm, first_key(crm), body)

    assert (reply.status_code, code(reply), reply.json()[0]["fields"]) == (400, expected, list(body))


def test_a_created_record_is_found_by_its_external_id(crm: Running) -> None:
    body = {"Name": "New GmbH", "Golden_Id__c": "CUS-0000001-9"}
    created = crm.http.post(f"{API}/Account", json=body, headers={"Idempotency-Key": "c1"})
    again = crm.http.post(f"{API}/Account", json=body, headers={"Idempotency-Key": "c1"})
    clash = crm.http.post(f"{API}/Account", json=body, headers={"Idempotency-Key": "c2"})

    key = created.json()["id"]
    assert (created.status_code, again.json()["id"], len(key)) == (201, key, 18)
    assert crm.http.get(f"{API}/Account/Golden_Id__c/CUS-0000001-9").json()["Id"] == key
    assert (clash.status_code, code(clash)) == (400, "DUPLICATE_VALUE")


def test_what_was_answered_survives_a_kill(start: Start) -> None:
    crm = start("crm")
    key = first_key(crm)
    first = update(crm, key, {"Phone": "1"}, Idempotency_Key="k1", X_Hub_Version="4")
    crm.kill()

    crm = start("crm")

    assert crm.http.get(f"{API}/Account/{key}").json()["Phone"] == "1"
    assert update(crm, key, {"Phone": "1"}, Idempotency_Key="k1", X_Hub_Version="4").json() == first.json()
    assert crm.stop() == 0


def test_a_cut_answer_was_applied_and_is_replayed(crm: Running) -> None:
    key = first_key(crm)
    crm.http.post("/_test/fault", json={"cut_after_apply": True, "count": 1})

    with pytest.raises(httpx.TransportError):
        update(crm, key, {"Phone": "1"}, Idempotency_Key="k1")

    again = update(crm, key, {"Phone": "1"}, Idempotency_Key="k1")
    assert (again.status_code, again.headers["ETag"]) == (200, '"v2"')


def test_a_wanted_status_lasts_as_many_calls_as_asked(crm: Running) -> None:
    crm.http.post("/_test/fault", json={"status": 503, "count": 2, "retry_after": 1})

    replies = [crm.http.get(f"{API}/Account", params={"limit": 1}) for _ in range(3)]

    assert [reply.status_code for reply in replies] == [503, 503, 200]
    assert replies[0].headers["Retry-After"] == "1"


def test_the_record_page_shows_what_the_hub_wrote(crm: Running) -> None:
    key = first_key(crm)
    update(crm, key, {"Phone": "<b>1</b>"}, X_Hub_Version="4")

    page = crm.http.get(f"/Account/{key}").text

    assert "&lt;b&gt;1&lt;/b&gt;" in page
    assert "from the hub" in page
    assert "<b>" not in page


def test_a_person_changes_a_field_on_the_page(crm: Running) -> None:
    key = first_key(crm)

    reply = crm.http.post(f"/Account/{key}/edit", data={"field": "Phone", "value": "+30 1"})

    last = accounts(crm, limit=2000)["records"][-1]
    assert (reply.status_code, reply.headers["Location"]) == (303, f"/Account/{key}?note=saved")
    assert (last["Id"], last["Phone"]) == (key, "+30 1")


def test_another_site_cannot_write_through_the_browser(crm: Running) -> None:
    key = first_key(crm)

    reply = crm.http.post(
        f"/Account/{key}/edit", data={"field": "Phone", "value": "1"}, headers={"Origin": "http://elsewhere.example"}
    )

    assert reply.status_code == 403
