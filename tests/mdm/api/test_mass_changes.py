"""Mass changes over the API: rehearsed, submitted, approved by another person, undone; and refused in plain words."""

import uuid
from typing import Any

import pytest
from django.http import HttpResponse

from tests.builders import golden_of
from tests.mdm.api.hub import ApiClient, SignedIn, told
from tests.price_world import PriceWorld, a_line

SCOPES = ("change_request:read", "change_request:write", "pricing_agreement:read")
JANUARY = {"begins": "2027-01-01", "ends": "2028-01-01", "percent": "3"}


@pytest.fixture
def world(db: None) -> PriceWorld:
    world = PriceWorld()
    world.product("P1")
    world.customer("A1")
    world.agreement("ONE", a_line("10", product="P1"), customer="A1")
    return world


def send(client: Any, address: str, body: dict[str, Any]) -> HttpResponse:
    answer: HttpResponse = client.send(address, body, Idempotency_Key=str(uuid.uuid4()))
    return answer


def test_one_rehearses_and_submits_another_approves_and_undoes(world: PriceWorld) -> None:
    client, ben = ApiClient(*SCOPES, owner="owner"), SignedIn("ben", "Approver")
    made = send(client, "mass-changes", {"terms": JANUARY, "reason": "Renewal 2027"})
    assert (made.status_code, told(made)["state"], told(made)["figures"]["fates"]) == (201, "rehearsed", {"renewed": 1})
    address = f"mass-changes/{told(made)['id']}"
    assert told(client.ask(address)) == told(made)
    table = client.ask(f"{address}/lines")
    rows = b"".join(table.streaming_content).decode().splitlines()  # type: ignore[attr-defined]  # a streaming answer
    golden = golden_of("erp:ONE", "pricing_agreement")
    assert rows[1].startswith(f"{golden.public_id},ONE,")
    assert ",renewed,10,10.3,2027-01-01,2028-01-01," in rows[1]

    waits = send(client, f"{address}/submit", {})
    assert (told(waits)["state"], told(waits)["waits_for"]) == ("open", ["approver"])
    seen = {"payload_hash": told(waits)["payload_hash"]}
    assert send(client, f"{address}/approve", seen).status_code == 403
    assert send(ben, f"{address}/approve", {"payload_hash": "0" * 64}).status_code == 409
    done = send(ben, f"{address}/approve", seen)
    assert (told(done)["state"], told(done)["approved_by"]) == ("applied", ["ben"])

    assert send(client, f"{address}/undo", {"reason": "No"}).status_code == 403
    undone = send(ben, f"{address}/undo", {"reason": "Wrong year"})
    assert (told(undone)["state"], told(undone)["kept"]) == ("undone", [])
    assert [each["id"] for each in told(client.ask("mass-changes"))["items"]] == [told(made)["id"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"terms": {}}, "unclear_mass_change"),
        ({"terms": {**JANUARY, "percent": "three"}}, "unclear_mass_change"),
        ({"terms": {**JANUARY, "amount": "1"}}, "unclear_mass_change"),
        ({"terms": {**JANUARY, "ends": "2026-01-01"}}, "unclear_mass_change"),
        ({"terms": {**JANUARY, "step": "0"}}, "unclear_mass_change"),
        ({"terms": JANUARY, "selection": {"colors": ["red"]}}, "unclear_mass_change"),
        ({"terms": JANUARY, "selection": {"brands": "Volt"}}, "unclear_mass_change"),
        ({"terms": JANUARY, "selection": {"brands": ["Volt"]}}, "nothing_chosen"),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_is_kept(world: PriceWorld, body: dict[str, Any], code: str) -> None:
    client = ApiClient(*SCOPES)
    refused = send(client, "mass-changes", body)

    assert (refused.status_code, told(refused)["code"]) == (422, code)
    assert told(client.ask("mass-changes"))["items"] == []


def test_a_mistyped_id_is_named_and_prices_need_their_scope(world: PriceWorld) -> None:
    client = ApiClient(*SCOPES)
    mistyped = send(client, "mass-changes", {"terms": JANUARY, "selection": {"agreements": ["PAG-0000001-1"]}})
    assert mistyped.status_code == 400
    assert client.ask("mass-changes/MCH-0000001-0").status_code == 404
    assert ApiClient("change_request:read").ask("mass-changes").status_code == 403


def test_a_proposal_that_makes_lines_meet_is_answered_with_both_lines_and_the_ways_out(world: PriceWorld) -> None:
    golden = golden_of("erp:ONE", "pricing_agreement")
    (line,) = golden.document["attributes"]["lines"]
    lines = [line, {**line, "value": "9", "valid_from": "2026-06-01"}]
    client = ApiClient(*SCOPES)

    def propose(values: dict[str, Any]) -> HttpResponse:
        body = {"golden_id": golden.public_id, "values": values, "reason": "Lower from June"}
        tag = f'"{golden.public_id}.{golden.version}"'
        answer: HttpResponse = client.send("change-requests", body, Idempotency_Key=str(uuid.uuid4()), If_Match=tag)
        return answer

    refused = propose({"lines": lines})
    assert (refused.status_code, told(refused)["code"]) == (422, "lines_overlap")
    (overlap,) = told(refused)["overlaps"]
    assert (overlap["days"]["from"], overlap["other_days"]["from"]) == ("2026-01-01", "2026-06-01")
    plan = next(each for each in overlap["plans"] if each["kind"] == "truncate")
    assert propose(plan["values"]).status_code == 201
