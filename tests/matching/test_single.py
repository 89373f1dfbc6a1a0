"""One record alone is standardized, keyed, weighed and explained as in a batch, to the last bit."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from random import Random
from typing import cast

import numpy as np
import pytest

from matching.blocking import blocking_keys, pairs_sharing_a_key
from matching.defaults import ENTITY_TYPES, default_match_rules
from matching.explain import PairAccount, explain_pairs
from matching.key_hashes import record_hashes
from matching.model import MatchModel, default_model
from matching.oversize import OversizeKeys, find_oversize, storable_keys
from matching.records import MatchRecord, RecordBatch
from matching.rule_tree import TEXT, MatchRules
from matching.scoring import score_pairs
from matching.single import SingleMatching
from matching.standardize import standardize_batch
from matching.training import train

NOTHING_DROPPED, FLOOR = -1000.0, 2.0
WORDS = ("Acme", "Trading", "Nord", "Müller", "Glass", "GmbH", "12", "KX-2451", "red", "500 ml", "王杰", "Springfield")
GIVEN, FAMILY = ("Anna", "Ana", "Bob", "Robert", "Karl Heinz", ""), ("Smith", "Smyth", "Müller Jr", "Jones", "Anna")
SAID = {
    "kind": ("person", "person", "organization", ""),
    "given_name": GIVEN,
    "family_name": FAMILY,
    "middle_name": ("", "Lee", "L", "Maria"),
    "date_of_birth": ("1978-11-12", "1978-12-11", "1978-11-13", "1990-01-02", ""),
    "email": ("anna.smith@gmail.com", "a.smith@acme.com", "info@acme.com", "bob@x.de", ""),
    "phone": ("+1 702 919 1300", "7029191300", "9191300", "7029191301", ""),
    "website": ("acme.com", "www.acme.com/shop", "acme.de", ""),
    "street": ("12 Main Street", "12 Main St Apt 4", "14 Main St", "Hauptstr. 7", ""),
    "city": ("Springfield", "Springfeld", "Vegas", ""),
    "postcode": ("89101", "89102", ""),
    "country": ("US", "DE", ""),
    "tax_id": ("123456789", "123456788", "DE136695976", ""),
    "latitude": ("36.1", "36.1001", ""),
    "longitude": ("-115.1", "-115.1001", ""),
    "gtin": ("4006381333931", "4006381333948", ""),
    "list_price": ("10.00", "10.50", ""),
}


def made_up(random: Random, rules: MatchRules) -> dict[str, str | tuple[str, ...]]:
    """A record with something of every attribute that the rules read, now and then in several alternatives."""
    values: dict[str, str | tuple[str, ...]] = {}
    for name in sorted({name for feature in rules.features for name in feature.attributes}):
        pool = SAID.get(name) or [" ".join(random.sample(WORDS, random.choice((1, 2, 3)))), ""]
        values[name] = tuple(random.choices(pool, k=2)) if random.random() < 0.15 else random.choice(pool)
    return values


def some_records(rules: MatchRules, count: int = 60) -> list[MatchRecord]:
    random = Random(5)
    return [MatchRecord(f"r{n:03d}", random.choice("ab"), made_up(random, rules)) for n in range(count)]


def trained(rules: MatchRules, records: Sequence[MatchRecord]) -> MatchModel:
    batch = RecordBatch.from_records(records)
    keys = blocking_keys(standardize_batch(batch, rules), rules)
    return replace(train(batch, rules, key=b"secret"), oversize=find_oversize(keys.rows, keys.hashes, cap=6))


def in_a_batch(records: Sequence[MatchRecord], rules: MatchRules, model: MatchModel, row: int) -> list[PairAccount]:
    """The row with every other, explained as a load explains."""
    standardized = standardize_batch(RecordBatch.from_records(records), rules)
    right = np.array([each for each in range(len(records)) if each != row], dtype=np.int32)
    scored = score_pairs(standardized, np.full_like(right, row), right, rules, model)
    keys = blocking_keys(standardized, rules)
    return list(explain_pairs(standardized, scored, range(len(right)), keys=keys, rules=rules, model=model))


def alone(
    records: Sequence[MatchRecord], rules: MatchRules, model: MatchModel, row: int, least_bits: float
) -> list[PairAccount]:
    """The row with every other, one by one."""
    single = SingleMatching(rules, model)
    one = [single.records.standardized(each) for each in records]
    others = [each for number, each in enumerate(one) if number != row]
    weighed = single.scoring.weigh(one[row], others, least_bits=least_bits)
    return single.explain(one[row], others, weighed, profile="balanced")


@pytest.mark.parametrize("entity_type", ENTITY_TYPES)
def test_weights_and_explanations_are_those_of_a_batch(entity_type: str) -> None:
    rules = default_match_rules(entity_type)
    records = some_records(rules)
    for model in (default_model(rules), trained(rules, records)):
        for row in range(0, len(records), 9):
            expected = in_a_batch(records, rules, model, row)
            assert alone(records, rules, model, row, NOTHING_DROPPED) == expected


@pytest.mark.parametrize("entity_type", ENTITY_TYPES)
def test_what_is_dropped_early_lies_below_the_floor(entity_type: str) -> None:
    rules = default_match_rules(entity_type)
    records = some_records(rules)
    model = trained(rules, records)
    kept = 0
    for row in range(0, len(records), 3):
        expected = [each for each in in_a_batch(records, rules, model, row) if each["weight_bits"] >= FLOOR]
        assert alone(records, rules, model, row, FLOOR) == expected
        kept += len(expected)
    assert 0 < kept < len(records) * len(range(0, len(records), 3))


def test_another_model_is_told_from_this_one() -> None:
    """The comparison above sees a difference in the tenth digit of one probability."""
    rules = default_match_rules("customer")
    records = some_records(rules)
    model = trained(rules, records)
    of_person = model.probabilities["person"]
    email = of_person["email"]
    moved = replace(email, m=(email.m[0] * (1 + 1e-10), *email.m[1:]))
    other = replace(model, probabilities={**model.probabilities, "person": {**of_person, "email": moved}})

    rows = range(0, len(records), 9)
    assert any(
        [each["weight_bits"] for each in alone(records, rules, other, row, NOTHING_DROPPED)]
        != [each["weight_bits"] for each in in_a_batch(records, rules, model, row)]
        for row in rows
    )


@pytest.mark.parametrize("entity_type", ENTITY_TYPES)
@pytest.mark.parametrize("by_text", [False, True])
def test_keys_are_those_of_a_batch(entity_type: str, by_text: bool) -> None:
    rules = default_match_rules(entity_type)
    rules = replace(rules, key_hash=TEXT) if by_text else rules
    records = some_records(rules)
    standardized = standardize_batch(RecordBatch.from_records(records), rules)
    keys = blocking_keys(standardized, rules)
    oversize = find_oversize(keys.rows, keys.hashes, cap=1)
    assert oversize.split
    assert oversize.cut or entity_type == "pricing_agreement"
    all_split = OversizeKeys(frozenset(keys.hashes.tolist()), oversize.cut)
    for frozen in (OversizeKeys(), oversize, all_split):
        own = partial(record_hashes, standardized)
        rows, hashes = storable_keys(keys.rows, keys.hashes, frozen, record_hashes=own)
        single = SingleMatching(rules, replace(default_model(rules), oversize=frozen)).records
        for row, record in enumerate(records):
            one = single.standardized(record)
            made = single.keys(one)
            of_row = keys.rows == row
            assert set(made) == set(
                cast(
                    "list[tuple[int, int]]",
                    list(zip(keys.rule_index[of_row].tolist(), keys.hashes[of_row].tolist(), strict=True)),
                )
            )
            assert single.storable(one) == set(hashes[rows == row].tolist())


@pytest.mark.parametrize("times", [2, 6, 7, 30])
def test_equal_records_share_a_stored_key_however_many_they_are(times: int) -> None:
    rules = default_match_rules("customer")
    said = {"given_name": "Maria", "family_name": "Hoffmann", "email": "m.hoffmann@acme.example", "city": "Berlin"}
    records = [MatchRecord(f"r{number}", "crm", said) for number in range(times)]
    standardized = standardize_batch(RecordBatch.from_records(records), rules)
    keys = blocking_keys(standardized, rules)
    oversize = find_oversize(keys.rows, keys.hashes, cap=6)
    own = partial(record_hashes, standardized)

    rows, hashes = storable_keys(keys.rows, keys.hashes, oversize, record_hashes=own)

    found = set(zip(*(side.tolist() for side in pairs_sharing_a_key(rows, hashes)), strict=True))
    assert found == set(combinations(range(times), 2))
    single = SingleMatching(rules, replace(default_model(rules), oversize=oversize)).records
    assert single.storable(single.standardized(records[0])) & set(hashes.tolist())
