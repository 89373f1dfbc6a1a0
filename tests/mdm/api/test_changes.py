from mdm.actors import person
from mdm.services.decisions import merge_pair
from mdm.services.sequencer import assign_feed_positions
from tests.mdm.api.hub import NOON, ApiClient, accounts_in_hub, an_account, golden_of, source_record_of, told


def test_the_feed_tells_every_version_once_and_in_order(hub: None) -> None:
    accounts_in_hub(an_account(1), an_account(2))
    accounts_in_hub(an_account(1, Name="Nordwind Handel GmbH"))
    assign_feed_positions()
    client = ApiClient("customer:read")

    seen, token = [], ""
    for _ in range(4):
        page = told(client.ask(f"changes?limit=1&after={token}"))
        seen += page["items"]
        token = page["next"]

    assert [each["position"] for each in seen] == [1, 2, 3]
    assert [each["change"] for each in seen] == ["created", "created", "updated"]
    assert seen[0]["document"]["id"] == seen[2]["document"]["id"]


def test_a_merge_names_the_survivor(hub: None) -> None:
    accounts_in_hub(an_account(1), an_account(2))
    assign_feed_positions()
    client = ApiClient("customer:read")
    token = told(client.ask("changes"))["next"]
    left, right = source_record_of(an_account(1)["Id"]), source_record_of(an_account(2)["Id"])
    merge_pair(left.pk, right.pk, actor=person("ana"), at=NOON, reason="same company")
    assign_feed_positions()

    items = told(client.ask(f"changes?after={token}"))["items"]

    merged = [each["document"] for each in items if each["change"] == "merged"]
    assert [each["merged_into"] for each in merged] == [golden_of(an_account(1)["Id"]).public_id]


def test_a_version_without_a_position_is_not_told_yet(hub: None) -> None:
    accounts_in_hub(an_account(1))

    assert told(ApiClient("customer:read").ask("changes"))["items"] == []


def test_a_token_changed_by_a_letter_or_for_other_entity_types_is_refused(hub: None) -> None:
    client = ApiClient("customer:read", "product:read")
    token = told(client.ask("changes"))["next"]
    forged = ("A" if token[0] != "A" else "B") + token[1:]

    assert client.ask(f"changes?after={forged}").status_code == 400
    assert client.ask(f"changes?after={token}&entity_type=customer").status_code == 400
    assert client.ask(f"changes?after={token}").status_code == 200
