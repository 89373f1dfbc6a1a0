import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matching.oversize import OversizeKeys, find_oversize, storable_keys

Keys = list[tuple[int, int]]  # row, key hash
OWN = np.int64(1000)

quickly = settings(max_examples=80, deadline=None, database=None)
keys = st.lists(st.tuples(st.integers(0, 9), st.sampled_from([-7, -1, 3, 11, 2**62])), unique=True)


def as_arrays(pairs: Keys) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    return (
        np.array([row for row, _ in pairs], dtype=np.int32),
        np.array([hashed for _, hashed in pairs], dtype=np.int64),
    )


def stored(pairs: Keys, oversize: OversizeKeys) -> set[tuple[int, int]]:
    rows, hashes = storable_keys(*as_arrays(pairs), oversize, record_hashes=lambda rows: OWN + rows)
    return set(zip(rows.tolist(), hashes.tolist(), strict=True))


def meet(pairs: Keys, oversize: OversizeKeys) -> set[tuple[int, int]]:
    """Rows that share a stored key."""
    found = stored(pairs, oversize)
    return {(one, other) for one, key in found for other, rival in found if key == rival and one < other}


@quickly
@given(keys, st.integers(1, 6))
def test_whole_keys_stay_and_split_ones_are_gone(pairs: Keys, cap: int) -> None:
    oversize = find_oversize(*as_arrays(pairs), cap=cap)

    hashes = [hashed for _, hashed in pairs]
    assert oversize.split == {hashed for hashed in hashes if hashes.count(hashed) > cap}
    assert {pair for pair in pairs if pair[1] not in oversize.split} <= stored(pairs, oversize)
    assert not oversize.split & {hashed for _, hashed in stored(pairs, oversize)}


@quickly
@given(keys, st.integers(1, 6))
def test_no_block_is_larger_than_the_cap(pairs: Keys, cap: int) -> None:
    kept = [hashed for _, hashed in stored(pairs, find_oversize(*as_arrays(pairs), cap=cap))]

    assert all(kept.count(hashed) <= cap for hashed in kept)


@quickly
@given(keys, st.integers(1, 6))
def test_two_rows_meet_over_a_whole_key_or_over_two_split_ones(pairs: Keys, cap: int) -> None:
    split = find_oversize(*as_arrays(pairs), cap=cap).split
    of_row = {row: {hashed for other, hashed in pairs if other == row} for row, _ in pairs}

    expected = {
        (one, other)
        for one in of_row
        for other in of_row
        if one < other and (of_row[one] & of_row[other] - split or len(of_row[one] & of_row[other] & split) > 1)
    }

    assert meet(pairs, OversizeKeys(split=split)) == expected


@quickly
@given(keys, st.integers(1, 6))
def test_what_a_row_stores_depends_on_itself_and_what_is_frozen(pairs: Keys, cap: int) -> None:
    oversize = find_oversize(*as_arrays(pairs), cap=cap)
    alone = {
        each
        for row in {row for row, _ in pairs}
        for each in stored([pair for pair in pairs if pair[0] == row], oversize)
    }

    assert alone == stored(pairs[::-1], oversize) == stored(pairs, oversize)
    assert find_oversize(*as_arrays(pairs[::-1]), cap=cap) == oversize


def test_nothing_oversize_leaves_keys_as_they_are() -> None:
    pairs = [(0, 3), (1, 3), (1, 11)]

    assert find_oversize(*as_arrays(pairs), cap=2) == OversizeKeys()
    assert stored(pairs, OversizeKeys()) == set(pairs)


def test_no_keys_are_no_keys() -> None:
    assert find_oversize(*as_arrays([]), cap=1) == OversizeKeys()
    assert stored([], OversizeKeys(split=frozenset({1}))) == set()
