"""Merges over the API: foreseen, made, planned back, taken back; decisions and when to ask about them again."""

import uuid
from typing import Any

import pytest
from django.http import HttpResponse

from mdm.models import GoldenRecord, MatchDecision, ReopeningCondition
from mdm.services.api_keys import known_scopes
from tests.mdm.api.hub import ApiClient, accounts_in_hub, an_account, golden_of, told

SCOPES = ("customer:read", "match_decision:write")


@pytest.fixture
def pair(hub: None) -> list[GoldenRecord]:
    return accounts_in_hub(an_account(1), an_account(2))


def merge(pair: list[GoldenRecord], client: ApiClient | None = None, **body: Any) -> HttpResponse:
    body = {"golden_ids": [each.public_id for each in pair], **body}
    return (client or ApiClient(*SCOPES)).send("merges", body, Idempotency_Key=str(uuid.uuid4()))


def plan_of(unit: str, client: ApiClient, **body: Any) -> HttpResponse:
    return client.send(f"merges/{unit}/unmerge-plan", {"choices": {}, **body})


def joined() -> bool:
    return golden_of(an_account(1)["Id"]) == golden_of(an_account(2)["Id"])


def test_a_merge_is_foreseen_made_planned_back_and_taken_back(pair: list[GoldenRecord]) -> None:
    client = ApiClient(*SCOPES)
    ids = [each.public_id for each in pair]

    foreseen = client.send("merges/consequences", {"golden_ids": ids})
    assert (foreseen.status_code, told(foreseen)["survivor"], told(foreseen)["goes"]) == (200, ids[0], [ids[1]])
    assert not joined()
    made = merge(pair, client, reason="One company")
    assert (made.status_code, told(made)["golden_ids"]) == (201, [ids[0]])
    plan = plan_of(told(made)["unit"], client)
    assert [side["key"] for side in told(plan)["sides"]] == ids
    assert joined()

    done = client.send(
        f"merges/{told(made)['unit']}/unmerge",
        {"choices": {}, "reason": "Two"},
        Idempotency_Key="back",
        If_Match=plan.headers["ETag"],
    )

    assert done.status_code == 200
    assert [golden_of(an_account(number)["Id"]).public_id for number in (1, 2)] == ids


def test_the_same_request_merges_once(pair: list[GoldenRecord]) -> None:
    client = ApiClient(*SCOPES)
    body = {"golden_ids": [each.public_id for each in pair]}

    first = client.send("merges", body, Idempotency_Key="1")
    again = client.send("merges", body, Idempotency_Key="1")

    assert told(first) == told(again)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(set(MatchDecision.objects.values_list("unit", flat=True))) == 1


def test_a_plan_of_another_state_is_refused_with_what_changed(pair: list[GoldenRecord]) -> None:
    client = ApiClient(*SCOPES)
    unit = told(merge(pair, client))["unit"]
    tag = plan_of(unit, client).headers["ETag"]
    accounts_in_hub(an_account(2, Name="Another name 2"))

    refused = client.send(f"merges/{unit}/unmerge", {"choices": {}}, Idempotency_Key="1", If_Match=tag)
    unbound = client.send(f"merges/{unit}/unmerge", {"choices": {}}, Idempotency_Key="2")

    assert (refused.status_code, told(refused)["code"]) == (412, "stale_plan")
    assert "source records" in told(refused)["detail"]
    assert unbound.status_code == 428
    assert joined()


def test_a_line_goes_where_the_client_says(pair: list[GoldenRecord]) -> None:
    client = ApiClient(*SCOPES)
    unit = told(merge(pair, client))["unit"]
    lines = [line for line in told(plan_of(unit, client))["lines"] if line["kind"] == "record"]
    other = next(side for side in lines[1]["choices"] if side != lines[1]["default"])

    chosen = told(plan_of(unit, client, choices={lines[1]["key"]: other}))
    wrong = plan_of(unit, client, choices={lines[1]["key"]: "end"})

    assert next(line for line in chosen["lines"] if line["key"] == lines[1]["key"])["choice"] == other
    assert not chosen["divides"]
    assert (wrong.status_code, told(wrong)["code"]) == (422, "invalid_choice")


def test_what_is_kept_apart_is_asked_about_under_a_condition_and_can_be_undone(pair: list[GoldenRecord]) -> None:
    client = ApiClient(*SCOPES)
    records = [{"system": "crm", "entity_type": "customer", "key": an_account(number)["Id"]} for number in (1, 2)]
    condition = {"kind": "change", "attribute": "name"}

    made = client.send("match-decisions/apart", {"records": records, "reopen_when": condition}, Idempotency_Key="1")
    unit = told(made)["unit"]
    later = client.send(
        f"match-decisions/{unit}/reopening", {"kind": "date", "due_at": "2100-01-01T00:00:00Z"}, Idempotency_Key="2"
    )
    wrong = client.send(f"match-decisions/{unit}/reopening", {"kind": "agree", "attribute": "x"}, Idempotency_Key="3")

    assert [made.status_code, later.status_code, wrong.status_code] == [201, 201, 422]
    assert told(later)["due_at"].startswith("2100-01-01T00:00:00")
    assert ReopeningCondition.objects.filter(unit=unit, closed_at=None).count() == 2
    refused = merge(pair, client)
    assert (refused.status_code, told(refused)["code"]) == (409, "contradicts_decision")
    undone = client.send(f"match-decisions/{unit}/undo", {"reason": "One after all"}, Idempotency_Key="4")
    assert undone.status_code == 200
    assert not ReopeningCondition.objects.filter(closed_at=None).exists()


def test_who_may_not_decide_or_read_is_refused(pair: list[GoldenRecord]) -> None:
    unit = told(merge(pair))["unit"]
    without = ApiClient(*(scope for scope in known_scopes() if scope != "match_decision:write"))
    blind = ApiClient("match_decision:write", "product:read")
    ids = {"golden_ids": [each.public_id for each in pair]}

    assert without.send("merges/consequences", ids).status_code == 403
    assert blind.send("merges/consequences", ids).status_code == 404
    assert plan_of(unit, blind).status_code == 404
    assert plan_of(str(uuid.uuid4()), ApiClient(*SCOPES)).status_code == 404


def test_a_merge_takes_two_things_of_one_kind(pair: list[GoldenRecord]) -> None:
    assert merge([pair[0], pair[0]]).status_code == 409
