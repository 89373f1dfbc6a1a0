import pytest

from mdm.entity_types import coded_attributes, entity_types
from mdm.rules.differences import ABSENT, Difference, differences
from mdm.rules.errors import InvalidRuleSet
from mdm.rules.files import from_yaml, to_yaml
from mdm.rules.parsing import parse_rule_set


@pytest.mark.parametrize("entity_type", list(entity_types))
def test_a_rule_set_comes_back_from_its_file_as_it_was(entity_type: str) -> None:
    shipped = parse_rule_set(coded_attributes(entity_type), entity_types.get(entity_type).default_rules())

    file = from_yaml(to_yaml(shipped, entity_type=entity_type, version=3))

    assert (file.entity_type, file.version) == (entity_type, 3)
    assert parse_rule_set(coded_attributes(entity_type), file.document) == shipped


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ownership: {", "line 1"),
        ("- customer", "must be an object"),
        ("entity_type: customer\nownerships: {}", "ownerships"),
        ("ownership: {}", "entity_type"),
        ("entity_type: customer\nversion: third", "version"),
    ],
)
def test_what_is_no_rule_set_file_is_refused_with_the_place(text: str, told: str) -> None:
    with pytest.raises(InvalidRuleSet, match=told):
        from_yaml(text)


def test_differences_name_the_smallest_part_and_items_by_their_name() -> None:
    old = {"trust": {"crm": 70}, "rules": [{"attribute": "name", "m": 0.9}, {"attribute": "phone", "m": 0.8}]}
    new = {"trust": {"crm": 80, "erp": 60}, "rules": [{"attribute": "phone", "m": 0.8}, {"attribute": "name", "m": 1}]}

    assert differences(old, new) == [
        Difference("trust.crm", 70, 80),
        Difference("trust.erp", ABSENT, 60),
        Difference("rules[name].m", 0.9, 1),
    ]
    assert differences(old, old) == []


def test_a_list_of_plain_values_differs_as_a_whole() -> None:
    assert differences({"receivers": ["crm", "erp"]}, {"receivers": ["erp", "crm"]}) == [
        Difference("receivers", ["crm", "erp"], ["erp", "crm"])
    ]
