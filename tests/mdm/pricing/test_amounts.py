"""Rounding, told with numbers."""

from decimal import Decimal
from fractions import Fraction

import pytest

from mdm.pricing.amounts import half_up


@pytest.mark.parametrize(
    ("value", "digits", "rounded"),
    [
        (Fraction("2.5"), 0, "3"),
        (Fraction("-2.5"), 0, "-3"),
        (Fraction("1.005"), 2, "1.01"),
        (Fraction("1.00499999999999999999999999"), 2, "1.00"),
        (Fraction(2, 3), 6, "0.666667"),
        (Fraction(0), 2, "0.00"),
        (Fraction("999999999999.995"), 2, "1000000000000.00"),
    ],
)
def test_the_middle_goes_away_from_zero(value: Fraction, digits: int, rounded: str) -> None:
    assert str(half_up(value, digits)) == rounded
    assert isinstance(half_up(value, digits), Decimal)
