"""Whether a source is free of duplicates is told from the records, and a wrong answer is worse than none."""

from dataclasses import replace

import numpy as np
import pytest

from matching.defaults import default_match_rules
from matching.records import MatchRecord, RecordBatch
from matching.rule_tree import MatchRules
from matching.scoring import ScoredPairs
from matching.standardize.batch import StandardizedBatch, standardize_batch
from matching.training import train_standardized
from matching.unique_sources import unrepeated_inside

RULES = default_match_rules("customer")
PEOPLE = 120


def person(source: str, number: int, copy: str = "") -> MatchRecord:
    """A person with a name, phone and street of their own. ERP writes names short."""
    family = ["Aber", "Quist", "Zimm", "Ozol", "Kowa", "Brand"][number // 6 % 6]
    given = ["Anna", "Bob", "Karl", "Wei", "Ines", "Olga"][number % 6]
    return MatchRecord(
        id=f"{source}-{number}{copy}",
        source=source,
        values={
            "given_name": given[:1] if source == "erp" else given,
            "family_name": f"{family}{'eiouy'[number // 36 % 5]}nov",
            "phone": f"+4940{7_000_000 + number * 977}",
            "street": f"{number + 3} Elm Street",
            "city": "Hamburg",
        },
    )


def found(records: list[MatchRecord], rules: MatchRules = RULES) -> tuple[str, ...]:
    standardized = standardize_batch(RecordBatch.from_records(records).in_order_of_ids(), rules)
    return train_standardized(standardized, rules, find_unique_sources=True)[0].unique_sources


def both_systems() -> list[MatchRecord]:
    return [person(source, number) for source in ("crm", "erp") for number in range(PEOPLE)]


def test_two_systems_that_hold_everybody_once_are_free_of_duplicates() -> None:
    assert found(both_systems()) == ("crm", "erp")


def test_a_system_with_some_records_twice_is_not() -> None:
    """Negative control of the test above."""
    assert found([*both_systems(), *(person("crm", number, "b") for number in range(0, PEOPLE, 12))]) == ("erp",)


def test_repeats_that_no_other_system_knows_are_seen_too() -> None:
    unknown = [person("crm", number, copy) for number in range(PEOPLE, PEOPLE + 10) for copy in ("", "b")]
    assert found([*both_systems(), *unknown]) == ("erp",)


def test_a_source_that_nothing_leads_to_is_not_judged() -> None:
    strangers = [person("web", number) for number in range(PEOPLE + 20, PEOPLE + 60)]
    assert found([*both_systems(), *strangers]) == ("crm", "erp")
    assert found([person("crm", number) for number in range(PEOPLE)]) == ()


def test_what_the_rules_say_of_a_source_stands() -> None:
    assert found(both_systems(), replace(RULES, repeating_sources=("crm",))) == ("erp",)
    twice = [*both_systems(), *(person("crm", number, "b") for number in range(0, PEOPLE, 12))]
    assert found(twice, replace(RULES, unique_sources=("crm",))) == ("crm", "erp")


def test_not_asked_to_look_nobody_is_found() -> None:
    standardized = standardize_batch(RecordBatch.from_records(both_systems()).in_order_of_ids(), RULES)
    assert train_standardized(standardized, RULES)[0].unique_sources == ()


def kinds(*, each_known: bool) -> tuple[StandardizedBatch, ScoredPairs]:
    """Two catalogs of 40 things that match one to one, and in the first four more: two pairs of a kind, all alike.

    Each of the four has a match of its own in the second catalog, or both of a pair have the same one.
    """
    count = 44
    records = [MatchRecord(f"{s}{n:02}", s, {"name": "x"}) for s in ("a", "b") for n in range(count)]
    standardized = standardize_batch(RecordBatch.from_records(records), default_match_rules("product"))
    across = [(n, count + n) for n in range(40)]
    if each_known:
        across += [(n, count + n) for n in range(40, 44)]
    else:
        across += [(40, count + 40), (41, count + 40), (42, count + 42), (43, count + 42)]
    left, right = np.array([*across, (40, 41), (42, 43)], dtype=np.int32).T
    nothing = np.zeros((len(left), 0))
    return standardized, ScoredPairs(
        left_rows=left,
        right_rows=right,
        weight_bits=np.full(len(left), 20.0),
        probability=np.full(len(left), 0.99),
        levels=nothing.astype(np.int16),
        base_bits=nothing,
        adjustment_bits=nothing,
        vetoes=np.zeros(len(left), dtype=np.int64),
        veto_codes=(),
    )


@pytest.mark.parametrize(("each_known", "expected"), [(True, {"a", "b"}), (False, {"b"})])
def test_things_of_one_kind_with_a_match_each_are_no_repeats(each_known: bool, expected: set[str]) -> None:
    assert unrepeated_inside(*kinds(each_known=each_known)) == expected
