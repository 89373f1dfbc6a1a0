"""What every connector does, and the registry by which a system names its own."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from matching.registry import Registry
from mdm.entity_types import JsonValue
from mdm.errors import HubError
from mdm.models import SourceSystem
from sync.outcomes import Outcome

Record = Mapping[str, JsonValue]  # one record in the system's own shape
Token = Mapping[str, JsonValue]  # how far a reading got; only its connector knows the form


class Tier(StrEnum):
    """What a repeated or late write does. A: nothing, by our key or version guard. B: converges. C: may do it twice."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True, slots=True)
class Page:
    """Records in order of (time changed, key). `next_token` goes on behind the last; None when there was no record."""

    records: Sequence[Record]
    next_token: Token | None
    more: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One write. `remote_key` None asks for a new record, which keeps `hub_key` as our own key of it.

    `again` says that this version went out before and must now replace what came between, so a guard against versions
    already applied does not count.
    """

    entity_type: str
    hub_key: str
    remote_key: str | None
    body: Record
    version: int
    idempotency_key: str
    correlation_id: UUID
    again: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The target confirmed a write. `remote_version` is its version token, empty when it has none."""

    outcome: Outcome
    remote_key: str
    remote_version: str = ""
    status_code: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A record as the system holds it now."""

    key: str
    record: Record
    remote_version: str = ""


@dataclass(frozen=True, slots=True)
class RemoteAttribute:
    """One attribute as the system tells of it; None where it tells nothing. `length` is in characters.

    `type` is `text`, `number`, `boolean`, `date`, `time`, `object`, `list`, or the system's own word for another one.
    """

    name: str
    type: str | None = None
    length: int | None = None
    required: bool | None = None
    writable: bool | None = None


@dataclass(frozen=True, slots=True)
class RemoteEntity:
    """What the system has for one entity type: its own name of it, and the attributes of a record, by name."""

    entity_type: str
    name: str
    attributes: Sequence[RemoteAttribute]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the system bears. None: no limit is known.

    `page_size` is the most records of a page, `per_second` the most calls of one process, `batch_size` the most
    records that one call may write.
    """

    page_size: int | None = None
    per_second: float | None = None
    batch_size: int = 1


class DeliveryError(HubError):
    """A call did not do what was asked. `message` is the remote's, in its words, without our values.

    `retry_after` is what the remote asked for; None when it said nothing.
    """

    code = "delivery_error"

    def __init__(
        self,
        outcome: Outcome,
        message: str,
        *,
        retry_after: timedelta | None = None,
        status_code: int | None = None,
    ) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome
        self.message = message[:500]
        self.retry_after = retry_after
        self.status_code = status_code

    def __str__(self) -> str:
        return self.message


class Connector(Protocol):
    """One system's wire format, limits and idempotency. Used by several threads at once."""

    tier: Tier
    limits: Limits
    entity_types: Collection[str]  # what it reads and writes

    def describe(self, entity_type: str) -> RemoteEntity | None:
        """What the system has for that entity type now; None when it cannot tell. Raises DeliveryError."""

    def pull(self, entity_type: str, token: Token | None, limit: int) -> Page:
        """Records changed since the token, all of them for None. Raises DeliveryError."""

    def rewind(self, token: Token, overlap: timedelta) -> Token:
        """The token that much earlier by the remote's clock, for changes that became visible late."""

    def push(self, message: Outgoing) -> Receipt:
        """Write one record. Raises DeliveryError."""

    def erase(self, message: Outgoing) -> Receipt:
        """Delete the record for good, as its golden record was erased; one that is gone is. Raises DeliveryError."""

    def read_back(self, entity_type: str, key: str) -> Held | None:
        """The record of that key; None when there is none. Raises DeliveryError."""

    def find_by_hub_key(self, entity_type: str, hub_key: str) -> Held | None:
        """The record that keeps our key; None when there is none. Raises DeliveryError."""

    def hub_key_of(self, record: Record) -> str | None:
        """Our own key that the record keeps; None when it keeps none."""

    def close(self) -> None:
        """Give up connections."""


connectors: Registry[Callable[[SourceSystem], Connector]] = Registry("connector")


def connector_for(system: SourceSystem) -> Connector:
    """A connector to that system, as it is configured now. The caller closes it. Raises UnknownName."""
    return connectors.get(system.connector)(system)
