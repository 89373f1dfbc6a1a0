"""Laws of numbers in columns: codes follow appearance, orders keep equal ones as they stood."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.spans import coded, rising_order

columns = st.lists(st.integers(0, 9) | st.integers(0, 2**31 - 1), max_size=60)


@settings(deadline=None)
@given(columns)
def test_codes_follow_the_order_of_appearance(numbers: list[int]) -> None:
    codes, first = coded(np.array(numbers, dtype=np.int64))
    distinct = list(dict.fromkeys(numbers))
    assert codes.tolist() == [distinct.index(each) for each in numbers]
    assert first.tolist() == [numbers.index(each) for each in distinct]


@settings(deadline=None)
@given(columns)
def test_equal_numbers_keep_their_order(numbers: list[int]) -> None:
    assert rising_order(np.array(numbers, dtype=np.int64)).tolist() == sorted(
        range(len(numbers)), key=numbers.__getitem__
    )
