"""Tests on a payload: which records a mapping takes, and which of them are deleted."""

from dataclasses import dataclass

from mdm.entity_types.base import JsonValue
from mdm.mapping.paths import MISSING, Path

_EMPTY = (MISSING, None, "")


@dataclass(frozen=True, slots=True)
class Condition:
    """What stands at a path must be `one_of`, must be none of `none_of`, and `filled` says whether anything must."""

    path: Path
    one_of: tuple[JsonValue, ...] = ()
    none_of: tuple[JsonValue, ...] = ()
    filled: bool | None = None

    def holds(self, payload: JsonValue) -> bool:
        """Whether the payload meets the condition; a missing place counts as an empty text."""
        found = self.path.read(payload)
        if self.filled is not None and (found not in _EMPTY) is not self.filled:
            return False
        told = "" if found in _EMPTY else found
        return (not self.one_of or _among(told, self.one_of)) and not _among(told, self.none_of)


def all_hold(conditions: tuple[Condition, ...], payload: JsonValue) -> bool:
    """Whether a payload meets every condition; none at all are met."""
    return all(condition.holds(payload) for condition in conditions)


def _among(value: JsonValue, words: tuple[JsonValue, ...]) -> bool:
    return any(type(word) is type(value) and word == value for word in words)
