"""Keys don't depend on the batch, and large blocks are split and told of, never dropped unseen."""

import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.blocking import BlockingKeys, blocking_keys, candidate_pairs, pairs_sharing_a_key
from matching.blocking_parts import parts
from matching.cells import Cell, Values
from matching.defaults import default_match_rules
from matching.key_hashes import stable_hash
from matching.key_values import part_entries
from matching.rules import parse_match_rules
from matching.standardize import standardize_batch
from matching.standardize.batch import FeatureColumn, StandardizedBatch
from tests.matching.builders import a_batch

RULES = default_match_rules("customer")
ANNA = {"given_name": "Anna", "family_name": "Smith", "phone": "702 919 1300", "date_of_birth": "1978-11-12"}
BOB = {"given_name": "Bob", "family_name": "Jones", "phone": "503 555 0199"}


def keys_of(*records: dict[str, str]) -> BlockingKeys:
    return blocking_keys(standardize_batch(a_batch(*records), RULES), RULES)


def a_block(size: int, *, pairs_of_second_key: int) -> BlockingKeys:
    rows = [*range(size), *range(size)]
    hashes = [stable_hash("common")] * size + [stable_hash(f"own{row // pairs_of_second_key}") for row in range(size)]
    return BlockingKeys(
        rows=np.array(rows, dtype=np.int32),
        hashes=np.array(hashes, dtype=np.int64),
        rule_index=np.array([0] * size + [1] * size, dtype=np.int32),
        rule_names=("common", "own"),
    )


def test_the_keys_of_a_record_do_not_depend_on_the_batch() -> None:
    alone, together = keys_of(ANNA), keys_of(BOB, ANNA)
    assert sorted(alone.hashes.tolist()) == sorted(together.hashes[together.rows == 1].tolist())


def test_a_hash_never_changes() -> None:
    assert stable_hash("a") == 4681665781835383343


def test_records_that_share_a_key_are_candidates_and_others_are_not() -> None:
    found = candidate_pairs(keys_of(ANNA, BOB, ANNA | {"given_name": "Ann"}), cap=50)
    assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == [(0, 2)]
    assert found.report.pairs_by_rule["phone_end"] == 1


def test_pairs_inside_one_group_are_left_out_on_request() -> None:
    groups = np.array([0, 0], dtype=np.int32)
    assert len(candidate_pairs(keys_of(ANNA, ANNA), cap=50, groups=groups).left) == 0


def test_an_oversize_block_is_split_by_other_keys_and_reported() -> None:
    found = candidate_pairs(a_block(40, pairs_of_second_key=2), cap=10)
    assert len(found.left) == 20
    assert found.report.oversize_blocks == {"common": 1}
    assert found.report.largest_block == 40
    assert found.report.pairs_cut == 40 * 39 // 2 - 20


def test_a_block_within_the_cap_is_taken_whole() -> None:
    found = candidate_pairs(a_block(10, pairs_of_second_key=2), cap=10)
    assert len(found.left) == 45
    assert not found.report.oversize_blocks


@pytest.mark.parametrize("family", [RULES.block_cap, 4 * RULES.block_cap])
def test_a_key_too_costly_for_a_file_is_left_out_of_it_and_never_stored(family: int) -> None:
    def rules_of(records: list[dict[str, str]]) -> tuple[set[str], tuple[str, ...]]:
        keys = blocking_keys(standardize_batch(a_batch(*records), RULES), RULES, whole_file=True)
        return {keys.rule_names[index] for index in keys.rule_index.tolist()}, keys.left_out

    sounds = ["b", "d", "g", "l", "m", "n", "r", "s"]
    names = [f"{one}a{other}o{third}" for one in sounds for other in sounds for third in sounds]
    few = [{"given_name": "Anna", "family_name": name} for name in names[:20] * 2]
    many = [{"given_name": "Anna", "family_name": name} for name in names[: 24_000 // family] for _ in range(family)]
    assert "family_sound" in rules_of(few)[0]
    assert "family_sound" not in rules_of(many)[0]
    assert "family_sound" in rules_of(many)[1]
    assert "family_sound" not in {keys_of(ANNA).rule_names[index] for index in keys_of(ANNA).rule_index.tolist()}


@pytest.mark.parametrize(("key_hash", "expected"), [("text", 5756386248972397239), ("joined", -4232236554726759332)])
def test_stored_keys_never_change(key_hash: str, expected: int) -> None:
    standardized = standardize_batch(a_batch(ANNA), RULES)
    keys = blocking_keys(standardized, replace(RULES, key_hash=key_hash))
    rule = keys.rule_names.index("birth_date_given_initial")
    assert keys.hashes[keys.rule_index == rule].tolist() == [expected]


def test_rules_that_do_not_say_how_keys_are_hashed_mean_by_text() -> None:
    document = replace(RULES, key_hash="text").to_document()
    assert "key_hash" not in str(document)
    assert parse_match_rules(document).key_hash == "text"


@given(left=st.integers(0, 3), right=st.integers(0, 3))
def test_both_ways_of_hashing_bring_the_same_records_together(left: int, right: int) -> None:
    records = [ANNA, BOB, ANNA | {"given_name": "Ann"}, ANNA | {"phone": "999 111 2222", "family_name": "Smyth"}]
    standardized = standardize_batch(a_batch(records[left], records[right]), RULES)
    shared = []
    for key_hash in ("text", "joined"):
        keys = blocking_keys(standardized, replace(RULES, key_hash=key_hash))
        mine, theirs = (
            set(zip(keys.rule_index[keys.rows == row], keys.hashes[keys.rows == row], strict=True)) for row in (0, 1)
        )
        shared.append(sorted(int(rule) for rule, _ in mine & theirs))
    assert shared[0] == shared[1]


NAMES = st.text(alphabet="abcehkpst éß&1", max_size=12) | st.sampled_from(
    ["the schmidt phone company", "a b c d e f g h i", "acme acme", "of the", "ab", "abcdef"]
)
CELLS: dict[str, st.SearchStrategy[Cell]] = {
    "person_name": st.tuples(NAMES, NAMES, NAMES, st.just("")),
    "address": st.tuples(*[NAMES] * 7),
    "tax_id": st.tuples(NAMES, NAMES, NAMES),
    "codes": st.lists(NAMES, max_size=3).map(tuple),
    "birth_date": st.dates().map(str),
    "email": st.sampled_from(["anna@gmail.com", "info@acme.co.uk", "a@b@c.de", "longer@x.de", "a.b.c@y"]),
}


@pytest.mark.parametrize("name", parts.names())
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_parts_of_keys_are_made_of_many_cells_as_of_each_alone(name: str, data: st.DataObject) -> None:
    part = parts.get(name)
    cell: st.SearchStrategy[Cell] = CELLS.get(part.feature, NAMES.map(str.strip))
    cells = data.draw(st.lists(cell.filter(bool), min_size=1, max_size=9, unique=True))
    codes = np.arange(len(cells), dtype=np.int32)
    as_tuples = tuple((each,) for each in cells)
    column = FeatureColumn(part.feature, codes, Values.of(as_tuples) or as_tuples)
    nobody = ("",) * len(cells)
    standardized = StandardizedBatch(nobody, nobody, np.zeros(len(cells), dtype=np.int32), {part.feature: column})
    found = part_entries(standardized, name)
    assert found is not None
    texts, starts = found.texts.each().to_pylist(), found.starts.tolist()
    made = [sorted(texts[start:end]) for start, end in pairwise(starts)]
    assert made == [sorted(set(part.values_of(each))) for each in cells]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([ANNA, BOB, ANNA | {"given_name": "Ann"}, ANNA | {"family_name": "Li"}]), max_size=6))
def test_the_numbers_of_a_file_bring_together_whom_hashes_bring_together(records: list[dict[str, str]]) -> None:
    standardized = standardize_batch(a_batch(*records, BOB), RULES)
    stored = replace(RULES, blocking=tuple(rule for rule in RULES.blocking if rule.stored))
    by_hash = candidate_pairs(blocking_keys(standardized, stored), cap=50)
    by_number = candidate_pairs(blocking_keys(standardized, stored, whole_file=True, left_out=()), cap=50)
    assert by_hash.left.tolist() == by_number.left.tolist()
    assert by_hash.right.tolist() == by_number.right.tolist()
    assert by_hash.report == by_number.report


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(-3, 3)), max_size=40),
    st.lists(st.booleans(), min_size=10, max_size=10),
)
def test_pairs_of_given_rows_are_those_among_all_that_have_one(
    entries: list[tuple[int, int]], mask: list[bool]
) -> None:
    rows = np.array([row for row, _ in entries], dtype=np.int32)
    hashes = np.array([key for _, key in entries], dtype=np.int64)
    every = zip(*(side.tolist() for side in pairs_sharing_a_key(rows, hashes)), strict=True)
    some = zip(*(side.tolist() for side in pairs_sharing_a_key(rows, hashes, given=np.array(mask))), strict=True)
    assert list(some) == [(left, right) for left, right in every if mask[left] or mask[right]]


def test_one_arrival_makes_no_pairs_of_those_that_were_there() -> None:
    """A key that 20,000 share, as a switchboard's number is: their pairs would take gigabytes."""
    count = 20_000
    given = np.zeros(count, dtype=np.bool_)
    given[count - 1] = True
    tracemalloc.start()
    left, right = pairs_sharing_a_key(np.arange(count, dtype=np.int32), np.zeros(count, dtype=np.int64), given=given)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(left) == count - 1
    assert set(right.tolist()) == {count - 1}
    assert most < 1_000 * count
