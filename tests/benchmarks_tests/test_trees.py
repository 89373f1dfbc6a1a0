"""The benchmark of trees measures what it says: real roll-ups of the tree it wrote."""

import pytest

from benchmarks.hierarchies.measuring import CHILDREN, PAGE, WHOLE, group_of_about
from benchmarks.trees import measure, report


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_roll_ups_are_found_and_timed() -> None:
    measured = measure(600, rounds=10)

    assert measured.found[PAGE] == 100
    assert 1 < measured.found[WHOLE] <= 600
    assert len(measured.times[PAGE].wall) == 9
    assert "ship-tos" in report(measured)


def test_a_group_is_no_larger_than_asked() -> None:
    assert group_of_about(1 + CHILDREN, 500) == 1
    assert group_of_about(1_000, 500) == 2
