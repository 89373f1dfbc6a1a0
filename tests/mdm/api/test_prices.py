"""Prices over the API: one line or many, mistakes with their pointers, answers that may be kept."""

from typing import Any

import pytest

from mdm.services.sequencer import assign_feed_positions
from tests.mdm.api.hub import ApiClient, told
from tests.price_world import PriceWorld, a_line

MISTYPED = "PRO-0000001-0"


@pytest.fixture
def world(db: None) -> PriceWorld:
    world = PriceWorld()
    world.ids = {"product": world.product("P1"), "customer": world.customer("A1")}
    world.agreement("MINE", a_line("12.50", product="P1"), customer="A1")
    return world


def a_question(world: PriceWorld, **rest: Any) -> dict[str, Any]:
    return {**world.ids, "currency": "EUR", "valid_on": "2026-06-01", **rest}


def test_one_line_and_many_are_answered_alike(world: PriceWorld) -> None:
    client = ApiClient("price:read")

    one = told(client.send("prices/resolve", a_question(world, quantity="2.5")))
    asked = {"lines": [{"quantity": "2.5"}, {"currency": "USD"}], **a_question(world)}
    many = told(client.send("prices/resolve", asked))

    assert one["outcome"] == "price"
    assert (one["price"]["unit_price"], one["price"]["amount"]) == ("12.5", "31.25")
    assert many["items"][0] == {name: one[name] for name in many["items"][0]}
    assert (many["items"][1]["outcome"], many["items"][1]["price"]) == ("no_price", None)
    assert many["items"][1]["trace"][0]["removed_by"] == "currency"


def test_every_mistake_is_told_with_its_pointer(world: PriceWorld) -> None:
    asked = {
        "lines": [
            {**world.ids, "currency": "EUR"},
            {"product": MISTYPED, "currency": "EUR", "quantity": "0"},
            {"product": world.ids["customer"], "currency": "Euro", "valid_on": "2026-02-30", "colour": "red"},
            {"currency": "EUR", "quantity": 1.5},
        ],
        "known_at": "2026-06-01T12:00:00",
    }

    answer = ApiClient().send("prices/resolve", asked)

    assert answer.status_code == 422
    assert [each["pointer"] for each in told(answer)["errors"]] == [
        "/known_at",
        "/lines/1/product",
        "/lines/1/quantity",
        "/lines/2/colour",
        "/lines/2/currency",
        "/lines/2/product",
        "/lines/2/valid_on",
        "/lines/3/product",
        "/lines/3/quantity",
    ]
    unknown = told(ApiClient().send("prices/resolve", {"lines": [{"product": "PRO-0999999-0", "currency": "EUR"}]}))
    assert unknown["errors"][0]["code"] in {"not_found", "mistyped_public_id"}


@pytest.mark.parametrize("said", [[], "text", {"lines": []}, {"lines": [{}] * 1001}, {"lines": 7}])
def test_what_is_no_question_is_refused(world: PriceWorld, said: Any) -> None:
    assert ApiClient().send("prices/resolve", said).status_code == 422


def test_it_needs_the_scope(world: PriceWorld) -> None:
    assert ApiClient("pricing_agreement:read").send("prices/resolve", a_question(world)).status_code == 403


def test_an_answer_holds_until_something_that_prices_depend_on_changes(world: PriceWorld) -> None:
    client = ApiClient()
    query = "prices/resolve?" + "&".join(f"{name}={value}" for name, value in a_question(world).items())
    tag = client.ask(query).headers["ETag"]

    assert client.ask(query, If_None_Match=tag).status_code == 304
    refused = client.send("prices/resolve", a_question(world), If_None_Match=tag)
    assert (refused.status_code, told(refused)["code"], refused.headers["ETag"]) == (412, "unchanged", tag)

    # Numbering changes nothing, nor does what no price depends on.
    assign_feed_positions()
    assert client.ask(query, If_None_Match=tag).status_code == 304
    world.customer("A1", website="https://nordlicht.example")
    assert client.ask(query, If_None_Match=tag).status_code == 304

    world.agreement("MINE", a_line("11.90", product="P1"), customer="A1")
    changed = client.ask(query, If_None_Match=tag)
    assert (changed.status_code, told(changed)["price"]["unit_price"]) == (200, "11.9")
    assert changed.headers["ETag"] != tag


def test_what_was_known_at_a_position_may_be_kept_for_good(world: PriceWorld) -> None:
    assign_feed_positions()
    client = ApiClient()
    now = told(client.send("prices/resolve", a_question(world)))
    question = a_question(world, known_at=now["known_at"])
    then = client.send("prices/resolve", question)

    world.agreement("MINE", a_line("11.90", product="P1"), customer="A1")
    assign_feed_positions()
    later = client.send("prices/resolve", question)

    assert then.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert later.content == then.content
    assert later.headers["ETag"] == then.headers["ETag"]
    assert told(client.send("prices/resolve", a_question(world)))["price"]["unit_price"] == "11.9"


def test_the_future_is_not_known_yet(world: PriceWorld) -> None:
    for known_at in (10**9, "2999-01-01T00:00:00Z"):
        answer = ApiClient().send("prices/resolve", a_question(world, known_at=known_at))
        assert (answer.status_code, told(answer)["code"]) == (422, "not_known_yet")
