"""Counted terms answer as their hashes do, and show neither in what is printed."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.cells import arrow_texts
from matching.model import FrequencyTable
from matching.term_counts import CountedTerms, all_seen_of, seen_of

TABLE, KEY = "term:family_name", b"secret"


def counted(terms: list[str]) -> CountedTerms:
    """Terms counted twice, three times and so on."""
    return CountedTerms(arrow_texts(terms), np.arange(2, len(terms) + 2), table=TABLE, key=KEY)


@settings(deadline=None)
@given(st.lists(st.text("abé", min_size=1, max_size=4), unique=True), st.lists(st.text("abé", min_size=1, max_size=4)))
def test_terms_at_hand_and_their_hashes_give_the_same_counts(terms: list[str], asked: list[str]) -> None:
    counts = counted(terms)
    hashed = dict(counts)
    expected = [seen_of(hashed, each, table=TABLE, key=KEY) for each in asked]
    assert [seen_of(counts, each, table=TABLE, key=KEY) for each in asked] == expected
    for known in (counts, hashed):
        assert all_seen_of(known, arrow_texts(asked), table=TABLE, key=KEY).tolist() == expected
    assert FrequencyTable(total=9, counts=counts) == FrequencyTable(total=9, counts=hashed)


def test_what_was_counted_is_not_shown() -> None:
    counts = counted(["okafor"])
    assert "okafor" not in repr(FrequencyTable(total=2, counts=counts))
    assert "okafor" not in str(dict(counts))
