"""What quality rules can ask for: conditions, dates in order, freshness, lists, check digits, uniqueness."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES
from mdm.entity_types.attributes_pricing_agreement import PRICING_AGREEMENT_ATTRIBUTES
from mdm.entity_types.base import Attribute, next_named
from mdm.rules.checks import Beside, checks
from mdm.rules.checks.unique import unique_texts
from mdm.rules.defaults import default_rules
from mdm.rules.documents import QualityCheck, QualityRule, RuleSetDocument
from mdm.rules.errors import InvalidRuleSet
from mdm.rules.parsing import parse_rule_set
from mdm.rules.quality import meets, quality_of, turning_points

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = NOON.date()
PERSON = {"attribute": "kind", "one_of": ["person"]}
LEI = "5493000IBP32UQZ0KL24"


def rules_with(*quality: Any, lists: Any = None, of: tuple[Attribute, ...] = CUSTOMER_ATTRIBUTES) -> RuleSetDocument:
    entity_type = "customer" if of is CUSTOMER_ATTRIBUTES else "pricing_agreement"
    document = deepcopy(dict(default_rules(entity_type)))
    document["quality"] = list(quality) if lists is None else {"lists": lists, "rules": list(quality)}
    return parse_rule_set(of, document)


def a_rule(**rule: Any) -> QualityRule:
    return rules_with(rule).quality[0]


def mistakes_of(*quality: Any, lists: Any = None) -> dict[str, str]:
    with pytest.raises(InvalidRuleSet) as refused:
        rules_with(*quality, lists=lists)
    return {mistake.path: mistake.message for mistake in refused.value.mistakes}


def fails(document: Any, *quality: Any, lists: Any = None) -> list[str]:
    rules = rules_with(*quality, lists=lists).quality
    return [failure.code for failure in quality_of(document, rules, on=TODAY, at=NOON).failures]


def test_every_check_that_can_be_named_is_registered() -> None:
    assert set(checks) == {check.value for check in QualityCheck}


@pytest.mark.parametrize(
    ("scheme", "good", "bad"),
    [
        ("iban", "DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 01"),
        ("lei", LEI, LEI[:-1] + "5"),
        ("gln", "4012345000009", "96385074"),
        ("ean", "96385074", "96385075"),
    ],
)
def test_numbers_are_judged_by_their_scheme(scheme: str, good: str, bad: str) -> None:
    rule = a_rule(attribute="name", check="check_digit", scheme=scheme)
    assert meets(rule, good, on=TODAY)
    assert not meets(rule, bad, on=TODAY)


def test_only_the_items_of_one_kind_are_looked_at() -> None:
    lei = {"attribute": "scheme", "one_of": ["LEI"]}
    digits = {"attribute": "identifiers", "component": "number", "check": "check_digit", "scheme": "lei", "items": lei}
    present = {"attribute": "identifiers", "items": lei, "name": "has_lei"}
    duns, good = {"scheme": "DUNS", "number": "150483782"}, {"scheme": "lei", "number": LEI}
    assert fails({"identifiers": [duns, good]}, digits, present) == []
    assert fails({"identifiers": [duns]}, digits, present) == ["has_lei"]
    assert fails({"identifiers": [duns, good | {"number": LEI[:-1] + "5"}]}, digits) == [
        "identifiers.number:check_digit:lei"
    ]


def test_a_rule_with_a_condition_holds_where_it_is_met() -> None:
    born = {"attribute": "date_of_birth", "check": "required", "when": PERSON}
    assert fails({"kind": "person"}, born) == ["date_of_birth:required"]
    assert fails({"kind": "organization"}, born) == []
    assert fails({}, born) == []


def test_dates_stand_in_order_inside_an_item() -> None:
    rule = {
        "attribute": "exemption_certificates",
        "component": "valid_from",
        "check": "before",
        "other": "valid_to",
    }
    good, bad = [{"valid_from": "2026-01-01", "valid_to": day} for day in ("2027-01-01", "2026-01-01")]
    assert fails({"exemption_certificates": [good, {"valid_from": "2026-01-01"}]}, rule) == []
    assert fails({"exemption_certificates": [good, bad]}, rule) == ["exemption_certificates.valid_from:before:valid_to"]


def test_dates_of_two_attributes_count_in_the_score_and_condemn_neither_value() -> None:
    rules = rules_with(
        {"attribute": "valid_to", "check": "after", "other": "valid_from"}, of=PRICING_AGREEMENT_ATTRIBUTES
    )
    values = {"valid_from": "2026-01-01", "valid_to": "2025-01-01"}
    assert quality_of(values, rules.quality, on=TODAY).score == 0
    assert "valid_to" not in rules.judging


def test_a_value_grows_stale_at_the_told_second() -> None:
    rule = a_rule(attribute="website", check="fresh", days=30, severity="warning")
    seen = NOON - timedelta(days=29)
    (stale,) = turning_points({"website": "x"}, [rule], observed_at=seen, at=NOON)
    verdicts = [
        meets(rule, "x", on=at.date(), beside=Beside(at.date(), {}, at, seen))
        for at in (NOON, stale - timedelta(seconds=1), stale)
    ]
    assert verdicts == [True, True, False]
    assert list(turning_points({"website": "x"}, [rule], observed_at=seen, at=stale)) == []
    assert meets(rule, "x", on=TODAY, beside=Beside(TODAY, {}, NOON, None))


def test_lists_are_shipped_or_given_with_the_rules() -> None:
    country = {"attribute": "address", "component": "country", "check": "reference_list", "list": "countries"}
    grade = {"attribute": "segment", "check": "reference_list", "list": "grades"}
    lists = {"grades": ["A", "B"]}
    bad = {"address": {"country": "ZZ"}, "segment": "C"}
    assert fails({"address": {"country": "DE"}, "segment": "A"}, country, grade, lists=lists) == []
    assert fails(bad, country, grade, lists=lists) == [
        "address.country:reference_list:countries",
        "segment:reference_list:grades",
    ]


def test_what_must_be_unique_is_compared_as_systems_mean_it() -> None:
    phones = next_named(CUSTOMER_ATTRIBUTES, "phones")
    rule = a_rule(attribute="phones", check="unique")
    one, other = ({"phones": [text]} for text in ("+49 30 2345678", "+49302345678"))
    assert list(unique_texts(rule, phones, one)) == list(unique_texts(rule, phones, other))
    assert list(unique_texts(rule, phones, {"phones": []})) == []
    assert list(unique_texts(rule, phones, {})) == []
    lei = a_rule(
        attribute="identifiers",
        component="number",
        check="unique",
        items={"attribute": "scheme", "one_of": ["LEI"]},
        when={"attribute": "kind", "one_of": ["organization"]},
    )
    values = {"kind": "organization", "identifiers": [{"scheme": "LEI", "number": " ab "}, {"scheme": "X"}]}
    identifiers = next_named(CUSTOMER_ATTRIBUTES, "identifiers")
    assert list(unique_texts(lei, identifiers, values)) == ['"ab"']
    assert list(unique_texts(lei, identifiers, values | {"kind": "person"})) == []


EVERYTHING: list[dict[str, Any]] = [
    {"attribute": "name", "check": "unique", "task": True, "blocks": "publish", "name": "one_name"},
    {"attribute": "website", "check": "fresh", "days": 90, "severity": "warning", "when": PERSON},
    {"attribute": "segment", "check": "reference_list", "list": "grades"},
    {
        "attribute": "identifiers",
        "component": "number",
        "check": "check_digit",
        "scheme": "iban",
        "items": {"attribute": "scheme", "one_of": ["IBAN"]},
    },
    {"attribute": "exemption_certificates", "component": "valid_to", "check": "after", "other": "valid_from"},
    {"attribute": "emails", "check": "pattern", "pattern": "a"},
    {"attribute": "emails", "check": "pattern", "pattern": "b"},
]


def test_all_of_it_is_written_as_it_was_read() -> None:
    rules = rules_with(*EVERYTHING, lists={"grades": ["A"]})
    written = rules.to_document()
    assert parse_rule_set(CUSTOMER_ATTRIBUTES, written) == rules
    assert written["quality"]["lists"] == {"grades": ["A"]}
    assert len({rule.code for rule in rules.quality}) == len(EVERYTHING)
    assert rules.quality[-1].code == "emails:pattern#2"


def test_every_mistake_is_named() -> None:
    found = mistakes_of(
        {"attribute": "name", "check": "fresh", "days": 0},
        {"attribute": "name", "check": "before", "other": "website"},
        {"attribute": "name", "check": "reference_list", "list": "planets"},
        {"attribute": "name", "check": "required", "severity": "warning", "task": True},
        {"attribute": "name", "check": "required", "items": PERSON, "name": "No!"},
        {"attribute": "name", "blocks": "everything"},
        {"attribute": "name", "check": "required", "days": 3},
        lists={"countries": ["DE"]},
    )
    assert set(found) == {
        "quality.rules[0].days",
        "quality.rules[1].attribute",
        "quality.rules[1].other",
        "quality.rules[2].list",
        "quality.rules[3].severity",
        "quality.rules[4].items",
        "quality.rules[4].name",
        "quality.rules[5].blocks",
        "quality.rules[6].days",
        "quality.lists.countries",
    }


def test_a_condition_on_what_waits_for_the_attribute_goes_round_in_a_circle() -> None:
    found = mistakes_of(
        {"attribute": "name", "check": "pattern", "pattern": "x", "when": {"attribute": "segment", "one_of": ["a"]}},
        {"attribute": "segment", "check": "pattern", "pattern": "x", "when": {"attribute": "name", "one_of": ["a"]}},
    )
    assert "goes round in a circle" in " ".join(found.values())


@given(st.permutations(EVERYTHING[1:]), st.randoms())
def test_verdicts_do_not_depend_on_the_order_of_rules_or_items(rules: list[dict[str, Any]], random: Random) -> None:
    document = {
        "kind": "person",
        "website": "x",
        "segment": "C",
        "emails": ["a", "c"],
        "identifiers": [{"scheme": "IBAN", "number": "x"}, {"scheme": "A", "number": "y"}],
    }
    shuffled = document | {name: random.sample(document[name], 2) for name in ("emails", "identifiers")}
    lists = {"grades": ["A"]}

    def verdict(written: Any, values: Any) -> Any:
        quality = quality_of(values, rules_with(*written, lists=lists).quality, on=TODAY, at=NOON)
        return quality.score, sorted(failure.code for failure in quality.failures)

    assert verdict(rules, shuffled) == verdict(EVERYTHING[1:], document)
