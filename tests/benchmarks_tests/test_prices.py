"""The benchmark of prices measures what it says: real prices, found among the lines it wrote."""

import pytest

from benchmarks.prices import measure, report
from benchmarks.pricing.asking import QUOTE, SINGLE
from benchmarks.pricing.filling import Sizes


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_prices_are_found_and_timed() -> None:
    sizes = Sizes(customers=60, products=40, lines=20_000 + 40, own_lines=4)

    lines, measured = measure(sizes, singles=20, quotes=2, quote_lines=10)

    assert lines > 20_000
    assert measured.outcomes.get("price", 0) == 20
    assert measured.candidates >= 1
    assert (len(measured.times[SINGLE].wall), len(measured.times[QUOTE].wall)) == (18, 2)
    assert "single" in report(measured)
