"""The benchmark of the audit trail measures what it says."""

import pytest

from benchmarks.audit import measure


@pytest.mark.django_db
def test_all_entries_are_sealed_copied_and_verified() -> None:
    settled = []

    figures = measure(300, repeats=1, settle=lambda: settled.append(True))

    assert (figures.entries, figures.seals, settled) == (300, 1, [True])
    assert min(figures.sealed, figures.copied, figures.verified) > 0
    assert "300 entries under 1 seals" in str(figures)
