"""What the ERP's double promises the connector."""

import csv
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.targets.conftest import Running, Start

PARTNERS = "/api/business_partners"


@pytest.fixture
def erp(start: Start) -> Running:
    """An ERP that has just begun."""
    return start("erp")


def partners(erp: Running, **query: Any) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = erp.http.get(PARTNERS, params=query).json()["records"]
    return rows


def first_key(erp: Running) -> str:
    return partners(erp, limit=1)[0]["BUSINESS_PARTNER"]


def code(reply: httpx.Response) -> str:
    return str(reply.json()["error"]["code"])


def test_it_holds_the_records_of_the_extract_word_for_word(erp: Running, extracts: Path) -> None:
    with (extracts / "business_partners.csv").open(encoding="utf-8", newline="") as file:
        sent = {row["BUSINESS_PARTNER"]: row for row in csv.DictReader(file) if row["BUSINESS_PARTNER"]}

    assert {row["BUSINESS_PARTNER"]: row for row in partners(erp, limit=2000)} == sent


@pytest.mark.parametrize("kind", ["business_partners", "materials", "ship_to_parties", "price_conditions"])
def test_paging_reads_every_record_once(erp: Running, kind: str) -> None:
    whole = erp.http.get(f"/api/{kind}", params={"limit": 2000}).json()["records"]
    query: dict[str, Any] | None = {"limit": 5}
    read = []
    while query:
        page = erp.http.get(f"/api/{kind}", params=query).json()
        read += page["records"]
        query = page["next"] and page["next"] | {"limit": 5}

    assert read == whole


def test_a_put_merges_the_given_fields(erp: Running) -> None:
    before = partners(erp, limit=1)[0]
    key = before["BUSINESS_PARTNER"]

    reply = erp.http.put(f"{PARTNERS}/{key}", json={"TEL_NUMBER": "030/1"})

    changed = before | {"TEL_NUMBER": "030/1", "CHANGED_AT": reply.json()["CHANGED_AT"]}
    assert (reply.status_code, reply.json()) == (200, changed)
    assert partners(erp, limit=2000)[-1] == changed


def test_versions_and_idempotency_keys_mean_nothing_here(erp: Running) -> None:
    key = first_key(erp)
    headers = {"Idempotency-Key": "k1", "X-Hub-Version": "4"}

    replies = [
        erp.http.put(f"{PARTNERS}/{key}", json={"TEL_NUMBER": "030/1"}, headers=headers).headers["ETag"]
        for _ in range(2)
    ]

    assert replies == ['"v2"', '"v3"']


def test_a_known_external_id_updates_instead_of_creating(erp: Running) -> None:
    body = {"NAME_ORG1": "New GmbH", "COUNTRY": "DEU", "EXTERNAL_ID": "CUS-0000001-9"}
    created = erp.http.post(PARTNERS, json=body)
    again = erp.http.post(PARTNERS, json=body | {"NAME_ORG1": "Newer GmbH"})

    number = created.json()["BUSINESS_PARTNER"]
    assert (created.status_code, again.status_code, len(number)) == (201, 200, 10)
    assert (again.json()["BUSINESS_PARTNER"], again.json()["NAME_ORG1"]) == (number, "Newer GmbH")
    found = erp.http.get(PARTNERS, params={"external_id": "CUS-0000001-9"}).json()["records"]
    assert [row["BUSINESS_PARTNER"] for row in found] == [number]


def test_an_external_id_belongs_to_one_record(erp: Running) -> None:
    first, second = (row["BUSINESS_PARTNER"] for row in partners(erp, limit=2))
    erp.http.put(f"{PARTNERS}/{first}", json={"EXTERNAL_ID": "CUS-0000001-9"})

    reply = erp.http.put(f"{PARTNERS}/{second}", json={"EXTERNAL_ID": "CUS-0000001-9"})

    assert (reply.status_code, code(reply)) == (409, "R11/229")


@pytest.mark.parametrize(
    "body", [{"NAME": "x"}, {"CHANGED_AT": "1"}, {"COUNTRY": "DE"}, {"TEL_NUMBER": 30}, {"BILL_TO": "0000000001"}]
)
def test_a_bad_field_is_refused_by_name(erp: Running, body: dict[str, Any]) -> None:
    reply = erp.http.put(f"{PARTNERS}/{first_key(erp)}", json=body)

    detail = reply.json()["error"]["innererror"]["errordetails"][0]
    assert (reply.status_code, detail["propertyref"]) == (400, next(iter(body)))


def test_a_record_keeps_its_name(erp: Running) -> None:
    nameless = {"NAME_ORG1": "", "NAME_ORG2": "", "NAME_FIRST": "", "NAME_LAST": ""}

    reply = erp.http.put(f"{PARTNERS}/{first_key(erp)}", json=nameless)

    assert (reply.status_code, code(reply)) == (400, "R11/401")


def test_what_is_not_there_is_not_found(erp: Running) -> None:
    assert erp.http.get(f"{PARTNERS}/0000000001").status_code == 404
    assert erp.http.get("/api/nothing").status_code == 404
    assert erp.http.get(PARTNERS, params={"limit": "0"}).status_code == 400
    assert erp.http.put(f"{PARTNERS}/0000000001", content=b"{").status_code == 400


def test_a_restart_keeps_everything(start: Start) -> None:
    erp = start("erp")
    key = first_key(erp)
    erp.http.put(f"{PARTNERS}/{key}", json={"TEL_NUMBER": "030/1"})
    assert erp.stop() == 0

    erp = start("erp")

    assert erp.http.get(f"{PARTNERS}/{key}").json()["TEL_NUMBER"] == "030/1"
