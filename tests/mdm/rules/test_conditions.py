"""Rules under conditions: what they look at, how they are written, and that they never go round in a circle."""

from typing import Any

import pytest

from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES
from mdm.rules.conditions import Condition
from mdm.rules.defaults import default_rules
from mdm.rules.documents import RuleSetDocument
from mdm.rules.errors import InvalidRuleSet
from mdm.rules.parsing import parse_rule_set

RULES = parse_rule_set(CUSTOMER_ATTRIBUTES, default_rules("customer"))
RECENT, TRUSTED = {"strategy": "most_recent"}, {"strategy": "most_trusted"}


def when(attribute: str, *one_of: str, **then: Any) -> dict[str, Any]:
    return {"if": {"attribute": attribute, "one_of": list(one_of)}, **then}


def with_policies(**policies: Any) -> RuleSetDocument:
    document = RULES.to_document()
    document["survivorship"]["attributes"] |= policies
    return parse_rule_set(CUSTOMER_ATTRIBUTES, document)


def mistakes_of(**policies: Any) -> dict[str, str]:
    with pytest.raises(InvalidRuleSet) as refused:
        with_policies(**policies)
    return {mistake.path: mistake.message for mistake in refused.value.mistakes}


@pytest.mark.parametrize(
    ("attribute", "component", "values", "met"),
    [
        ("segment", None, {"segment": " Retail"}, True),
        ("segment", None, {"segment": "wholesale"}, False),
        ("segment", None, {"segment": None}, False),
        ("segment", None, {}, False),
        ("address", "country", {"address": {"country": "retail"}}, True),
        ("address", "country", {"address": {"city": "retail"}}, False),
        ("address", "country", {"address": None}, False),
        ("companies", "company", {"companies": [{"company": "1"}, {"company": "RETAIL"}]}, True),
        ("emails", None, {"emails": ["x@y.example"]}, False),
    ],
)
def test_a_condition_compares_texts(
    attribute: str, component: str | None, values: dict[str, Any], *, met: bool
) -> None:
    assert Condition(attribute, component, ("retail", "shop")).is_met(values) is met


def test_a_conditional_policy_comes_back_from_its_document() -> None:
    cases = [
        when("kind", "person", strategy="most_trusted", trust={"crm": 90}, half_life_days={"crm": 30}),
        when("address.country", "DE", "AT", **RECENT),
    ]
    rules = with_policies(name={"when": cases, "otherwise": TRUSTED})
    assert rules.to_document()["survivorship"]["attributes"]["name"] == {"when": cases, "otherwise": TRUSTED}
    assert parse_rule_set(CUSTOMER_ATTRIBUTES, rules.to_document()) == rules


def test_what_is_looked_at_survives_before() -> None:
    rules = with_policies(
        kind={"when": [when("segment", "retail", **RECENT)], "otherwise": TRUSTED},
        name={"when": [when("kind", "person", **RECENT)], "otherwise": TRUSTED},
    )
    names = [name for unit in rules.order for name in unit.attributes]
    assert names[:3] == ["segment", "kind", "name"]
    assert sorted(names) == sorted(each.name for each in CUSTOMER_ATTRIBUTES)
    unconditional = [name for unit in RULES.order for name in unit.attributes]
    assert unconditional == [each.name for each in CUSTOMER_ATTRIBUTES]


def test_a_circle_is_refused_with_its_way() -> None:
    found = mistakes_of(
        kind={"when": [when("segment", "retail", **RECENT)], "otherwise": TRUSTED},
        name={"when": [when("address.city", "Bonn", **RECENT), when("kind", "person", **RECENT)], "otherwise": TRUSTED},
        segment={"when": [when("name", "Ana", **RECENT)], "otherwise": TRUSTED},
        website={"when": [when("website", "x", **RECENT)], "otherwise": TRUSTED},
    )
    assert found == {
        "survivorship.attributes.name.when[1].if.attribute": "goes round in a circle: kind → segment → name → kind",
        "survivorship.attributes.website.when[0].if.attribute": "goes round in a circle: website → website",
    }


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ({"when": [{"strategy": "most_recent"}], "otherwise": TRUSTED}, "when[0].if"),
        ({"when": [when("kind", "robot", **RECENT)], "otherwise": TRUSTED}, "when[0].if.one_of[0]"),
        ({"when": [when("segment", **RECENT)], "otherwise": TRUSTED}, "when[0].if.one_of"),
        ({"when": [when("shoe_size", "9", **RECENT)], "otherwise": TRUSTED}, "when[0].if.attribute"),
        ({"when": [when("address", "DE", **RECENT)], "otherwise": TRUSTED}, "when[0].if.attribute"),
        ({"when": [when("address.planet", "X", **RECENT)], "otherwise": TRUSTED}, "when[0].if.attribute"),
        ({"when": [when("segment.x", "X", **RECENT)], "otherwise": TRUSTED}, "when[0].if.attribute"),
        ({"when": [when("bill_to", "CUS-1", **RECENT)], "otherwise": TRUSTED}, "when[0].if.attribute"),
        ({"when": [when("companies.credit_limit", "1", **RECENT)], "otherwise": TRUSTED}, "when[0].if.attribute"),
        ({"when": [when("segment", "x", strategy="union")], "otherwise": TRUSTED}, "when[0].strategy"),
        ({"when": [when("segment", "x", **RECENT)]}, "otherwise"),
        ({"when": [when("segment", "x", **RECENT)], "otherwise": TRUSTED, "strategy": "most_recent"}, "strategy"),
    ],
)
def test_a_mistake_in_a_condition_is_named_with_its_path(policy: dict[str, Any], path: str) -> None:
    assert f"survivorship.attributes.name.{path}" in mistakes_of(name=policy)
