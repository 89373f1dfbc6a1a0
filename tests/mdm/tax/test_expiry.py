"""When a certificate is told of, day by day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.tax.exemption import Certificate, exempt_status
from mdm.tax.expiry import band_of, is_replaced

END = date(2026, 6, 1)
TEXAS = Certificate("K-1", "US-TX", valid_to=END)


@pytest.mark.parametrize(
    ("days_before", "band"),
    [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (1, 7), (0, 7), (-60, 7), (-61, None)],
)
def test_the_narrowest_band_counts_and_what_lapsed_stays_in_it(days_before: int, band: int | None) -> None:
    assert band_of(TEXAS, [], on=END - timedelta(days=days_before)) == band


@pytest.mark.parametrize(
    "certificate",
    [
        Certificate("K-1", "US-TX"),
        Certificate("K-1", "US-TX", valid_to=END, status="revoked"),
        Certificate("K-1", "US-TX", valid_to=END, percent=Decimal(0)),
    ],
)
def test_nobody_is_told_of_what_does_not_lapse_or_does_not_count(certificate: Certificate) -> None:
    assert band_of(certificate, [], on=END - timedelta(days=5)) is None


@pytest.mark.parametrize(
    ("other", "replaces"),
    [
        (Certificate("K-2", "US-TX", valid_from=END), True),
        (Certificate("K-2", "US"), True),
        (Certificate("K-2", "US-TX", valid_from=END + timedelta(days=1)), False),
        (Certificate("K-2", "US-OK"), False),
        (Certificate("K-2", "US-TX", percent=Decimal(50)), False),
        (Certificate("K-2", "US-TX", valid_to=END), False),
        (Certificate("K-2", "US-TX", status="submitted"), False),
    ],
)
def test_another_takes_its_place_if_it_exempts_as_much_from_the_first_day_on(
    other: Certificate, replaces: bool
) -> None:
    assert (band_of(TEXAS, [other], on=END - timedelta(days=5)) is None) is replaces


@given(
    st.lists(st.sampled_from(["US", "US-TX", "US-OK", "EU", "DE"]), min_size=1),
    st.lists(st.sampled_from(["US-TX", "US", "DE"]), min_size=1),
)
def test_who_is_replaced_is_exempt_afterwards_as_before(places: list[str], others: list[str]) -> None:
    certificate = Certificate("A", places[0], tuple(places[1:]), valid_to=END)
    rest = [Certificate(f"B{number}", where) for number, where in enumerate(others)]

    if is_replaced(certificate, rest, on=END):
        for where in certificate.jurisdictions:
            assert exempt_status([certificate, *rest], jurisdiction=where, on=END).percent == 100
