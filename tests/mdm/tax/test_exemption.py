"""Exempt status against a naive reading of the rules, day by day and place by place."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.tax.exemption import Certificate, Exemption, ExemptStatus, Verdict, certificates_in, exempt_status
from mdm.tax.exemption_words import reason_of

FIRST = date(2026, 2, 26)
DAYS = st.integers(0, 8).map(lambda days: FIRST + timedelta(days=days))
# A tree small enough that certificates meet: what lies in what is written down here once more, by hand.
INSIDE = {
    "US": {"US"},
    "US-TX": {"US-TX", "US"},
    "US-OK": {"US-OK", "US"},
    "DE": {"DE", "EU"},
    "DE-BY": {"DE-BY", "DE", "EU"},
    "EU": {"EU"},
}
PLACES = st.sampled_from(sorted(INSIDE))
PERCENTS = st.sampled_from([Decimal(0), Decimal(40), Decimal("99.5"), Decimal(100)])
Decide = Callable[..., ExemptStatus]


@st.composite
def certificates(draw: st.DrawFn) -> Certificate:
    start, end = draw(st.none() | DAYS), draw(st.none() | DAYS)
    return Certificate(
        number=draw(st.sampled_from(["K-1", "K-2", "K-3"])),
        jurisdiction=draw(PLACES),
        covers=tuple(draw(st.lists(PLACES, max_size=2))),
        valid_from=start,
        valid_to=end if start is None or end is None or start < end else None,
        percent=draw(PERCENTS),
        status=draw(st.sampled_from(["", "active", "Verified", "submitted", "revoked"])),
    )


def highest_percent(held: Sequence[Certificate], place: str, day: date) -> Decimal:
    """What the rules come to, read one certificate and one day at a time."""
    percent = Decimal(0)
    for each in held:
        alive = each.status.lower() in ("", "active", "verified")
        here = any(where in INSIDE[place] for where in [each.jurisdiction, *each.covers])
        begun = each.valid_from is None or each.valid_from <= day
        over = each.valid_to is not None and each.valid_to <= day
        if alive and here and begun and not over and each.percent > percent:
            percent = each.percent
    return percent


def _against_the_oracle(decide: Decide, held: Sequence[Certificate], place: str, day: date) -> None:
    found = decide(held, jurisdiction=place, on=day)
    percent = highest_percent(held, place, day)
    assert found.percent == percent
    assert (found.certificate is not None) == (percent > 0)
    assert found.exemption == {Decimal(0): Exemption.NOT_EXEMPT, Decimal(100): Exemption.EXEMPT}.get(
        percent, Exemption.PARTLY
    )
    if found.certificate is not None:
        assert found.certificate in held
        assert found.certificate.percent == percent


@given(st.lists(certificates(), max_size=5), PLACES, DAYS)
def test_the_status_is_what_a_naive_reading_says(held: list[Certificate], place: str, day: date) -> None:
    _against_the_oracle(exempt_status, held, place, day)


def test_the_oracle_notices_an_end_that_counts_as_inside() -> None:
    """The negative control: certificates that last a day longer than they say."""

    def lasting(held: Sequence[Certificate], *, jurisdiction: str, on: date) -> ExemptStatus:
        return exempt_status(held, jurisdiction=jurisdiction, on=on - timedelta(days=1))

    @given(st.lists(certificates(), max_size=5), PLACES, DAYS)
    def compared(held: list[Certificate], place: str, day: date) -> None:
        _against_the_oracle(lasting, held, place, day)

    with pytest.raises(AssertionError):
        compared()


@given(st.lists(certificates(), max_size=5), PLACES, DAYS, st.randoms())
def test_the_order_of_certificates_does_not_matter(
    held: list[Certificate], place: str, day: date, random: Random
) -> None:
    shuffled = random.sample(held, len(held))
    assert exempt_status(shuffled, jurisdiction=place, on=day) == exempt_status(held, jurisdiction=place, on=day)


def test_every_certificate_is_told_with_what_it_came_to() -> None:
    held = [
        Certificate("A", "US-OK"),
        Certificate("B", "US-TX", valid_to=FIRST),
        Certificate("C", "US-TX", valid_from=FIRST + timedelta(days=1)),
        Certificate("D", "US-TX", status="submitted"),
        Certificate("E", "US", percent=Decimal(0)),
        Certificate("F", "US", percent=Decimal(40)),
    ]
    found = exempt_status(held, jurisdiction="US-TX", on=FIRST)

    assert [(each.certificate.number, each.verdict) for each in found.considered] == [
        ("A", Verdict.ELSEWHERE),
        ("B", Verdict.LAPSED),
        ("C", Verdict.NOT_YET),
        ("D", Verdict.NOT_ACCEPTED),
        ("E", Verdict.EXEMPTS_NOTHING),
        ("F", Verdict.COUNTS),
    ]
    assert reason_of(found, "US-TX") == "Certificate F makes the customer exempt for 40 percent in US-TX."
    assert "B ended before 2026-02-26" in reason_of(exempt_status(held[:2], jurisdiction="US-TX", on=FIRST), "US-TX")


def test_a_leap_day_is_a_day() -> None:
    held = [Certificate("A", "DE", valid_from=date(2028, 2, 29), valid_to=date(2028, 3, 1))]

    counting = [
        day
        for day in (date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1))
        if exempt_status(held, jurisdiction="DE", on=day).certificate
    ]

    assert counting == [date(2028, 2, 29)]


def test_a_document_without_a_percent_exempts_the_whole() -> None:
    (found,) = certificates_in({"exemption_certificates": [{"number": "K-1", "jurisdiction": "US-TX"}]})

    assert (found.percent, found.valid_to, found.is_accepted) == (Decimal(100), None, True)
