"""What the price radar finds, how long a finding stays, and what it counts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mdm.actors import SYSTEM
from mdm.models import PricingAccuracy, RadarFinding, RadarGroup, RemoteRecord, SourceSystem
from mdm.radar import kinds
from mdm.services.decisions import merge_pair
from mdm.services.price_radar import look_at_prices, look_if_due
from mdm.services.systems import put_mapping
from tests.builders import NOON, STEWARD, golden_of, load, source_record
from tests.price_world import ERP, MAPPINGS, PriceWorld, a_break, a_line

TODAY = date(2026, 6, 1)
Told = tuple[str, str, str | None, str | None]  # band, first letter of the agreement's number, from, until


@pytest.fixture
def world(db: None) -> PriceWorld:
    world = PriceWorld()
    for product in ("P1", "Q1"):
        world.product(product)
    world.customer("A1")
    return world


def on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


def look(day: date = TODAY) -> None:
    look_at_prices(at=on(day))


def found(kind: str) -> list[Told]:
    rows = RadarFinding.objects.filter(kind=kind, closed_at=None).select_related("agreement")
    return sorted(
        (
            row.band,
            row.agreement.document["attributes"]["number"],
            row.starts_on.isoformat() if row.starts_on else None,
            row.ends_on.isoformat() if row.ends_on else None,
        )
        for row in rows
    )


def until(end: str, value: str = "10", **fields: Any) -> dict[str, Any]:
    return a_line(value, product="P1", to=end, **fields)


# Gaps and expiries


def test_days_between_two_lines_are_a_gap_and_touching_lines_leave_none(world: PriceWorld) -> None:
    later = a_line("11", product="P1", **{"from": "2026-06-20"})
    touching = [a_line("1", product="Q1", to="2026-07-01"), a_line("2", product="Q1", **{"from": "2026-07-01"})]
    world.agreement("G", until("2026-06-10"), later, *touching, customer="A1")
    look()
    assert found("gap") == [("ahead", "G", "2026-06-10", "2026-06-20")]

    look(date(2026, 6, 10))
    assert found("gap") == [("open", "G", "2026-06-10", "2026-06-20")]
    look(date(2026, 6, 20))
    assert found("gap") == []


def test_a_gap_may_lie_between_two_agreements_and_is_closed_by_a_third(world: PriceWorld) -> None:
    world.agreement("G", until("2026-06-10"), customer="A1")
    world.agreement("H", a_line("11", product="P1", **{"from": "2026-06-20"}), customer="A1")
    look()
    assert found("gap") == [("ahead", "G", "2026-06-10", "2026-06-20")]

    world.agreement(
        "B", a_line("12", product="P1", to="2026-06-25", **{"from": "2026-06-05"}), customer="A1", precedence=5
    )
    look()
    assert found("gap") == []


@pytest.mark.parametrize("other", [{"currency": "USD"}, {"customer": "B1"}, {"status": "draft"}])
def test_prices_of_others_leave_a_gap_as_it_is(world: PriceWorld, other: dict[str, str]) -> None:
    world.customer("B1")
    later = a_line("11", product="P1", **{"from": "2026-06-20"})
    world.agreement("G", until("2026-06-10"), later, customer="A1")
    world.agreement("B", a_line("12", product="P1"), **{"customer": "A1", **other})
    look()
    assert [told[1] for told in found("gap")] == ["G"]


@pytest.mark.parametrize(
    ("end", "band"),
    [("2026-06-08", "7"), ("2026-06-09", "30"), ("2026-07-01", "30"), ("2026-07-02", "60"), ("2026-07-31", "60")],
)
def test_the_narrowest_of_7_30_and_60_days_tells_how_soon_the_last_price_ends(
    world: PriceWorld, end: str, band: str
) -> None:
    world.agreement("E", until(end), customer="A1")
    look()
    assert found("expiry") == [(band, "E", "2026-01-01", end)]


@pytest.mark.parametrize("end", ["2026-06-01", "2026-08-01", None])
def test_what_has_ended_ends_later_or_never_does_not_end_soon(world: PriceWorld, end: str | None) -> None:
    world.agreement("E", a_line("10", product="P1", **({"to": end} if end else {})), customer="A1")
    look()
    assert found("expiry") == []


def test_a_line_ends_with_its_agreement_and_not_while_another_follows(world: PriceWorld) -> None:
    world.agreement("E", a_line("10", product="P1"), a_line("9", product="Q1"), customer="A1", to="2026-06-05")
    look()
    assert [told[3] for told in found("expiry")] == ["2026-06-05", "2026-06-05"]

    world.agreement("F", a_line("10", product="P1", **{"from": "2026-06-05"}), customer="A1")
    look()
    assert len(found("expiry")) == 1


# Products and buyers


def test_lines_of_products_that_are_not_sold_are_told_with_why(world: PriceWorld) -> None:
    world.agreement("R", a_line("10", product="P1"), a_line("9", product="Q1", to="2026-05-01"), customer="A1")
    look()
    assert found("retired_product") == []

    world.product("P1", status="phased_out")
    world.product("Q1", status="phased_out")  # its line is over
    look()
    assert found("retired_product") == [("phased_out", "R", "2026-01-01", None)]
    load(ERP, {"id": "P1", "name": "Stromkabel P1", "gone": True}, at=world.clock(), entity_type="product")
    look()
    assert found("retired_product") == [("retired", "R", "2026-01-01", None)]


def test_a_replaced_product_is_told_until_the_successor_has_a_price_and_then_with_less_urgency(
    world: PriceWorld,
) -> None:
    world.agreement("R", a_line("10", product="P1"), customer="A1")
    world.product("P1", successor="Q1", status="phased_out")
    look()
    assert [told[:2] for told in found("replaced_product")] == [("unpriced", "R")]
    assert found("retired_product") == []

    world.agreement("S", a_line("10", product="Q1"), customer="A1")
    look()
    assert [told[:2] for told in found("replaced_product")] == [("priced", "R")]


def test_agreements_with_former_and_blocked_customers_are_told(world: PriceWorld) -> None:
    world.agreement("C", a_line("10", product="P1"), customer="A1")
    look()
    assert found("buyer") == []

    world.customer("A1", stage="former")
    look()
    assert [told[:2] for told in found("buyer")] == [("former", "C")]
    world.customer("A1", blocked="blocked")
    look()
    assert [told[:2] for told in found("buyer")] == [("blocked", "C")]


def test_prices_that_stand_against_each_other_are_counted_as_overlaps(world: PriceWorld) -> None:
    world.agreement("O", a_line("10", product="P1"), customer="A1")
    world.agreement("U", a_line("11", product="P1"), customer="A1")
    look()
    assert [told[0] for told in found("overlap")] == ["rank"]


# Differences


@pytest.fixture
def both(world: PriceWorld) -> PriceWorld:
    """The CRM tells of agreements as well, about the ERP's products."""
    mapping = {**MAPPINGS[-1], "system": "crm"}
    put_mapping(SourceSystem.objects.get(name="crm"), mapping, actor=SYSTEM, at=NOON)
    return world


def crm_tells(world: PriceWorld, key: str, *lines: dict[str, Any], erp: str, **fields: Any) -> None:
    """Its record of an agreement of the ERP's, which is older: the ERP's lines survive."""
    said = {
        "id": key,
        "currency": "EUR",
        "status": "active",
        "scope": "customer",
        "customer": "A1",
        "lines": list(lines),
    }
    old = {**said, **fields, "modified": "2026-01-05T08:00:00Z"}
    assert load("crm", old, at=world.clock(), entity_type="pricing_agreement").quarantined == 0
    pair = source_record(f"erp:{erp}").pk, source_record(f"crm:{key}").pk
    merge_pair(*pair, actor=STEWARD, at=world.clock(), reason="The same")


def accuracy() -> tuple[int, int, int, int, int]:
    row = PricingAccuracy.objects.get()
    return row.lines, row.equal, row.differing, row.missing, row.untold


def test_lines_that_all_say_alike_are_accurate(both: PriceWorld) -> None:
    lines = [a_line("10", product="P1", breaks=[a_break("10", "9")]), a_line("20", brand="Volta")]
    both.agreement("D", *lines, customer="A1")
    look()
    assert accuracy() == (2, 0, 0, 0, 2)
    crm_tells(both, "K", lines[0], a_line("20.00", brand="VOLTA"), erp="D")
    look()
    assert accuracy() == (2, 2, 0, 0, 0)
    assert found("difference") == []


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"value": "10.5"}, ["value"]),
        ({"method": "percent_off"}, ["method"]),
        ({"per": "100"}, ["per"]),
        ({"to": "2026-12-01"}, ["valid_to"]),
        ({"breaks": []}, ["break_mode", "breaks"]),
        ({"breaks": [a_break("10", "8")]}, ["breaks"]),
        ({"break_mode": "slice"}, ["break_mode"]),
    ],
)
def test_a_line_that_a_system_says_otherwise_is_a_difference(
    both: PriceWorld, change: dict[str, Any], about: list[str]
) -> None:
    line = a_line("10", product="P1", breaks=[a_break("10", "9")])
    both.agreement("D", line, a_line("20", product="Q1"), customer="A1")
    crm_tells(both, "K", {**line, **change}, a_line("20", product="Q1"), erp="D")
    look()
    assert accuracy() == (2, 1, 1, 0, 0)
    row = RadarFinding.objects.get(kind="difference")
    assert (row.band, row.details["about"]) == ("differs", about)
    assert row.details["said"]["hub"]["value"] == "10"
    assert set(row.details["said"]) == {"hub", "crm", "erp"}


def test_what_one_system_lacks_is_missing_and_what_it_was_told_since_counts(both: PriceWorld) -> None:
    both.agreement("D", a_line("10", product="P1"), a_line("20", product="Q1"), customer="A1")
    crm_tells(both, "K", a_line("10", product="P1"), erp="D")
    look()
    assert accuracy() == (2, 1, 0, 1, 0)
    assert [told[0] for told in found("difference")] == ["missing"]


def test_a_look_can_be_taken_with_the_kinds_of_all_and_a_finding_that_is_gone_stays_as_closed(
    world: PriceWorld,
) -> None:
    world.agreement("E", until("2026-06-20"), customer="A1")
    look()
    look(TODAY + timedelta(days=1))
    row = RadarFinding.objects.get()
    assert (row.first_seen_at, row.closed_at) == (on(TODAY), None)

    world.agreement("E", a_line("10", product="P1"), customer="A1")
    look(TODAY + timedelta(days=2))
    row.refresh_from_db()
    assert (row.first_seen_at, row.closed_at) == (on(TODAY), on(TODAY + timedelta(days=2)))
    world.agreement("E", until("2026-06-20"), customer="A1")
    look(TODAY + timedelta(days=3))
    assert RadarFinding.objects.count() == 2
    assert set(kinds) >= {"gap", "expiry", "overlap", "retired_product", "replaced_product", "buyer", "difference"}


def test_a_finding_keeps_its_first_day_when_it_grows_urgent_and_its_group_is_another(world: PriceWorld) -> None:
    world.agreement("E", until("2026-07-15"), customer="A1")
    look()
    look(date(2026, 6, 20))
    row = RadarFinding.objects.get()
    assert (row.band, row.first_seen_at) == ("30", on(TODAY))
    groups = RadarGroup.objects.order_by("pk").values_list("band", "count", "closed_at")
    assert list(groups) == [("60", 1, on(date(2026, 6, 20))), ("30", 1, None)]


def test_it_looks_once_a_day(world: PriceWorld) -> None:
    assert look_if_due(at=on(TODAY)) is None  # no agreement yet
    world.agreement("E", until("2026-07-15"), customer="A1")
    assert look_if_due(at=on(TODAY)) is not None
    assert look_if_due(at=on(TODAY) + timedelta(hours=1)) is None
    assert look_if_due(at=on(TODAY) + timedelta(days=1), stopping=lambda: True) is None
    assert PricingAccuracy.objects.count() == 1
    assert look_if_due(at=on(TODAY) + timedelta(days=1)) is not None


def test_an_agreement_that_a_system_made_for_its_duplicate_of_the_customer_is_told(both: PriceWorld) -> None:
    """Which of its records a system is to use, its remote records tell; only connected systems have them."""
    crm = SourceSystem.objects.get(name="crm")
    buyer = golden_of("crm:A1")
    both.agreement("D", a_line("10", product="P1"), customer="A1")
    RemoteRecord.objects.create(
        target=crm, entity_type="customer", key="A0", golden_record=buyer, is_primary=True, confirmed_at=NOON
    )
    RemoteRecord.objects.create(target=crm, entity_type="customer", key="A1", golden_record=buyer, is_primary=False)
    look()
    assert found("buyer") == []  # the ERP does not say it of its own customers

    crm_tells(both, "K", a_line("10", product="P1"), erp="D")
    look()
    (row,) = RadarFinding.objects.filter(kind="buyer", closed_at=None)
    assert (row.band, row.details) == ("duplicate", {"system": "crm", "buyer": buyer.public_id})

    agreement = golden_of("crm:K", "pricing_agreement")
    told = {"customer": {"system": "crm", "entity_type": "customer", "key": "A0"}}
    RemoteRecord.objects.create(
        target=crm, entity_type="pricing_agreement", key="K", golden_record=agreement, sent=told, confirmed_at=NOON
    )
    look()
    assert found("buyer") == []


def test_what_a_system_confirmed_since_it_last_told_counts(both: PriceWorld) -> None:
    both.agreement("D", a_line("10", product="P1"), customer="A1")
    crm_tells(both, "K", a_line("9", product="P1"), erp="D")
    look()
    assert accuracy() == (1, 0, 1, 0, 0)

    agreement = golden_of("crm:K", "pricing_agreement")
    lines = source_record("erp:D").canonical["lines"]
    remote = RemoteRecord.objects.create(
        target=SourceSystem.objects.get(name="crm"),
        entity_type="pricing_agreement",
        key="K",
        golden_record=agreement,
        sent={"lines": lines},
        confirmed_at=NOON,
    )
    look()
    assert accuracy() == (1, 1, 0, 0, 0)
    assert found("difference") == []
    remote.gone_at = NOON
    remote.save()
    look()
    assert accuracy() == (1, 0, 0, 0, 1)
