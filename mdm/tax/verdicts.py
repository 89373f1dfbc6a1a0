"""What the hub's own verifications make of a registration's status. A source's claim of one is no evidence. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mdm.entity_types.base import JsonValue
from mdm.tax.registrations import registration_of

REGISTRATIONS = "tax_registrations"


class Outcome(StrEnum):
    """What a verifier said about a number. That it could not tell is never held for a no."""

    VALID = "valid"
    INVALID = "invalid"
    COULD_NOT_TELL = "could_not_tell"


class Status(StrEnum):
    """The status in the golden document, where the number was ever verified."""

    VERIFIED = "verified"
    INVALID = "invalid"
    COULD_NOT_VERIFY = "could_not_verify"


_STATUS = {Outcome.VALID: Status.VERIFIED, Outcome.INVALID: Status.INVALID}


def standing(outcomes: Iterable[tuple[datetime, int, Outcome]]) -> Status | None:
    """The status that verifications at these times come to; equal times are ordered by the number beside them.

    The last that could tell holds, however many could not since. None where there was no verification.
    """
    last: Outcome | None = None
    for _, _, outcome in sorted(outcomes):
        if outcome in _STATUS or last is None:
            last = outcome
    return None if last is None else _STATUS.get(last, Status.COULD_NOT_VERIFY)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The status of registrations by their key under `secret`; numbers that were never verified are missing."""

    secret: bytes = b""
    by_key: Mapping[bytes, Status] = field(default_factory=dict)

    def status_of(self, item: Mapping[str, JsonValue]) -> Status | None:
        """The hub's status of an item of `tax_registrations`."""
        return self.by_key.get(registration_of(item).key(self.secret)) if self.by_key else None

    def complete(self, name: str, value: JsonValue) -> JsonValue:
        """A golden value without claims, with what the hub itself says: a status for what it asked about."""
        if name != REGISTRATIONS or not self.by_key or not isinstance(value, list | tuple):
            return value
        return [_with_status(item, self.status_of(item)) if _is_registration(item) else item for item in value]


def without_claims(name: str, value: JsonValue) -> JsonValue:
    """A told value without statuses: who tells a registration does not tell whether the hub verified it."""
    if name != REGISTRATIONS or not isinstance(value, list | tuple):
        return value
    return [_with_status(item, None) if isinstance(item, Mapping) and "status" in item else item for item in value]


def _with_status(item: Mapping[str, JsonValue], status: Status | None) -> dict[str, JsonValue]:
    bare = {name: value for name, value in item.items() if name != "status"}
    return bare if status is None else {**bare, "status": status.value}


def _is_registration(item: JsonValue) -> bool:
    return isinstance(item, Mapping) and all(item.get(part) for part in ("kind", "jurisdiction", "number"))
