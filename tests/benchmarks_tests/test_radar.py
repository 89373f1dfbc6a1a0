"""The benchmark of the price radar measures what it says: every kind finds something among the lines it wrote."""

import pytest

from benchmarks.pricing.filling import Sizes
from benchmarks.radar import measure, report


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_findings_are_made_and_timed() -> None:
    sizes = Sizes(customers=60, products=130, lines=20_000, own_lines=4)

    first, second = measure(sizes)

    assert first.findings == second.findings
    for kind in ("expiry", "retired_product", "replaced_product", "difference"):
        assert first.findings[kind] > 0, kind
    assert 0.9 < first.share < 1
    assert "own work" in report([first, second])
