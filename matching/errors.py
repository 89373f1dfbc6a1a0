"""The one error tree of the hub. Errors carry a stable code and ids, never attribute values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class HubError(Exception):
    """Base of every error the hub raises on purpose. `code` is stable; `ids` name what it is about."""

    code: ClassVar[str] = "hub_error"

    def __init__(self, *ids: object) -> None:
        super().__init__(*ids)
        self.ids: tuple[str, ...] = tuple(str(each) for each in ids)

    def __str__(self) -> str:
        return f"{self.code}: {', '.join(self.ids)}" if self.ids else self.code


class MatchingError(HubError):
    """Something in the matching library was used in a way it refuses."""

    code = "matching_error"


class DuplicateName(MatchingError):
    """A registry already holds something under this name."""

    code = "duplicate_name"


class UnknownName(MatchingError):
    """A registry holds nothing under this name."""

    code = "unknown_name"


class RegistrySealed(MatchingError):
    """A registry took its last entry when the applications became ready."""

    code = "registry_sealed"


class UnknownEntityType(MatchingError):
    """No match rules ship for this entity type."""

    code = "unknown_entity_type"


class DuplicateRecordId(MatchingError):
    """Two records of one batch have the same id."""

    code = "duplicate_record_id"


class UnknownRecord(MatchingError):
    """A pair names a record that is not there."""

    code = "unknown_record"


class ConflictingConstraints(MatchingError):
    """Must-links join two nodes that a cannot-link keeps apart."""

    code = "conflicting_constraints"


class ModelDoesNotFit(MatchingError):
    """A match model lacks a comparator, or a level, that the match rules name."""

    code = "model_does_not_fit"


@dataclass(frozen=True, slots=True)
class RuleMistake:
    """One mistake in a match rules document, with the path to it."""

    path: str
    message: str


class InvalidMatchRules(MatchingError):
    """A match rules document was refused. `mistakes` holds every mistake, each with its path."""

    code = "invalid_match_rules"

    def __init__(self, mistakes: Sequence[RuleMistake]) -> None:
        super().__init__(*(f"{each.path}: {each.message}" for each in mistakes))
        self.mistakes: tuple[RuleMistake, ...] = tuple(mistakes)


class UnreadableInput(MatchingError):
    """A file given to the command line can't be read as records; the message says why."""

    code = "unreadable_input"
