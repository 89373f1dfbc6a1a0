"""Rules are refused with every mistake and its path, and equal documents have equal hashes."""

import copy
from typing import Any

import pytest

from matching.comparators import comparators
from matching.defaults import ENTITY_TYPES, default_match_rules
from matching.errors import DuplicateName, HubError, InvalidMatchRules, RegistrySealed, UnknownEntityType, UnknownName
from matching.registry import Registry
from matching.rules import parse_match_rules


@pytest.mark.parametrize("entity_type", ENTITY_TYPES)
def test_shipped_rules_survive_their_document(entity_type: str) -> None:
    rules = default_match_rules(entity_type)
    again = parse_match_rules(rules.to_document())
    assert again == rules
    assert again.section_hash == rules.section_hash


def mistaken_document() -> dict[str, Any]:
    document = copy.deepcopy(default_match_rules("customer").to_document())
    changed: Any = document
    changed["rules"][2]["comparator"] = "guess"
    changed["rules"][0]["levels"][1]["m"] = 1.5
    changed["vetoes"][0]["when"] = {"shoe_size": ["large"]}
    changed["blocking"]["cap"] = 0
    changed["blocking"]["keys"][1]["parts"] = ["horoscope"]
    changed["profiles"]["balanced"]["link_probability"] = "often"
    changed["color"] = "blue"
    changed["unique_sources"] = ["crm", "crm"]
    changed["repeating_sources"] = ["erp", "crm", 7]
    return document


def test_all_mistakes_are_told_with_their_paths() -> None:
    with pytest.raises(InvalidMatchRules) as refused:
        parse_match_rules(mistaken_document())
    assert {mistake.path for mistake in refused.value.mistakes} == {
        "rules[2].comparator",
        "rules[0].levels[1].m",
        "vetoes[0].when.shoe_size",
        "blocking.cap",
        "blocking.keys[1].parts[0]",
        "profiles.balanced.link_probability",
        "color",
        "unique_sources[1]",
        "repeating_sources[1]",
        "repeating_sources[2]",
    }


def test_rules_without_repeating_sources_keep_their_hash() -> None:
    document = default_match_rules("customer").to_document()
    assert "repeating_sources" not in document
    said = parse_match_rules({**document, "repeating_sources": ["crm"]})
    assert parse_match_rules(said.to_document()) == said
    assert said.section_hash != default_match_rules("customer").section_hash


@pytest.mark.parametrize(
    "nonsense", [{}, {"rules": 3}, {"rules": [1], "features": "x", "blocking": [], "profiles": {}}]
)
def test_a_document_of_the_wrong_shape_is_refused_whole(nonsense: dict[str, object]) -> None:
    with pytest.raises(InvalidMatchRules):
        parse_match_rules(nonsense)


def test_a_changed_threshold_changes_the_hash() -> None:
    document: Any = copy.deepcopy(default_match_rules("product").to_document())
    document["review_probability"] = 0.07
    assert parse_match_rules(document).section_hash != default_match_rules("product").section_hash


def test_an_unknown_entity_type_is_refused() -> None:
    with pytest.raises(UnknownEntityType):
        default_match_rules("spaceship")


def test_a_registry_refuses_duplicates_unknown_names_and_late_entries() -> None:
    registry: Registry[int] = Registry("numbers")
    registry.register("one")(1)
    with pytest.raises(DuplicateName):
        registry.register("one")(1)
    with pytest.raises(UnknownName):
        registry.get("two")
    registry.seal()
    with pytest.raises(RegistrySealed) as refused:
        registry.register("two")(2)
    assert isinstance(refused.value, HubError)
    assert refused.value.code == "registry_sealed"
    assert "address" in comparators
