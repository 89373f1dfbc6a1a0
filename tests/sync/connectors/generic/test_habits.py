"""Habits of awkward systems, each with the document that bears it and, where one guards, what happens without it."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.connectors import Connector, DeliveryError, connector_for
from sync.connectors.generic.connector import _last_step
from sync.outcomes import Outcome
from tests.contracts.connectors.faults import FaultyProxy
from tests.contracts.connectors.peers import outgoing
from tests.contracts.connectors.shops import SECRET, PolitePlace, RudePlace
from tests.contracts.connectors.test_generic import ShopPeer, interface, shop_system


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SHOP_SECRET", SECRET)


@pytest.fixture
def rude() -> Iterator[ShopPeer]:
    shop = RudePlace()
    yield ShopPeer(shop, "rude")
    shop.close()


@pytest.fixture
def polite() -> Iterator[ShopPeer]:
    shop = PolitePlace()
    yield ShopPeer(shop, "polite")
    shop.close()


def changed(document: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """The document with other parts. Any: parsed YAML."""
    return {**deepcopy(document), **parts}


def refusal(connector: Connector, peer: ShopPeer, body: dict[str, Any], *, key: str | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        connector.push(outgoing(peer, "C-1", body, key=key))
    return caught.value


def test_an_error_inside_a_200_is_an_error(rude: ShopPeer) -> None:
    error = refusal(connector_for(rude.system(rude.url)), rude, {"name": "Ada"}, key="77")

    assert (error.outcome, error.status_code) == (Outcome.GONE, 200)


def test_without_the_places_of_errors_it_would_pass_for_a_success(rude: ShopPeer) -> None:
    blind = changed(interface("rude"), errors=[], success={})
    blind["entity_types"]["customer"]["verify"] = "none"

    receipt = connector_for(shop_system(rude.url, blind)).push(outgoing(rude, "C-1", {"name": "Ada"}, key="77"))

    assert receipt.outcome is Outcome.UPDATED
    assert rude.count() == 0


def test_a_500_of_validation_is_refused_for_good_and_tells_no_value_of_ours(rude: ShopPeer) -> None:
    error = refusal(connector_for(rude.system(rude.url)), rude, {"name": "Ada", "email": "nonsense"})

    assert error.outcome is Outcome.REJECTED
    assert error.message == "VALIDATION: Traceback: … is no address"


def test_a_500_that_no_rule_names_is_tried_again(rude: ShopPeer) -> None:
    without = changed(interface("rude"), outcomes=interface("rude")["outcomes"][:1])

    error = refusal(connector_for(shop_system(rude.url, without)), rude, {"name": "Ada", "email": "nonsense"})

    assert error.outcome is Outcome.TRANSIENT


def test_an_answer_that_is_a_bare_number_is_the_new_key(rude: ShopPeer) -> None:
    receipt = connector_for(rude.system(rude.url)).push(outgoing(rude, "C-1", {"name": "Ada"}))

    assert receipt.remote_key == str(max(rude.shop.customers))


@pytest.mark.parametrize("call", ["customers/17", "customers/17/", "https://x.example/a/customers(17)", "b('17')?v=1"])
def test_the_key_in_a_header_is_its_last_step(call: str) -> None:
    assert _last_step(call) == "17"


def test_a_new_key_may_stand_in_a_header_alone(polite: ShopPeer) -> None:
    document = interface("polite")
    del document["entity_types"]["customer"]["create"]["key"]
    document["entity_types"]["customer"]["create"]["key_header"] = "Location"

    receipt = connector_for(shop_system(polite.url, document)).push(outgoing(polite, "C-1", {"name": "Ada"}))

    assert receipt.remote_key == str(max(polite.shop.customers))


def test_a_filter_that_the_system_passes_over_finds_nobody_else(rude: ShopPeer) -> None:
    rude.shop.make(name="Somebody else", golden_id="C-7")
    document = interface("rude")
    document["entity_types"]["customer"]["find"]["body"]["params"] = {"gold": "{{hub_key}}"}

    error = refusal(connector_for(shop_system(rude.url, document)), rude, {"name": "Ada"})

    assert error.outcome is Outcome.REJECTED
    assert rude.shop.customers[1].values["name"] == "Somebody else"


def test_a_time_in_another_form_is_told(rude: ShopPeer) -> None:
    rude.shop.make(name="Ada")
    document = changed(interface("rude"), time={"format": "%d.%m.%Y"})

    with pytest.raises(DeliveryError, match="not in the form"):
        connector_for(shop_system(rude.url, document)).pull("customer", None, 10)


def test_a_system_that_passes_over_the_page_does_not_make_reading_endless(rude: ShopPeer) -> None:
    rude.shop.make(name="Ada")
    document = interface("rude")
    document["entity_types"]["customer"]["list"]["body"]["params"] = {"skip": "{{offset}}", "max": "{{limit}}"}
    connector = connector_for(shop_system(rude.url, document))

    def read_to_the_end() -> None:
        token: Any = None  # a token is the connector's own
        for _ in range(10):
            token = connector.pull("customer", token, 10).next_token

    with pytest.raises(DeliveryError, match="same page again"):
        read_to_the_end()


def test_a_token_server_answers_by_its_own_standard(polite: ShopPeer) -> None:
    document = changed(interface("polite"), success={"body": [{"path": "customers", "filled": True}]})
    polite.shop.make(name="Ada")

    assert len(connector_for(shop_system(polite.url, document)).pull("customer", None, 10).records) == 1


def test_a_token_of_another_form_reads_everything_again(rude: ShopPeer) -> None:
    connector = connector_for(rude.system(rude.url))

    assert connector.rewind({"since": "2026-03-01T10:00:00Z"}, timedelta(minutes=5)) == {}


def test_an_attribute_dropped_in_silence_is_named(rude: ShopPeer) -> None:
    error = refusal(connector_for(rude.system(rude.url)), rude, {"name": "Ada", "shoe_size": 44})

    assert error.outcome is Outcome.REJECTED
    assert error.message == "Shop said yes, but did not keep shoe_size."


def test_it_passes_where_nothing_is_compared(rude: ShopPeer) -> None:
    trusting = interface("rude")
    trusting["entity_types"]["customer"]["verify"] = "none"

    receipt = connector_for(shop_system(rude.url, trusting)).push(outgoing(rude, "C-1", {"name": "A", "shoe_size": 44}))

    assert receipt.outcome is Outcome.CREATED


def test_duplicates_with_candidates_are_ambiguous_and_name_them(rude: ShopPeer) -> None:
    connector = connector_for(rude.system(rude.url))
    there = connector.push(outgoing(rude, "C-9", {"name": "Ada", "email": "ada@shop.example"})).remote_key

    error = refusal(connector, rude, {"name": "Ada L.", "email": "ada@shop.example"})

    assert (error.outcome, error.status_code) == (Outcome.AMBIGUOUS, 409)
    assert error.message == f"ALIKE: Looks like others Like {there} there."


def test_two_records_under_our_key_are_ambiguous(rude: ShopPeer) -> None:
    for _ in range(2):
        rude.shop.make(name="Ada", golden_id="C-1")

    with pytest.raises(DeliveryError) as caught:
        connector_for(rude.system(rude.url)).find_by_hub_key("customer", "C-1")

    assert caught.value.outcome is Outcome.AMBIGUOUS


def test_what_is_there_already_is_not_created_again(rude: ShopPeer) -> None:
    rude.shop.make(name="Ada", golden_id="C-1")

    error = refusal(connector_for(rude.system(rude.url)), rude, {"name": "Ada"})

    assert error.outcome is Outcome.CONFLICT
    assert rude.count() == 1


def test_the_hour_that_a_clock_set_back_shows_twice_is_read_twice(rude: ShopPeer) -> None:
    """At 01:00 UTC on the last Sunday of October Berlin goes from 02:59 to 02:00."""
    connector = connector_for(rude.system(rude.url))
    moment = [datetime(2026, 10, 25, 0, 58, tzinfo=UTC)]
    rude.shop.clock = lambda: moment[0]
    rude.shop.make(name="before", golden_id="C-1")  # 02:58 by the clock there
    token = connector.pull("customer", None, 100).next_token
    assert token is not None
    moment[0] += timedelta(minutes=20)
    rude.shop.make(name="after", golden_id="C-2")  # 02:18, an hour and a bit "earlier"

    page = connector.pull("customer", connector.rewind(token, timedelta(minutes=5)), 100)

    assert "C-2" in {connector.hub_key_of(record) for record in page.records}


def test_a_page_cap_is_never_passed(polite: ShopPeer) -> None:
    connector = connector_for(polite.system(polite.url))

    assert connector.pull("customer", None, 1000).records == []
    assert polite.shop.asked[-1].query["limit"] == "250"


def test_without_the_page_cap_the_shop_refuses(polite: ShopPeer) -> None:
    uncapped = interface("polite")
    del uncapped["page_cap"]

    with pytest.raises(DeliveryError):
        connector_for(shop_system(polite.url, uncapped)).pull("customer", None, 1000)


def test_a_next_page_elsewhere_is_not_asked_for(polite: ShopPeer) -> None:
    elsewhere = FaultyProxy(polite.url)
    connector = connector_for(polite.system(polite.url))
    for link in (f"{elsewhere.url}/steal", "//evil.example/x", "/shop/../../etc", "http://127.0.0.1:9/"):
        if link.startswith("/shop"):
            connector = connector_for(shop_system(f"{polite.url}/shop", interface("polite")))
        with pytest.raises(DeliveryError) as caught:
            connector.pull("customer", {"since": None, "position": link}, 100)
        assert caught.value.outcome is Outcome.REJECTED
    elsewhere.close()

    assert elsewhere.calls == []


@pytest.mark.parametrize("key", ["..", "../../oauth/token", "1/../2", "", "."])
def test_a_remote_key_leads_nowhere_else(polite: ShopPeer, key: str) -> None:
    connector = connector_for(polite.system(polite.url))
    connector.find_by_hub_key("customer", "C-1")

    with suppress(DeliveryError):
        assert connector.read_back("customer", key) is None
    steps = {asked.path.count("/") for asked in polite.shop.asked if asked.path.startswith("/shop/api/customers/")}

    assert steps <= {4}, "the key stayed one step"
    assert all(asked.path.startswith(("/shop/api/customers", "/oauth/token")) for asked in polite.shop.asked)


def test_secrets_and_tokens_are_never_told(rude: ShopPeer, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TEST_SHOP_SECRET", "a-wrong-but-secret-word")

    error = refusal(connector_for(rude.system(rude.url)), rude, {"name": "Ada"})

    assert error.outcome is Outcome.AUTH
    assert error.message == "ACCESS: Wrong password …"
    assert "a-wrong-but-secret-word" not in caplog.text + repr(error) + str(error.__cause__)


def test_a_missing_secret_is_named_by_its_variable(rude: ShopPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_SHOP_SECRET")

    error = refusal(connector_for(rude.system(rude.url)), rude, {"name": "Ada"})

    assert (error.outcome, error.message) == (Outcome.AUTH, "There is no secret for Shop: set TEST_SHOP_SECRET.")
    assert rude.shop.asked == []


def test_calls_keep_the_pace_that_the_system_bears(polite: ShopPeer) -> None:
    slow = changed(interface("polite"), calls_per_second=20)
    connector = connector_for(shop_system(polite.url, slow))
    begun = datetime.now(UTC)

    for _ in range(5):
        connector.find_by_hub_key("customer", "C-1")

    assert datetime.now(UTC) - begun >= timedelta(seconds=5 / 20)  # the token call is one more
