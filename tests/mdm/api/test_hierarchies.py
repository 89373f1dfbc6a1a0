"""Trees over HTTP."""

from typing import Any

import pytest

from mdm.services.decisions import merge_pair
from mdm.services.sequencer import assign_feed_positions
from tests.builders import NOON, STEWARD, Clock, a_hub, golden_of, source_record
from tests.mdm.api.hub import ApiClient, told
from tests.tree_world import a_parent, tell, tell_place, tell_trees


@pytest.fixture
def group(db: None) -> dict[str, str]:
    """G over A and B; X under A, and from July on under B. X and B ship to places."""
    a_hub()
    tell_trees()
    clock = Clock()
    tell("G", clock=clock)
    for key in "AB":
        tell(key, parent="G", clock=clock)
    tell("X", a_parent("A"), a_parent("B", "2026-07-01"), clock=clock)
    for place, customer in (("P", "X"), ("Q", "B")):
        tell_place(place, clock=clock, roles=[{"customer": customer, "role": "ship_to"}])
    assign_feed_positions()
    ids = {key: golden_of(f"crm:{key}").public_id for key in "GABX"}
    return ids | {key: golden_of(f"crm:{key}", "location").public_id for key in "PQ"}


def ids_of(items: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in items]


def test_it_tells_who_stands_above_and_below_on_a_day(group: dict[str, str]) -> None:
    client = ApiClient("customer:read")

    june = told(client.ask(f"customers/{group['G']}/hierarchy?tree=legal&on=2026-06-30"))
    july = told(client.ask(f"customers/{group['X']}/hierarchy?tree=legal&on=2026-07-01"))

    assert [(each["id"], each["parent"], each["level"]) for each in june["items"]] == [
        (group["A"], group["G"], 1),
        (group["X"], group["A"], 2),
        (group["B"], group["G"], 1),
    ]
    assert (june["ancestors"], june["next"]) == ([], None)
    assert ids_of(july["ancestors"]) == [group["B"], group["G"]]
    assert july["ancestors"][0]["valid_from"] == "2026-07-01"


def test_pages_follow_each_other_and_one_level_is_the_children(group: dict[str, str]) -> None:
    client = ApiClient("customer:read")
    address = f"customers/{group['G']}/hierarchy?on=2026-06-30"

    first = told(client.ask(f"{address}&limit=2"))
    second = told(client.ask(f"{address}&limit=2&cursor={first['next']}"))

    assert ids_of([*first["items"], *second["items"]]) == [group["A"], group["X"], group["B"]]
    assert second["next"] is None
    assert ids_of(told(client.ask(f"{address}&levels=1"))["items"]) == [group["A"], group["B"]]
    assert client.ask(f"{address}&levels=1&cursor={first['next']}").status_code == 400


def test_it_tells_all_ship_tos_under_a_group(group: dict[str, str]) -> None:
    client = ApiClient("customer:read", "location:read")
    address = f"customers/{group['A']}/locations?role=ship_to"

    assert told(client.ask(address))["items"] == []
    under = told(client.ask(f"{address}&under=legal&on=2026-06-30"))
    assert under["items"] == [{"id": group["P"], "customer": group["X"], "roles": ["ship_to"]}]
    assert told(client.ask(f"{address}&under=legal&on=2026-07-01"))["items"] == []
    whole = told(client.ask(f"customers/{group['G']}/locations?under=legal&on=2026-07-01&limit=1"))
    rest = told(
        client.ask(f"customers/{group['G']}/locations?under=legal&on=2026-07-01&limit=1&cursor={whole['next']}")
    )
    assert ids_of([*whole["items"], *rest["items"]]) == [group["Q"], group["P"]]


def test_what_was_known_before_a_merge_is_still_told(group: dict[str, str]) -> None:
    client = ApiClient("customer:read")
    before = told(client.ask("changes?after="))["items"][-1]["position"]
    merge_pair(source_record("crm:A").pk, source_record("crm:B").pk, actor=STEWARD, at=Clock()())
    assign_feed_positions()
    gone = next(group[key] for key in "AB" if group[key] != golden_of("crm:A").public_id)

    now = client.ask(f"customers/{gone}/hierarchy?on=2026-07-01")
    then = told(client.ask(f"customers/{gone}/hierarchy?on=2026-07-01&known_at={before}"))

    assert now.status_code == 308
    assert ids_of(then["ancestors"]) == [group["G"]]


@pytest.mark.parametrize("query", ["on=2026-02-30", "tree=family", "levels=0", "known_at=soon"])
def test_what_cannot_be_read_is_refused(group: dict[str, str], query: str) -> None:
    assert ApiClient("customer:read").ask(f"customers/{group['G']}/hierarchy?{query}").status_code == 400


def test_it_takes_both_scopes_to_list_locations_of_a_customer(group: dict[str, str]) -> None:
    assert ApiClient("customer:read").ask(f"customers/{group['G']}/locations").status_code == 403
    assert ApiClient("location:read").ask(f"locations/{group['P']}/hierarchy").status_code == 200
    assert ApiClient("price:read").ask(f"locations/{group['P']}/hierarchy").status_code == 403


def test_a_site_tells_the_address_in_the_form_of_its_country_and_who_shares_the_place(group: dict[str, str]) -> None:
    clock = Clock(NOON.replace(day=9))
    street = {"street": "Hafenstraße", "house_number": "12", "postcode": "20457", "city": "Hamburg", "country": "DE"}
    tell("S", clock=clock)
    for key, customer in (("P", "X"), ("Q", "S")):
        tell_place(key, clock=clock, unit=key, **street, roles=[{"customer": customer, "role": "ship_to"}])
    client = ApiClient("location:read", "customer:read")

    site = told(client.ask(f"locations/{group['P']}/site?on=2026-06-30"))

    assert site["standard_address"]["lines"][-2:] == ["20457 HAMBURG", "GERMANY"]
    assert site["parties"] == [group["G"]]
    assert [(each["id"], each["same_building"], each["is_shared"]) for each in site["neighbors"]] == [
        (group["Q"], True, True)
    ]
    assert ApiClient("location:read").ask(f"locations/{group['P']}/site").status_code == 403
