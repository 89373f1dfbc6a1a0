"""Attributes declared at run time: what a rule set may declare, and what is refused with its path."""

from typing import Any

import pytest

from mdm.entity_types import AttributeType, ReviewKind
from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES
from mdm.rules.declared import DECLARABLE, same_form
from mdm.rules.defaults import default_rules
from mdm.rules.documents import RuleSetDocument
from mdm.rules.errors import InvalidRuleSet
from mdm.rules.files import from_yaml, to_yaml
from mdm.rules.parsing import parse_rule_set

SHARED = {"owner": None, "contributors": ["crm"], "on_conflict": "contribute"}
SHIPPED = parse_rule_set(CUSTOMER_ATTRIBUTES, default_rules("customer"))
TIER = {"label": "Loyalty tier", "type": "choice", "group": "commercial", "choices": ["silver", "gold"]}
# One declaration of each form.
FORMS: dict[str, dict[str, Any]] = {
    "text": {},
    "integer": {},
    "decimal": {},
    "money": {},
    "date": {},
    "boolean": {},
    "choice": {"choices": ["silver", "gold"]},
    "reference": {"target": "location"},
    "collection": {},
}


def rules_with(attributes: dict[str, Any], *, strategy: str = "most_trusted") -> RuleSetDocument:
    document = SHIPPED.to_document()
    policies = document["survivorship"]["attributes"] | {name: {"strategy": strategy} for name in attributes}
    return parse_rule_set(
        CUSTOMER_ATTRIBUTES,
        document
        | {
            "attributes": attributes,
            "ownership": document["ownership"] | dict.fromkeys(attributes, SHARED),
            "survivorship": document["survivorship"] | {"attributes": policies},
        },
    )


def mistakes_of(attributes: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidRuleSet) as refused:
        rules_with(attributes)
    return {each.path: each.message for each in refused.value.mistakes}


@pytest.mark.parametrize("form", DECLARABLE)
def test_every_form_that_needs_no_code_can_be_declared(form: AttributeType) -> None:
    given = {"label": "Something", "type": str(form), **FORMS[form]}

    rules = rules_with({"something": given}, strategy="union" if form == "collection" else "most_trusted")

    [declared] = rules.declared
    assert (declared.name, declared.label, declared.type) == ("something", "Something", form)
    assert declared.group is ReviewKind.DESCRIPTION
    assert parse_rule_set(CUSTOMER_ATTRIBUTES, rules.to_document()) == rules


def test_a_rule_set_without_the_section_keeps_its_document_and_its_hashes() -> None:
    assert "attributes" not in SHIPPED.to_document()
    assert set(SHIPPED.section_hashes()) == {"match", "ownership", "survivorship", "quality", "approval"}
    with_empty = parse_rule_set(CUSTOMER_ATTRIBUTES, {**SHIPPED.to_document(), "attributes": {}})
    assert with_empty.section_hashes() == SHIPPED.section_hashes()


def test_a_declaration_has_a_hash_of_its_own() -> None:
    one, other = rules_with({"tier": TIER}), rules_with({"tier": {**TIER, "label": "Tier"}})

    differing = {name for name, each in one.section_hashes().items() if each != other.section_hashes()[name]}

    assert differing == {"attributes"}


def test_a_file_carries_what_is_declared() -> None:
    rules = rules_with({"tier": {**TIER, "personal": True, "required": True}})

    file = from_yaml(to_yaml(rules, entity_type="customer", version=4))

    assert parse_rule_set(CUSTOMER_ATTRIBUTES, file.document) == rules


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("segment", "is the name of a built-in attribute"),
        ("version", "has a meaning of its own"),
        ("pin_until", "has a meaning of its own"),
        ("Loyalty", "must begin with a small letter"),
        ("a+b", "must begin with a small letter"),
        ("a.b", "must begin with a small letter"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, message: str) -> None:
    assert mistakes_of({name: TIER})[f"attributes.{name}"].startswith(message)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"type": "address"}, "type"),
        ({"type": "numbr"}, "type"),
        ({"label": ""}, "label"),
        ({"group": "elsewhere"}, "group"),
        ({"choices": []}, "choices"),
        ({"choices": ["gold", "gold"]}, "choices[1]"),
        ({"choices": [1]}, "choices[0]"),
        ({"type": "text"}, "choices"),
        ({"type": "reference", "target": "planet"}, "target"),
        ({"target": "location"}, "target"),
        ({"personal": "yes"}, "personal"),
        ({"owner": "crm"}, "owner"),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_path(change: dict[str, Any], path: str) -> None:
    assert f"attributes.tier.{path}" in mistakes_of({"tier": {**TIER, **change}})


def test_a_declared_attribute_needs_an_owner_and_a_strategy_like_any_other() -> None:
    with pytest.raises(InvalidRuleSet) as refused:
        parse_rule_set(CUSTOMER_ATTRIBUTES, {**SHIPPED.to_document(), "attributes": {"tier": TIER}})

    assert {each.path for each in refused.value.mistakes} >= {"ownership.tier", "survivorship.attributes.tier"}


def test_forms_are_the_same_whatever_the_label_and_the_order_of_choices() -> None:
    [one] = rules_with({"tier": TIER}).declared
    [other] = rules_with({"tier": {**TIER, "label": "Tier", "choices": ["gold", "silver"]}}).declared
    [fewer] = rules_with({"tier": {**TIER, "choices": ["gold"]}}).declared

    assert same_form(one, other)
    assert not same_form(one, fewer)
