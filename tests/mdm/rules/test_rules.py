"""Rule sets: refused whole with all paths, hashed per section; ownership, approval and quality."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES
from mdm.entity_types.attributes_location import LOCATION_ATTRIBUTES
from mdm.entity_types.attributes_pricing_agreement import PRICING_AGREEMENT_ATTRIBUTES
from mdm.entity_types.attributes_product import PRODUCT_ATTRIBUTES
from mdm.entity_types.base import Attribute, AttributeType, next_named
from mdm.rules.approval import consents_needed
from mdm.rules.defaults import completed, default_rules
from mdm.rules.documents import ApprovalRule, OnConflict, QualityCheck, QualityRule, Severity
from mdm.rules.errors import InvalidRuleSet
from mdm.rules.ownership import answer_to_write, may_contribute, ownership_of, receives
from mdm.rules.parsing import parse_rule_set
from mdm.rules.quality import meets, quality_of

TODAY = date(2026, 6, 1)
TYPES = {
    "customer": CUSTOMER_ATTRIBUTES,
    "product": PRODUCT_ATTRIBUTES,
    "location": LOCATION_ATTRIBUTES,
    "pricing_agreement": PRICING_AGREEMENT_ATTRIBUTES,
}
RULES = parse_rule_set(CUSTOMER_ATTRIBUTES, default_rules("customer"))


@pytest.mark.parametrize("entity_type", TYPES)
def test_default_rules_parse_and_write_themselves_back(entity_type: str) -> None:
    rules = parse_rule_set(TYPES[entity_type], default_rules(entity_type))
    assert parse_rule_set(TYPES[entity_type], rules.to_document()) == rules
    assert set(rules.ownership) == {attribute.name for attribute in TYPES[entity_type]}


def a_document() -> dict[str, Any]:
    return deepcopy(dict(default_rules("customer")))


def test_every_mistake_is_named_with_its_path() -> None:
    document = RULES.to_document()
    del document["ownership"]["name"]
    document["ownership"]["kind"]["owner"] = "erp"
    document["ownership"]["shoe_size"] = {}
    document["survivorship"]["attributes"]["name"] = {"strategy": "union"}
    document["survivorship"]["trust"]["crm"] = 101
    document["quality"].append({"attribute": "name", "check": "pattern", "pattern": "("})
    document["approval"]["companies"]["over_percent"] = "much"
    document["match"]["block_cap"] = 1
    document["extra"] = {}
    with pytest.raises(InvalidRuleSet) as refused:
        parse_rule_set(CUSTOMER_ATTRIBUTES, document)
    paths = {mistake.path for mistake in refused.value.mistakes}
    assert paths >= {
        "ownership.name",
        "ownership.kind.contributors",
        "ownership.shoe_size",
        "survivorship.attributes.name.strategy",
        "survivorship.trust.crm",
        f"quality[{len(document['quality']) - 1}].pattern",
        "approval.companies.over_percent",
        "match.block_cap",
        "extra",
    }


def test_half_lives_keep_their_short_form_and_other_shapes_are_written_whole() -> None:
    document = RULES.to_document()
    document["survivorship"]["decay"] = {"hub": {"shape": "linear", "days": 90, "to": 20}}
    document["survivorship"]["attributes"]["name"]["decay"] = {
        "crm": {"shape": "half_life", "days": 30},
        "erp": {"shape": "step", "days": 365, "to": 50},
    }
    rules = parse_rule_set(CUSTOMER_ATTRIBUTES, document)
    written = rules.to_document()["survivorship"]
    assert written["half_life_days"] == {"crm": 730, "erp": 730}
    assert written["decay"] == document["survivorship"]["decay"]
    assert written["attributes"]["name"] == {
        "strategy": "most_trusted",
        "half_life_days": {"crm": 30},
        "decay": {"erp": {"shape": "step", "days": 365, "to": 50}},
    }
    assert parse_rule_set(CUSTOMER_ATTRIBUTES, rules.to_document()) == rules


def test_a_system_fades_in_one_way_only() -> None:
    document = RULES.to_document()
    document["survivorship"]["decay"] = {"crm": {"shape": "cliff", "days": 0, "to": 101, "by": 1}}
    with pytest.raises(InvalidRuleSet) as refused:
        parse_rule_set(CUSTOMER_ATTRIBUTES, document)
    paths = {mistake.path for mistake in refused.value.mistakes}
    inside = {f"survivorship.decay.crm.{part}" for part in ("shape", "days", "to", "by")}
    assert paths == {"survivorship.decay.crm", *inside}


def test_the_longest_valid_is_asked_only_of_what_has_dates() -> None:
    document = RULES.to_document()
    policies = document["survivorship"]["attributes"]
    policies["exemption_certificates"]["item_strategy"] = "longest_valid"
    policies["phones"]["item_strategy"] = "longest_valid"
    policies["name"] = {"strategy": "longest_valid"}
    with pytest.raises(InvalidRuleSet) as refused:
        parse_rule_set(CUSTOMER_ATTRIBUTES, document)
    assert [mistake.path for mistake in refused.value.mistakes] == [
        "survivorship.attributes.name.strategy",
        "survivorship.attributes.phones.item_strategy",
    ]


@pytest.mark.parametrize("entity_type", TYPES)
@pytest.mark.parametrize("section", ["ownership", "survivorship", "quality"])
def test_a_section_that_asks_for_nothing_new_is_written_as_it_was_read(entity_type: str, section: str) -> None:
    shipped = default_rules(entity_type)
    assert parse_rule_set(TYPES[entity_type], shipped).to_document()[section] == shipped[section]


def test_an_edit_of_one_section_leaves_the_hashes_of_the_others() -> None:
    document = a_document()
    document["approval"]["website"] = {"required": True, "over_percent": None, "group": "approver"}
    before, after = RULES.section_hashes(), parse_rule_set(CUSTOMER_ATTRIBUTES, document).section_hashes()
    assert {name for name in before if before[name] != after[name]} == {"approval"}


def test_ownership_says_who_contributes_and_who_receives() -> None:
    ownership = ownership_of(RULES.ownership, {})
    assert may_contribute(ownership, "companies", system="erp")
    assert not may_contribute(ownership, "companies", system="crm")
    assert may_contribute(ownership, "companies", system="webshop")
    assert receives(ownership, "companies", system="crm")
    assert not receives(ownership, "companies", system="erp")
    assert receives(ownership, "name", system="erp")
    assert answer_to_write(ownership, "companies", system="erp") is OnConflict.CONTRIBUTE
    assert answer_to_write(ownership, "companies", system="crm") is OnConflict.PROPOSE
    assert answer_to_write(ownership, "companies", system="webshop") is OnConflict.REFUSE


COMPANIES = next_named(CUSTOMER_ATTRIBUTES, "companies")
OVER_20 = ApprovalRule(required=True, over_percent=Decimal(20), group="approver")


def a_limit(amount: str, currency: str = "EUR", company: str = "1000") -> list[dict[str, Any]]:
    return [{"company": company, "credit_limit": {"amount": amount, "currency": currency}}]


@pytest.mark.parametrize(
    ("old", "new", "waits"),
    [
        (a_limit("100.00"), a_limit("100.00"), False),
        (a_limit("100.00"), a_limit("120.00"), False),
        (a_limit("100.00"), a_limit("120.01"), True),
        (a_limit("100.00"), a_limit("79.99"), True),
        (a_limit("100.00"), a_limit("100.00", "PLN"), True),
        (a_limit("0.00"), a_limit("0.01"), True),
        (a_limit("100.00"), a_limit("100.00", company="2000"), True),
        (None, a_limit("1.00"), True),
    ],
)
def test_a_change_over_the_threshold_waits_for_consent(old: Any, new: Any, *, waits: bool) -> None:
    assert bool(consents_needed(OVER_20, COMPANIES, old=old, new=new)) is waits


def test_without_a_rule_or_a_threshold_it_is_all_or_nothing() -> None:
    name = Attribute("name", "Name", AttributeType.TEXT)
    assert not consents_needed(None, name, old="a", new="b")
    assert consents_needed(ApprovalRule(required=True, over_percent=None, group=None), name, old="a", new="b")


def a_rule(check: QualityCheck, **more: Any) -> QualityRule:
    return QualityRule("x", check, Severity.ERROR, **more)


VAT = {"kind": "vat", "jurisdiction": "GR"}
SSN = {"kind": "ssn", "jurisdiction": "US"}


@pytest.mark.parametrize(
    ("rule", "value", "met"),
    [
        (a_rule(QualityCheck.REQUIRED), None, False),
        (a_rule(QualityCheck.REQUIRED), [], False),
        (a_rule(QualityCheck.REQUIRED), "x", True),
        (a_rule(QualityCheck.REQUIRED, component="city"), {"street": "x"}, False),
        (a_rule(QualityCheck.PATTERN, pattern="[0-9]+"), "12", True),
        (a_rule(QualityCheck.PATTERN, pattern="[0-9]+"), ["12", "x"], False),
        (a_rule(QualityCheck.ONE_OF, one_of=("a", "b")), "c", False),
        (a_rule(QualityCheck.NOT_IN_FUTURE), "2026-06-01", True),
        (a_rule(QualityCheck.NOT_IN_FUTURE), "2026-06-02", False),
        (a_rule(QualityCheck.CHECK_DIGIT, scheme="gtin"), "4000108355909", True),
        (a_rule(QualityCheck.CHECK_DIGIT, scheme="gtin"), "4000108355908", False),
        (a_rule(QualityCheck.CHECK_DIGIT, scheme="vat"), [VAT | {"number": "EL094259216"}], True),
        (a_rule(QualityCheck.CHECK_DIGIT, scheme="vat"), [VAT | {"number": "EL094259217"}], False),
        (a_rule(QualityCheck.CHECK_DIGIT, scheme="vat"), [{"kind": "ein", "number": "1"}], True),
        (a_rule(QualityCheck.CHECK_DIGIT, scheme="tax"), [VAT | {"number": "094259216"}], True),
        (a_rule(QualityCheck.CHECK_DIGIT, scheme="tax"), [VAT | {"number": "094259217"}], False),
        (a_rule(QualityCheck.CHECK_DIGIT, scheme="tax"), [SSN | {"number": "536-90-4399"}], True),
        (a_rule(QualityCheck.CHECK_DIGIT, scheme="tax"), [SSN | {"number": "000-12-3456"}], False),
        (a_rule(QualityCheck.CHECK_DIGIT, scheme="tax"), [SSN | {"kind": "resale", "number": "1"}], True),
        (a_rule(QualityCheck.PATTERN, pattern="x"), None, True),
    ],
)
def test_each_check_knows_a_good_value(rule: QualityRule, value: Any, *, met: bool) -> None:
    assert meets(rule, value, on=TODAY) is met


def test_an_error_weighs_three_warnings() -> None:
    rules = [a_rule(QualityCheck.REQUIRED), QualityRule("y", QualityCheck.REQUIRED, Severity.WARNING)]
    assert quality_of({"x": "1", "y": "2"}, rules, on=TODAY).score == 1
    assert quality_of({"x": "1"}, rules, on=TODAY).score == 0.75
    assert [failure.attribute for failure in quality_of({}, rules, on=TODAY).failures] == ["x", "y"]
    assert quality_of({}, [], on=TODAY).score == 1


def test_what_a_group_lacks_in_common_is_named() -> None:
    document = RULES.to_document()
    document["survivorship"]["attributes"]["family_name"] = {"strategy": "most_recent"}
    document["survivorship"]["attributes"]["phones"] = {"strategy": "union"}
    document["survivorship"]["groups"] = {
        "names": ["given_name", "family_name"],
        "owners": ["name", "website"],
        "reach": ["phones", "given_name", "fax"],
        "lone": ["kind"],
    }
    with pytest.raises(InvalidRuleSet) as refused:
        parse_rule_set(CUSTOMER_ATTRIBUTES, document)
    assert {mistake.path for mistake in refused.value.mistakes} == {
        "survivorship.attributes.phones.strategy",
        *(f"survivorship.groups.{path}" for path in ("names", "owners", "reach", "reach[1]", "reach[2]", "lone")),
    }


def test_an_edit_of_a_part_tells_the_whole_group() -> None:
    document = RULES.to_document()
    document["survivorship"]["groups"] = {"names": ["given_name", "middle_name", "family_name"]}
    policies = parse_rule_set(CUSTOMER_ATTRIBUTES, document).survivorship
    beside = {"given_name": "Ana", "family_name": "Lima", "name": "Ana Lima"}
    whole = {"given_name": "Anna", "middle_name": None, "family_name": "Lima"}
    assert policies.whole_groups({"given_name": "Anna"}, beside=beside) == whole
    assert policies.whole_groups({"name": "Anna Lima"}, beside=beside) == {"name": "Anna Lima"}
    assert parse_rule_set(CUSTOMER_ATTRIBUTES, document).to_document()["survivorship"] == document["survivorship"]


def test_a_rule_set_written_before_an_attribute_existed_gets_its_shipped_policy() -> None:
    attributes = CUSTOMER_ATTRIBUTES
    shipped = dict(default_rules("customer"))
    ownership, survivorship, approval = shipped["ownership"], shipped["survivorship"], shipped["approval"]
    stored = {
        **shipped,
        "ownership": {name: each for name, each in ownership.items() if name != "parents"},
        "survivorship": {
            **survivorship,
            "attributes": {name: each for name, each in survivorship["attributes"].items() if name != "parents"},
        },
        "approval": {name: each for name, each in approval.items() if name != "parents"},
    }
    with pytest.raises(InvalidRuleSet):
        parse_rule_set(attributes, stored)

    whole = completed("customer", stored, [each.name for each in attributes])

    assert parse_rule_set(attributes, whole) == parse_rule_set(attributes, shipped)
    assert completed("customer", whole, [each.name for each in attributes]) == whole
