"""What survivorship chooses between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

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


class PinState(StrEnum):
    """Where a steward's pin stands. `ACTIVE` and `AWAITING_OWNER` ones are shown."""

    ACTIVE = "active"
    AWAITING_OWNER = "awaiting_owner"
    DISSOLVED = "dissolved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Pin:
    """A steward's word on one attribute, until `expires_at`; None for no end. The end is exclusive."""

    attribute: str
    value: JsonValue
    actor: str
    reason: str
    expires_at: datetime | None
    state: PinState

    def holds(self, *, at: datetime) -> bool:
        """Whether the pin decides its attribute at that time."""
        shown = self.state in (PinState.ACTIVE, PinState.AWAITING_OWNER)
        return shown and (self.expires_at is None or at < self.expires_at)


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
    return max(sorted(candidates, key=lambda candidate: candidate.tie_break), key=key)
