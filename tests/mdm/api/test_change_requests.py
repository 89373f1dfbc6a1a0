from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse

from mdm.actors import SYSTEM, Actor
from mdm.errors import NotApprover
from mdm.models import ApiKey, AttributePin, ChangeRequest, GoldenRecord, SourceSystem
from mdm.rules.ownership import ownership_of
from mdm.services.consents import approve_change
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import NOON
from tests.mdm.api.hub import ApiClient, Asking, SignedIn, accounts_in_hub, an_account, golden_of, told

SCOPES = ("customer:read", "change_request:read", "change_request:write")


@pytest.fixture
def golden(hub: None) -> GoldenRecord:
    return accounts_in_hub(an_account(1))[0]


def test_a_proposal_names_the_version_it_is_about(golden: GoldenRecord) -> None:
    client = ApiClient(*SCOPES)

    missing = client.send("change-requests", _proposal(golden), Idempotency_Key="1")
    outdated = _propose(client, golden, tag=f'"{golden.public_id}.7"')
    accepted = _propose(client, golden)

    assert [missing.status_code, outdated.status_code, accepted.status_code] == [428, 412, 201]
    assert ChangeRequest.objects.count() == 1


def test_what_needs_no_approval_is_applied_at_once(golden: GoldenRecord) -> None:
    answer = told(_propose(ApiClient(*SCOPES), golden))

    assert answer["state"] == "applied"
    assert golden_of(an_account(1)["Id"]).document["attributes"][FREE] == "proposed"


def test_an_owned_attribute_is_refused_with_a_pointer(golden: GoldenRecord) -> None:
    name = _owned()
    _publish(lambda document: document["ownership"][name].pop("override"))

    response = _propose(ApiClient(*SCOPES), golden, values={name: "x"})

    assert response.status_code == 422
    assert [(each["pointer"], each["code"]) for each in told(response)["errors"]] == [(f"/values/{name}", "not_owner")]


def test_a_value_is_pinned_until_a_time(golden: GoldenRecord) -> None:
    pinned = {**_proposal(golden), "pin": True, "pin_until": "2030-01-01T00:00:00Z"}
    tag = f'"{golden.public_id}.{golden.version}"'
    alone = {**_proposal(golden), "pin_until": "2030-01-01T00:00:00Z"}

    refused = ApiClient(*SCOPES).send("change-requests", alone, Idempotency_Key="1", If_Match=tag)
    answer = ApiClient(*SCOPES).send("change-requests", pinned, Idempotency_Key="2", If_Match=tag)

    assert (refused.status_code, told(refused)["errors"][0]["pointer"]) == (422, "/pin_until")
    assert told(answer)["parts"][0]["effect"] == "pin"
    assert AttributePin.objects.get().expires_at == datetime(2030, 1, 1, tzinfo=UTC)


def test_unknown_attributes_are_refused_without_repeating_values(golden: GoldenRecord) -> None:
    response = _propose(ApiClient(*SCOPES), golden, values={"shoe_size": "secret"})

    assert [each["pointer"] for each in told(response)["errors"]] == ["/values/shoe_size"]
    assert b"secret" not in response.content


def test_nobody_approves_what_they_proposed(golden: GoldenRecord) -> None:
    proposer = SignedIn("ana", "approver")
    request = _open_request(golden, proposer)

    response = proposer.send(f"change-requests/{request['id']}/approve", _consent(request), Idempotency_Key="2")

    assert (response.status_code, told(response)["code"]) == (403, "four_eyes_violated")


def test_a_key_consents_for_nobody(golden: GoldenRecord) -> None:
    """Not even one that was made when keys could."""
    request = _open_request(golden)
    key = ApiClient(*SCOPES, owner="somebody")
    ApiKey.objects.filter(prefix=key.prefix).update(scopes=[*SCOPES, "change_request:approve"])
    address = f"change-requests/{request['id']}"

    approved = key.send(f"{address}/approve", _consent(request), Idempotency_Key="2")
    rejected = key.send(f"{address}/reject", {"reason": "no"}, Idempotency_Key="3")

    assert [approved.status_code, rejected.status_code] == [403, 403]
    with pytest.raises(NotApprover):
        approve_change(
            int(str(request["id"])),
            payload_hash=bytes.fromhex(str(request["payload_hash"])),
            actor=Actor(f"api:{key.prefix}"),
            at=NOON,
            groups=["approver"],
        )


def test_a_key_that_nobody_answers_for_proposes_nothing(golden: GoldenRecord) -> None:
    key = ApiClient("customer:read", owner="")
    ApiKey.objects.filter(prefix=key.prefix).update(scopes=SCOPES)

    assert _propose(key, golden).status_code == 403


def test_the_owner_of_a_key_is_one_person_with_it(golden: GoldenRecord) -> None:
    request = _open_request(golden, ApiClient(*SCOPES, owner="ana"))
    address = f"change-requests/{request['id']}/approve"

    own = SignedIn("ana", "approver").send(address, _consent(request), Idempotency_Key="2")
    other = SignedIn("ben", "approver").send(address, _consent(request), Idempotency_Key="3")

    assert (own.status_code, told(own)["code"]) == (403, "four_eyes_violated")
    assert (other.status_code, told(other)["state"]) == (200, "applied")


def test_who_edits_cannot_approve_and_consent_to_the_values_before_is_void(golden: GoldenRecord) -> None:
    request = _open_request(golden)
    editor = SignedIn("ed", "approver")
    address = f"change-requests/{request['id']}"
    tag = editor.ask(address).headers["ETag"]
    edit = {"values": {FREE: "edited"}}

    blind = editor.send(f"{address}/edit", edit, Idempotency_Key="1")
    edited = editor.send(f"{address}/edit", edit, Idempotency_Key="2", If_Match=tag)
    late = editor.send(f"{address}/edit", edit, Idempotency_Key="3", If_Match=tag)
    own = editor.send(f"{address}/approve", _consent(told(edited)), Idempotency_Key="4")
    approver = SignedIn("ben", "approver")
    stale = approver.send(f"{address}/approve", _consent(request), Idempotency_Key="5")
    seen = approver.send(f"{address}/approve", _consent(told(edited)), Idempotency_Key="6")

    assert [each.status_code for each in (blind, edited, late, own, stale, seen)] == [428, 200, 412, 403, 409, 200]
    assert told(seen)["values"] == {FREE: "edited"}


def test_comments_are_told_and_only_the_proposer_withdraws(golden: GoldenRecord) -> None:
    proposer, other = ApiClient(*SCOPES), ApiClient(*SCOPES)
    address = f"change-requests/{_open_request(golden, proposer)['id']}"

    commented = other.send(f"{address}/comments", {"text": "Is it so?"}, Idempotency_Key="1")
    refused = other.send(f"{address}/withdraw", {}, Idempotency_Key="2")
    withdrawn = proposer.send(f"{address}/withdraw", {"reason": "No"}, Idempotency_Key="3")

    assert [each["text"] for each in told(commented)["comments"]] == ["Is it so?"]
    assert (refused.status_code, told(withdrawn)["state"]) == (409, "withdrawn")


def test_somebody_else_approves_exactly_what_was_proposed(golden: GoldenRecord) -> None:
    request = _open_request(golden)
    approver = SignedIn("ben", "approver")
    address = f"change-requests/{request['id']}"
    tag = approver.ask(address).headers["ETag"]

    blind = approver.send(f"{address}/approve", {}, Idempotency_Key="1")
    other = approver.send(f"{address}/approve", {"payload_hash": "0" * 64}, Idempotency_Key="2")
    seen = approver.send(f"{address}/approve", {}, Idempotency_Key="3", If_Match=tag)
    again = approver.send(f"{address}/approve", _consent(request), Idempotency_Key="4")

    assert [each.status_code for each in (blind, other, seen, again)] == [428, 409, 200, 409]
    assert told(seen)["state"] == "applied"


def test_a_rejection_says_why(golden: GoldenRecord) -> None:
    request = _open_request(golden)
    approver = SignedIn("ben", "approver")
    address = f"change-requests/{request['id']}/reject"

    silent = approver.send(address, {}, Idempotency_Key="1")
    rejected = approver.send(address, {"reason": "not so"}, Idempotency_Key="2")

    assert (silent.status_code, told(silent)["errors"][0]["pointer"]) == (422, "/reason")
    assert told(rejected)["state"] == "rejected"


def test_change_requests_of_unreadable_entity_types_are_hidden(golden: GoldenRecord) -> None:
    request = told(_propose(ApiClient(*SCOPES), golden))
    stranger = ApiClient("product:read", "change_request:read")

    assert stranger.ask(f"change-requests/{request['id']}").status_code == 404
    assert told(stranger.ask("change-requests"))["items"] == []
    assert len(told(ApiClient(*SCOPES).ask("change-requests?state=applied"))["items"]) == 1


def test_a_bound_key_sees_and_touches_what_it_and_its_system_propose_and_nothing_else(golden: GoldenRecord) -> None:
    own, others = (ApiClient(*SCOPES, system=SourceSystem.objects.get(name=name)) for name in ("crm", "erp"))
    consent = {"name": {"required": True, "over_percent": None, "group": "approver", "origins": ["crm"]}}
    _publish(lambda document: document.update(approval=consent))
    accounts_in_hub(an_account(1, Name="Nordwind Handel GmbH"))
    request = told(ApiClient(*SCOPES).ask("change-requests?origin=crm"))["items"][0]

    assert [each["id"] for each in told(own.ask("change-requests"))["items"]] == [request["id"]]
    assert own.ask(f"change-requests/{request['id']}").status_code == 200
    assert told(others.ask("change-requests"))["items"] == []
    assert told(others.ask("change-requests?origin=crm"))["items"] == []
    assert others.ask(f"change-requests/{request['id']}").status_code == 404
    commented = others.send(f"change-requests/{request['id']}/comments", {"text": "Mine?"}, Idempotency_Key="1")
    assert commented.status_code == 404

    mine = told(_propose(others, golden))
    assert [each["id"] for each in told(others.ask("change-requests"))["items"]] == [mine["id"]]
    assert others.ask(f"change-requests/{mine['id']}").status_code == 200


FREE = "given_name"


def _owned() -> str:
    ownership = ownership_of(published_rules("customer").document.ownership, {})
    return next(name for name, each in sorted(ownership.items()) if each.owner not in (None, "hub"))


def _proposal(golden: GoldenRecord, values: dict[str, object] | None = None) -> dict[str, object]:
    return {"golden_id": golden.public_id, "values": values or {FREE: "proposed"}, "reason": "asked for"}


def _propose(
    client: Asking, golden: GoldenRecord, *, tag: str | None = None, values: dict[str, object] | None = None
) -> HttpResponse:
    key = f"{tag}{values}".replace(" ", "")
    return client.send(
        "change-requests",
        _proposal(golden, values),
        Idempotency_Key=key,
        If_Match=tag or f'"{golden.public_id}.{golden.version}"',
    )


def _open_request(golden: GoldenRecord, client: Asking | None = None) -> dict[str, object]:
    """A proposal that waits for approval."""
    consent = {FREE: {"required": True, "over_percent": None, "group": "approver"}}
    _publish(lambda document: document.update(approval=consent))
    request = told(_propose(client or ApiClient(*SCOPES), golden))
    assert request["parts"][0]["waits_for"] == ["approver"]
    return dict(request)


def _consent(request: dict[str, object]) -> dict[str, object]:
    return {"payload_hash": request["payload_hash"]}


def _publish(change: Callable[[dict[str, Any]], object]) -> None:
    """Put rules in force that differ from the shipped ones."""
    document = published_rules("customer").document.to_document()
    change(document)
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=NOON)
