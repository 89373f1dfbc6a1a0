"""The rule set that an entity type starts with: data in YAML beside this module, and the shipped match rules.

`match_vetoes` in the YAML are added to those that ship with the matching library: what a hub wants a steward to see
before it links, where a file being cleaned would rather have the link.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from matching.defaults import default_match_rules
from mdm.entity_types.base import JsonValue


@cache
def default_rules(entity_type: str) -> Mapping[str, JsonValue]:
    """The default rule set document of an entity type. Raises UnknownEntityType; treat the answer as read only."""
    match: dict[str, Any] = default_match_rules(entity_type).to_document()  # JSON as the parser takes it
    sections = yaml.safe_load(Path(__file__).with_name(f"{entity_type}.yaml").read_text(encoding="utf-8"))
    match["vetoes"] = [*match["vetoes"], *sections.pop("match_vetoes", [])]
    return {"match": match, **sections}


def completed(entity_type: str, document: Mapping[str, Any], coded: Iterable[str]) -> dict[str, Any]:
    """A stored rule set with the shipped policies of built-in attributes that came after it was written."""
    shipped = default_rules(entity_type)
    added = [name for name in coded if name not in document["ownership"]]
    if not added:
        return dict(document)
    survivorship = document["survivorship"]
    policies = survivorship["attributes"] | {name: shipped["survivorship"]["attributes"][name] for name in added}
    return {
        **document,
        "ownership": document["ownership"] | {name: shipped["ownership"][name] for name in added},
        "survivorship": {**survivorship, "attributes": policies},
        "approval": {n: rule for n, rule in shipped["approval"].items() if n in added} | document["approval"],
    }
