"""What survivorship chooses between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from mdm.canonical import value_hash
from mdm.entity_types.base import JsonValue
from mdm.rules.documents import QualityCheck
from mdm.rules.policies import Decay


@dataclass(frozen=True, slots=True)
class SourceValues:
    """The accepted values of one source record; references in them are already resolved where they can be."""

    source_record_id: int
    system: str
    key: str
    observed_at: datetime
    values: Mapping[str, JsonValue]
    named: Mapping[str, JsonValue] = field(init=False, repr=False, compare=False)
    """The record as lineage names it, many times over."""

    def __post_init__(self) -> None:
        named = {
            "source_record_id": self.source_record_id,
            "system": self.system,
            "key": self.key,
            "observed_at": self.observed_at.isoformat(),
        }
        object.__setattr__(self, "named", named)


class PinState(StrEnum):
    """Where a steward's pin stands. `ACTIVE` and `AWAITING_OWNER` ones are shown; the last four are over.

    One that has `MOVED` goes on as another pin, on a golden record that was divided from its own.
    """

    ACTIVE = "active"
    AWAITING_OWNER = "awaiting_owner"
    PROPOSED_TO_OWNER = "proposed_to_owner"
    DISSOLVED = "dissolved"
    RELEASED = "released"
    EXPIRED = "expired"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Pin:
    """A steward's word on one attribute, until `expires_at`; None for no end. The end is exclusive.

    `beneath_hash` is of the value that survived without it when it was set; `questioned` when a steward has been asked
    about it since.
    """

    attribute: str
    value: JsonValue
    actor: str
    reason: str
    expires_at: datetime | None
    state: PinState
    pin_id: int = 0
    beneath_hash: bytes = b""
    answer_due_at: datetime | None = None
    questioned: bool = False

    @property
    def waits(self) -> bool:
        """Whether an owner is asked to take the value over."""
        return self.state in (PinState.AWAITING_OWNER, PinState.PROPOSED_TO_OWNER)

    def is_contested(self, beneath: JsonValue) -> bool:
        """Whether the sources say something else by now than when the pin was set."""
        return bool(self.beneath_hash) and value_hash(beneath) != self.beneath_hash

    def holds(self, beneath: JsonValue, *, at: datetime) -> bool:
        """Whether the pin decides its attribute at that time. An owner that has answered otherwise is believed."""
        if self.expires_at is not None and at >= self.expires_at:
            return False
        if self.state is PinState.AWAITING_OWNER:
            return not self.is_contested(beneath)
        return self.state is PinState.ACTIVE


@dataclass(frozen=True, slots=True)
class Candidate:
    """One source record's value of one attribute, or one item of it.

    `rank` is 0 for the owner, then the place among the contributors. `trust` is 0 to 100 when observed and fades by
    `decay`; None never fades. `looked_at` is the time that the golden record is made for.
    """

    source: SourceValues
    value: JsonValue
    rank: int
    trust: int
    decay: Decay | None
    looked_at: datetime
    failed_checks: tuple[QualityCheck, ...]

    @property
    def tie_break(self) -> tuple[str, str, int]:
        return self.source.system, self.source.key, self.source.source_record_id


@dataclass(frozen=True, slots=True)
class Choice:
    """The surviving candidate and why. `until` is when time alone may change the choice; None when it cannot."""

    candidate: Candidate
    reason: str
    until: datetime | None = None


class Strategy(Protocol):
    """Chooses among candidates, one at least, none of them null, in any order."""

    def __call__(self, candidates: Sequence[Candidate]) -> Choice: ...


# Any: a rank is whatever tuple a strategy sorts by.
def best(candidates: Sequence[Candidate], *, key: Callable[[Candidate], Any]) -> Candidate:
    """The candidate with the highest key; of equal ones the first by (system, key), so that order never decides."""
    if len(candidates) == 1:  # most are alone
        return candidates[0]
    return max(sorted(candidates, key=lambda candidate: candidate.tie_break), key=key)
