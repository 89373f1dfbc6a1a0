"""What is written as columns is what the csv module and Python's formatting write."""

import csv
import io

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matching.cells import arrow_texts
from matching.csv_lines import decimals, write_columns
from matching.decided_pairs import DecidedPair, DecidedPairs
from matching.decision import MatchDecision
from matching.scoring import probabilities_of, probability_of


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(alphabet='a,"\n\r é', max_size=4), st.text(max_size=3)), max_size=6))
def test_lines_are_those_of_the_csv_module(rows: list[tuple[str, str]]) -> None:
    written, expected = io.StringIO(newline=""), io.StringIO(newline="")
    write_columns(written, [arrow_texts([row[place] for row in rows]) for place in range(2)])
    csv.writer(expected).writerows(rows)
    assert written.getvalue() == expected.getvalue()


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e15, 1e15) | st.floats(-64, 64) | st.integers(-999, 999).map(lambda n: n / 2000), min_size=1)
)
@example([0.0, -0.0, 0.0000005, 2.5e-7, 1.0, 0.9999999])
def test_decimals_are_those_of_formatting(numbers: list[float]) -> None:
    assert decimals(np.array(numbers), 6).to_pylist() == [f"{each:.6f}" for each in numbers]


@settings(deadline=None)
@given(st.lists(st.floats(-1200, 1200), min_size=1), st.floats(-40, 0))
def test_many_probabilities_are_those_of_each_weight(weights: list[float], prior_bits: float) -> None:
    together = probabilities_of(np.array(weights), prior_bits).tolist()
    assert together == [probability_of(each, prior_bits) for each in weights]
    for each, found in zip(weights, together, strict=True):
        true = 1.0 / (1.0 + 2.0 ** min(-(each + prior_bits), 1000.0))
        assert abs(found - true) <= 1e-15 * true


def test_decided_pairs_are_a_sequence_of_pairs() -> None:
    pairs = DecidedPairs(
        ("a", "b", "c"),
        left=np.array([0, 1], dtype=np.int32),
        right=np.array([1, 2], dtype=np.int32),
        weight_bits=np.array([9.5, -1.0]),
        probability=np.array([0.9, 0.1]),
        linked=np.array([True, False]),
    )
    alone = [
        DecidedPair("a", "b", 9.5, 0.9, MatchDecision.LINK),
        DecidedPair("b", "c", -1.0, 0.1, MatchDecision.REVIEW),
    ]
    assert list(pairs) == alone
    assert (pairs[0], pairs[-1], pairs[1:]) == (alone[0], alone[1], alone[1:])
    assert pairs == alone
    assert pairs != alone[:1]
