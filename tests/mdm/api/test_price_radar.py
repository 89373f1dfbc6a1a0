"""What the price radar found, over the API: pages, filters, counts, accuracy."""

from datetime import UTC, datetime

import pytest

from mdm.services.price_radar import look_at_prices
from tests.mdm.api.hub import ApiClient, told
from tests.price_world import PriceWorld, a_line


@pytest.fixture
def agreement(db: None) -> str:
    """An agreement that ends soon with three lines, and has a gap in a fourth."""
    world = PriceWorld()
    for product in ("P1", "Q1", "R1", "S1"):
        world.product(product)
    world.customer("A1")
    ending = [a_line("10", product=product, to="2026-06-05") for product in ("P1", "Q1", "R1")]
    gap = [a_line("9", product="S1", to="2026-07-01"), a_line("9", product="S1", **{"from": "2026-08-01"})]
    number = world.agreement("E", *ending, *gap, customer="A1")
    look_at_prices(at=datetime(2026, 6, 1, 3, tzinfo=UTC))
    return number


def test_findings_come_in_pages_with_counts_of_all(agreement: str) -> None:
    client = ApiClient("price:read")

    first = told(client.ask("prices/radar?kind=expiry&limit=2"))
    rest = told(client.ask(f"prices/radar?kind=expiry&limit=2&cursor={first['next']}"))

    items = [*first["items"], *rest["items"]]
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    assert {each["agreement"] for each in items} == {agreement}
    assert {(each["band"], each["ends_on"]) for each in items} == {("7", "2026-06-05")}
    assert len({each["product"] for each in items}) == 3
    assert first["counts"]["expiry"]["7"] == {"findings": 3, "agreements": 1}
    assert first["counts"]["gap"]["ahead"] == {"findings": 1, "agreements": 1}
    assert (first["accuracy"]["lines"], first["accuracy"]["share"]) == (5, 1.0)


def test_one_agreement_and_one_band_can_be_asked_for(agreement: str) -> None:
    client = ApiClient("price:read")

    assert len(told(client.ask(f"prices/radar?agreement={agreement}"))["items"]) == 4
    assert told(client.ask("prices/radar?kind=expiry&band=60"))["items"] == []
    for refused in ("kind=colour", "band=7", "kind=gap&band=7", "colour=red", "cursor=x"):
        assert client.ask(f"prices/radar?{refused}").status_code == 400
    assert client.ask("prices/radar?agreement=PAG-0000001-0").status_code in {400, 404, 422}


def test_it_takes_the_scope_of_prices(agreement: str) -> None:
    assert ApiClient("customer:read").ask("prices/radar").status_code == 403
