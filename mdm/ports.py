"""What pages want from the apps above `mdm`: protocols that those apps implement and register when ready."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from mdm.actors import Actor
from mdm.entity_types import Attribute
from mdm.errors import MdmError
from mdm.models import GoldenRecord, RemoteRecord
from mdm.rules.ownership import OwnershipRules


class PortMissing(MdmError):
    """No app implements this; the installation is incomplete."""

    code = "port_missing"


@dataclass(frozen=True, slots=True)
class TargetDelivery:
    """How one target record of a golden record stands. `remote_key` None: the target has yet to create it.

    `state` is `up_to_date`, `waiting`, `sending`, `retrying`, `parked` or `shadow`; `last_error` is the remote's words.
    `attributes` are the names of what the newest delivery told otherwise than the target held.
    """

    stream_id: int
    target: str
    target_label: str
    remote_key: str | None
    wanted_version: int
    acknowledged_version: int
    acknowledged_at: datetime | None
    state: str
    attempts: int
    last_attempt_at: datetime | None
    due_at: datetime | None
    last_error: str
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What one target record would be told: attribute names with what it is known to hold and what would be sent.

    Any: canonical JSON values; personal data.
    """

    target: str
    target_label: str
    remote_key: str | None
    changes: Mapping[str, tuple[Any, Any]]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prospective:
    """A golden record as it would be, with the target records that would then be its own, gone ones included.

    One that has yet to get its row in the hub has a negative primary key. Any: canonical JSON values; personal data.
    """

    public_id: str
    attributes: Mapping[str, Any]
    remotes: tuple[RemoteRecord, ...]


@dataclass(frozen=True, slots=True)
class MovedKeys:
    """What targets would call the golden records whose source records move: target id → public id → key.

    Of the `concerned` public ids one that a target has no key for would be unknown there.
    """

    concerned: Set[str]
    by_target: Mapping[int, Mapping[str, str]]


class DeliveryActions(Protocol):
    """Where deliveries stand, and what a person may do about them."""

    def of(self, golden_record: GoldenRecord) -> list[TargetDelivery]:
        """Every target record of the golden record, by target and key."""

    def retry(self, stream_id: int, *, actor: Actor, at: datetime) -> None:
        """Send again now. Raises NotFound, or StateConflict when there is nothing to send again."""

    def skip(self, stream_id: int, *, reason: str, actor: Actor, at: datetime) -> None:
        """Give up the wanted version of a parked stream; the next one is sent again. Raises NotFound, StateConflict."""


class ImpactProvider(Protocol):
    """What would be sent if a golden record had other values, computed by the code that will send."""

    def impact_of(self, golden_record: GoldenRecord, values: Mapping[str, Any]) -> Sequence[Impact]:
        """Every target record whose content would change. Any: canonical JSON values."""

    def messages_of(
        self,
        records: Sequence[Prospective],
        *,
        entity_type: str,
        attributes: Sequence[Attribute],
        ownership: OwnershipRules,
        moved: MovedKeys,
    ) -> Sequence[tuple[str, Impact]]:
        """What publishing these would send, by public id, in their order: each target record that would be told."""


_deliveries: list[DeliveryActions] = []
_impact: list[ImpactProvider] = []


def provide_deliveries(implementation: DeliveryActions) -> None:
    """Called once by the app that delivers."""
    _deliveries[:] = [implementation]


def provide_impact(implementation: ImpactProvider) -> None:
    """Called once by the app that delivers."""
    _impact[:] = [implementation]


def deliveries() -> DeliveryActions:
    """The registered implementation. Raises PortMissing."""
    if not _deliveries:
        raise PortMissing("No app delivers golden versions; install `sync`.")
    return _deliveries[0]


def impact() -> ImpactProvider:
    """The registered implementation. Raises PortMissing."""
    if not _impact:
        raise PortMissing("No app delivers golden versions; install `sync`.")
    return _impact[0]
