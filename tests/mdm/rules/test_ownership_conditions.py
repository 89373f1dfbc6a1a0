"""Ownership that depends on the golden record: one answer for everybody who asks."""

from typing import Any

import pytest

from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES
from mdm.rules.defaults import default_rules
from mdm.rules.documents import OnConflict, RuleSetDocument
from mdm.rules.errors import InvalidRuleSet
from mdm.rules.ownership import answer_to_write, may_contribute, ownership_of, receives
from mdm.rules.parsing import parse_rule_set

RULES = parse_rule_set(CUSTOMER_ATTRIBUTES, default_rules("customer"))
GERMAN, KEY_ACCOUNT = {"address": {"country": "DE"}}, {"customer_group": "key account"}
BY_COUNTRY = {"if": {"attribute": "address.country", "one_of": ["DE"]}, "owner": "sap_de", "contributors": ["erp"]}
BY_GROUP = {"if": {"attribute": "customer_group", "one_of": ["Key account"]}, "owner": "crm", "contributors": []}


def with_cases(**cases: list[dict[str, Any]]) -> RuleSetDocument:
    document = RULES.to_document()
    for name, when in cases.items():
        document["ownership"][name]["when"] = when
    return parse_rule_set(CUSTOMER_ATTRIBUTES, document)


@pytest.mark.parametrize(
    ("values", "owner"),
    [({}, "erp"), (GERMAN, "sap_de"), (KEY_ACCOUNT, "crm"), (GERMAN | KEY_ACCOUNT, "sap_de")],
)
def test_the_first_case_that_is_met_says_who_owns(values: dict[str, Any], owner: str) -> None:
    rules = with_cases(price_class=[BY_COUNTRY, BY_GROUP])
    assert ownership_of(rules.ownership, values)["price_class"].owner == owner


def test_everything_about_ownership_follows_the_golden_record() -> None:
    rules = with_cases(price_class=[BY_COUNTRY])
    plain, german = ownership_of(rules.ownership, {}), ownership_of(rules.ownership, GERMAN)
    assert may_contribute(plain, "price_class", system="crm")
    assert not may_contribute(german, "price_class", system="crm")
    assert not receives(plain, "price_class", system="erp")
    assert receives(german, "price_class", system="erp")
    assert answer_to_write(plain, "price_class", system="sap_de") is OnConflict.REFUSE
    assert answer_to_write(german, "price_class", system="sap_de") is OnConflict.CONTRIBUTE


def test_what_a_case_leaves_out_is_as_without_it_and_is_written_whole() -> None:
    rules = with_cases(price_class=[BY_COUNTRY])
    [case] = rules.to_document()["ownership"]["price_class"]["when"]
    assert case == BY_COUNTRY | {
        "proposers": ["crm", "hub"],
        "receivers": ["crm", "erp"],
        "on_conflict": "propose",
        "override": "confirm",
    }
    assert parse_rule_set(CUSTOMER_ATTRIBUTES, rules.to_document()) == rules


def test_a_circle_through_ownership_and_survivorship_is_refused_with_its_way() -> None:
    document = RULES.to_document()
    document["ownership"]["price_class"]["when"] = [BY_GROUP]
    by_class = {"if": {"attribute": "price_class", "one_of": ["A"]}, "strategy": "most_recent"}
    document["survivorship"]["attributes"]["customer_group"] = {
        "when": [by_class],
        "otherwise": {"strategy": "most_recent"},
    }
    with pytest.raises(InvalidRuleSet) as refused:
        parse_rule_set(CUSTOMER_ATTRIBUTES, document)
    [mistake] = refused.value.mistakes
    assert mistake.path == "ownership.price_class.when[0].if.attribute"
    assert mistake.message == "goes round in a circle: customer_group → price_class → customer_group"


def test_mistakes_in_a_case_are_named_with_their_paths() -> None:
    mistaken = [
        {"if": {"attribute": "address.planet", "one_of": ["x"]}, "owner": "crm", "on_conflict": "ask", "who": 1}
    ]
    with pytest.raises(InvalidRuleSet) as refused:
        with_cases(price_class=mistaken, bill_to=[{"owner": "*"}])
    assert {mistake.path for mistake in refused.value.mistakes} == {
        "ownership.price_class.when[0].if.attribute",
        "ownership.price_class.when[0].contributors",  # those of the plain entry, which name the new owner
        "ownership.price_class.when[0].on_conflict",
        "ownership.price_class.when[0].who",
        "ownership.bill_to.when[0].if",
        "ownership.bill_to.when[0].if.attribute",
        "ownership.bill_to.when[0].if.one_of",
        "ownership.bill_to.when[0].contributors",
        "ownership.bill_to.when[0].owner",
    }
