"""Match rules that ship with the library, one YAML document an entity type."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import yaml

from matching.errors import UnknownEntityType
from matching.rules import MatchRules, parse_match_rules

ENTITY_TYPES = ("customer", "location", "pricing_agreement", "product")


@lru_cache(maxsize=len(ENTITY_TYPES))
def default_match_rules(entity_type: str) -> MatchRules:
    """The shipped rules of an entity type. Raises UnknownEntityType."""
    return parse_match_rules(_document(entity_type))


def match_rules_with(entity_type: str, blocking: object) -> MatchRules:
    """The shipped rules with another section `blocking`. Raises UnknownEntityType and InvalidMatchRules."""
    return parse_match_rules({**_document(entity_type), "blocking": blocking})


def _document(entity_type: str) -> dict[str, object]:
    if entity_type not in ENTITY_TYPES:
        raise UnknownEntityType(entity_type)
    text = files(__name__).joinpath(f"{entity_type}.yaml").read_text(encoding="utf-8")
    document: dict[str, object] = yaml.safe_load(text)
    return document
