"""Rule sets as YAML files: what a person exports, edits, and brings back."""

from dataclasses import dataclass
from typing import Any

import yaml

from matching.errors import RuleMistake
from mdm.rules.documents import DECLARED, SECTIONS, RuleSetDocument
from mdm.rules.errors import InvalidRuleSet

_HEAD = ("entity_type", "version")
_SECTIONS = (DECLARED, *SECTIONS)


@dataclass(frozen=True, slots=True)
class RuleSetFile:
    """`version` is the one the file was exported from, None where a person wrote it anew. `document` is not parsed."""

    entity_type: str
    version: int | None
    document: dict[str, Any]


def to_yaml(document: RuleSetDocument, *, entity_type: str, version: int) -> str:
    """The file's text. Read again, it gives an equal rule set."""
    whole = {"entity_type": entity_type, "version": version, **document.to_document()}
    return yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=120)


def from_yaml(text: str) -> RuleSetFile:
    """Raises InvalidRuleSet for what is no rule set file; the sections themselves are checked when it is drafted."""
    try:
        whole = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the file"
        raise InvalidRuleSet([RuleMistake("", f"is not YAML: {place}")]) from error
    if not isinstance(whole, dict):
        raise InvalidRuleSet([RuleMistake("", "must be an object with entity_type and the sections")])
    mistakes = [
        RuleMistake(str(name), "is not known; known are " + ", ".join((*_HEAD, *_SECTIONS)))
        for name in whole
        if name not in (*_HEAD, *_SECTIONS)
    ]
    entity_type, version = whole.get("entity_type"), whole.get("version")
    if not isinstance(entity_type, str):
        mistakes.append(RuleMistake("entity_type", "must name the entity type"))
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        mistakes.append(RuleMistake("version", "must be the number of the version it was exported from, or left out"))
    if mistakes:
        raise InvalidRuleSet(mistakes)
    return RuleSetFile(str(entity_type), version, {name: whole[name] for name in _SECTIONS if name in whole})
