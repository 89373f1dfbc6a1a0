"""The rule set that an entity type starts with: data in YAML beside this module, and the shipped match rules."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from matching.defaults import default_match_rules
from mdm.entity_types.base import JsonValue


@cache
def default_rules(entity_type: str) -> Mapping[str, JsonValue]:
    """The default rule set document of an entity type. Raises UnknownEntityType; treat the answer as read only."""
    match = default_match_rules(entity_type).to_document()
    file = Path(__file__).with_name(f"{entity_type}.yaml")
    return {"match": match, **yaml.safe_load(file.read_text(encoding="utf-8"))}
