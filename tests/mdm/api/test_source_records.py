from typing import Any

import orjson
import pytest

from mdm.models import GoldenRecord, IdempotentAnswer, QuarantineEntry, SourceRecord
from tests.mdm.api.hub import ApiClient, an_account, golden_of, told

WRITE = ("source_record:write", "source_record:read", "customer:read")


def test_a_record_becomes_a_golden_record_in_one_call(hub: None) -> None:
    client = ApiClient(*WRITE)

    response = client.send("source-records", _sent(an_account(1)), Idempotency_Key="1")

    receipt = told(response)
    golden = golden_of(an_account(1)["Id"])
    assert response.status_code == 201
    assert (receipt["outcome"], receipt["golden_id"]) == ("new", golden.public_id)
    assert told(client.ask(response.headers["Location"].removeprefix("/api/v1/")))["payload"] == an_account(1)


def test_the_outcome_says_whether_anything_changed(hub: None) -> None:
    client = ApiClient(*WRITE)
    payloads = (an_account(1), an_account(1), an_account(1, Name="Nordwind Handel GmbH"))

    outcomes = [
        told(client.send("source-records", _sent(payload), Idempotency_Key=str(number)))["outcome"]
        for number, payload in enumerate(payloads)
    ]

    assert outcomes == ["new", "unchanged", "changed"]


def test_what_does_not_map_is_kept_aside_with_its_reasons(hub: None) -> None:
    payload = an_account(1)
    del payload["Name"]

    response = ApiClient(*WRITE).send("source-records", _sent(payload), Idempotency_Key="1")

    receipt = told(response)
    assert (response.status_code, receipt["outcome"], receipt["golden_id"]) == (202, "quarantined", None)
    assert receipt["problems"]
    assert QuarantineEntry.objects.get().payload == payload
    assert not GoldenRecord.objects.exists()


def test_a_repeated_request_gets_the_answer_it_got(hub: None) -> None:
    client = ApiClient(*WRITE)
    first = client.send("source-records", _sent(an_account(1)), Idempotency_Key="1")
    again = client.send("source-records", _sent(an_account(1)), Idempotency_Key="1")

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]


def test_a_key_serves_one_request_of_one_client(hub: None) -> None:
    client, other = ApiClient(*WRITE), ApiClient(*WRITE)
    client.send("source-records", _sent(an_account(1)), Idempotency_Key="1")

    mismatch = client.send("source-records", _sent(an_account(2)), Idempotency_Key="1")

    assert (mismatch.status_code, told(mismatch)["code"]) == (422, "idempotency_key_reused")
    assert other.send("source-records", _sent(an_account(2)), Idempotency_Key="1").status_code == 201


def test_without_a_key_nothing_is_written(hub: None) -> None:
    response = ApiClient(*WRITE).send("source-records", _sent(an_account(1)))

    assert (response.status_code, told(response)["code"]) == (400, "idempotency_key_required")
    assert not SourceRecord.objects.exists()
    assert not IdempotentAnswer.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"system": "crm", "entity_type": "customer", "payload": {"Id": "\\u0000"}}', 400),
        (b'{"system": "crm", "entity_type": "customer", "payload": {"Id": "\\ud800"}}', 400),
        (b'{"system": "crm"', 400),
        (b"[]", 422),
        (b'{"system": "crm", "entity_type": "starship", "payload": {}}', 422),
        (b'{"system": "crm", "entity_type": "customer", "payload": {}, "more": 1}', 422),
        (b'{"system": "nobody", "entity_type": "customer", "payload": {}}', 404),
        (b'{"system": "crm", "entity_type": "product", "payload": {}}', 422),
    ],
)
def test_bodies_that_cannot_be_meant_are_problems(hub: None, body: bytes, status: int) -> None:
    response = ApiClient(*WRITE).post(
        "/api/v1/source-records", body, content_type="application/json", headers={"Idempotency-Key": "1"}
    )

    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"


def test_each_line_of_a_batch_has_its_own_outcome(hub: None) -> None:
    nameless = an_account(2)
    del nameless["Name"]
    lines = [
        orjson.dumps(_sent(an_account(1))),
        orjson.dumps(_sent(nameless)),
        b"{",
        b"",
        orjson.dumps(_sent(an_account(1, Name="Nordwind Handel GmbH"))),
        orjson.dumps(_sent(an_account(3))),
    ]

    answers = _batch(ApiClient(*WRITE), lines)

    assert [(each["line"], each["outcome"]) for each in answers] == [
        (1, "new"),
        (2, "quarantined"),
        (3, "refused"),
        (5, "changed"),
        (6, "new"),
    ]
    assert golden_of(an_account(1)["Id"]).document["attributes"]["name"] == "Nordwind Handel GmbH"


def test_a_repeated_batch_gets_the_answers_it_got(hub: None) -> None:
    client = ApiClient(*WRITE)
    lines = [orjson.dumps(_sent(an_account(number))) for number in range(3)]

    assert _batch(client, lines) == _batch(client, lines)
    assert _batch(client, lines[:1])[0]["problem"]["code"] == "idempotency_key_reused"


def _sent(payload: dict[str, Any]) -> dict[str, Any]:
    return {"system": "crm", "entity_type": "customer", "payload": payload}


def _batch(client: ApiClient, lines: list[bytes]) -> list[dict[str, Any]]:
    response = client.post(
        "/api/v1/source-records",
        b"\n".join(lines),
        content_type="application/x-ndjson",
        headers={"Idempotency-Key": "batch"},
    )
    assert response.status_code == 200
    return [orjson.loads(line) for line in response.getvalue().splitlines()]
