"""Splits over the API: planned, made, taken back."""

from typing import Any

import pytest

from mdm.models import GoldenRecord
from tests.mdm.api.hub import ApiClient, accounts_in_hub, an_account, golden_of, told

SCOPES = ("customer:read", "match_decision:write")
ONE, OTHER = (f"001Qy0000000{number:03d}AAA" for number in (1, 7))


@pytest.fixture
def one_company(hub: None) -> GoldenRecord:
    """Two accounts of it."""
    accounts_in_hub(an_account(1), an_account(1, Id=OTHER))
    assert golden_of(ONE) == golden_of(OTHER)
    return golden_of(ONE)


def body_of(record: GoldenRecord, **more: Any) -> dict[str, Any]:
    return {"golden_id": record.public_id, "records": [{"system": "crm", "key": OTHER}], **more}


def test_a_split_is_planned_made_and_taken_back(one_company: GoldenRecord) -> None:
    client = ApiClient(*SCOPES)
    plan = client.send("splits/plan", body_of(one_company))
    assert [side["key"] for side in told(plan)["sides"]] == [one_company.public_id, "new-1"]
    assert golden_of(ONE) == golden_of(OTHER)

    done = client.send("splits", body_of(one_company, reason="Two"), Idempotency_Key="1", If_Match=plan.headers["ETag"])

    assert done.status_code == 201
    assert golden_of(ONE) == one_company != golden_of(OTHER)
    undone = client.send(f"match-decisions/{told(done)['undone_by']}/undo", {}, Idempotency_Key="2")
    assert undone.status_code == 200
    assert golden_of(ONE) == golden_of(OTHER)


def test_it_takes_the_scope_the_tag_and_records_that_are_there(one_company: GoldenRecord) -> None:
    client, body = ApiClient(*SCOPES), body_of(one_company)

    assert ApiClient("customer:read").send("splits/plan", body).status_code == 403
    assert ApiClient("match_decision:write").send("splits/plan", body).status_code == 404
    assert client.send("splits", body, Idempotency_Key="1").status_code == 428
    assert client.send("splits", body, Idempotency_Key="2", If_Match='"another"').status_code == 412
    strange = {**body, "records": [{"system": "crm", "key": "nobody"}]}
    assert client.send("splits/plan", strange).status_code == 404
    every = {**body, "records": [{"system": "crm", "key": key} for key in (ONE, OTHER)]}
    assert client.send("splits/plan", every).status_code == 409
