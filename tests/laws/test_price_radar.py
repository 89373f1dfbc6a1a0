"""Law: gaps and expiries are what looking at every single day finds."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mdm.entity_types.pricing_agreement import PriceLine
from mdm.models import GoldenRecord, RadarFinding
from mdm.projection import record_facts
from mdm.radar import lines as radar_lines
from mdm.services.price_radar import look_at_prices
from tests.builders import golden_of
from tests.laws.universe import FULL
from tests.price_world import PriceWorld, a_line

TODAY = date(2026, 6, 1)
SPAN = 100  # days that windows may lie in, from thirty before today
AGREEMENTS = ("K1", "K2")
Window = tuple[int, int | None]  # first day and the day after the last, from the span's beginning; None for no end
Found = tuple[set[tuple[date, date]], set[date]]  # holes that are not over, ends within 60 days

starts = st.integers(0, SPAN - 1)
windows: st.SearchStrategy[list[Window]] = st.lists(
    starts.flatmap(lambda start: st.tuples(st.just(start), st.one_of(st.none(), st.integers(start + 1, SPAN)))),
    min_size=1,
    max_size=5,
)
LAW = settings(max_examples=200 if FULL else 25, deadline=None, database=None, derandomize=not FULL)


@pytest.fixture
def agreements(db: None) -> list[GoldenRecord]:
    """Two agreements of different rank for one buyer, which price one thing; each line takes its turn in them."""
    world = PriceWorld()
    world.product("P1")
    world.customer("A1")
    for precedence, key in enumerate(AGREEMENTS):
        world.agreement(key, a_line("10", product="P1"), customer="A1", precedence=precedence)
    return [golden_of(f"erp:{key}", "pricing_agreement") for key in AGREEMENTS]


def day(number: int) -> date:
    return TODAY + timedelta(days=number - 30)


def seen(agreements: list[GoldenRecord], told: list[Window]) -> Found:
    """What the radar finds where the agreements have lines on these days; nothing of it stays."""
    with transaction.atomic():
        product = PriceLine.objects.filter(closed_version=None).values("product_scope", "product_id", "currency")[0]
        wanted: dict[int, dict[str, dict[str, Any]]] = {each.pk: {} for each in agreements}
        for number, (start, end) in enumerate(told):
            # A unit of its own keeps lines of one agreement apart; for the radar they price the same thing.
            wanted[agreements[number % 2].pk][f"line {number}"] = {
                **product,
                "unit": f"unit {number}",
                "method": "net",
                "value": Decimal(10),
                "per": Decimal(1),
                "break_mode": "whole",
                "valid": DateRange(day(start), day(end) if end is not None else None),
            }
        versions = {each.pk: each.version + 1 for each in agreements}
        record_facts(PriceLine, wanted, versions=versions, at=agreements[0].updated_at)
        look_at_prices(at=datetime(TODAY.year, TODAY.month, TODAY.day, 3, tzinfo=UTC))
        rows = list(RadarFinding.objects.filter(closed_at=None).values_list("kind", "starts_on", "ends_on"))
        transaction.set_rollback(True)
    return (
        {(start, end) for kind, start, end in rows if kind == "gap" and start and end},
        {end for kind, _, end in rows if kind == "expiry" and end},
    )


def naive(told: list[Window]) -> Found:
    """Day by day: covered or not."""
    covered = [
        any(start <= number and (end is None or number < end) for start, end in told) for number in range(SPAN + 1)
    ]
    holes, first = set(), covered.index(True)
    last = max(number for number, is_covered in enumerate(covered) if is_covered)
    number = first
    while number < last:
        if not covered[number]:
            after = number
            while not covered[after]:
                after += 1
            if day(after) > TODAY:
                holes.add((day(number), day(after)))
            number = after
        number += 1
    end = day(last + 1)
    ends = {end} if not covered[SPAN] and TODAY < end <= TODAY + timedelta(days=60) else set()
    return holes, ends


@pytest.mark.django_db
def test_gaps_and_expiries_are_what_every_single_day_tells(agreements: list[GoldenRecord]) -> None:
    @LAW
    @given(windows)
    def law(told: list[Window]) -> None:
        assert seen(agreements, told) == naive(told)

    law()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("UNBOUNDED PRECEDING AND 1", "1 PRECEDING AND 1"),
        ("max(held.ends_on) OVER same", "min(held.ends_on) OVER same"),
    ],
)
def test_negative_control_looking_at_the_line_before_alone_is_found(
    agreements: list[GoldenRecord], monkeypatch: pytest.MonkeyPatch, right: str, wrong: str
) -> None:
    assert right in radar_lines._LINES
    monkeypatch.setattr(radar_lines, "_LINES", radar_lines._LINES.replace(right, wrong))

    @settings(LAW, max_examples=200, phases=[Phase.generate], report_multiple_bugs=False)
    @given(windows)
    def law(told: list[Window]) -> None:
        assert seen(agreements, told) == naive(told)

    with pytest.raises(AssertionError):
        law()
