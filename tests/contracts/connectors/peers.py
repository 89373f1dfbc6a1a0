"""What the contract asks of a system behind a connector, so that each one can be run through it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Protocol
from uuid import uuid4

from mdm.models import SourceSystem
from sync.connectors import Connector, DeliveryError, Outgoing, Receipt
from sync.connectors.base import Record
from sync.outbound.rendering import wire_hash
from sync.outcomes import Outcome
from tests.contracts.connectors.faults import Call


class Peer(Protocol):
    """One entity type of a running system, with the doors that a test needs beside its API.

    Everything but `system` speaks of the system itself and never goes through the connector under test.
    """

    connector: str  # its registered name
    entity_type: str
    url: str
    secret: str  # whatever must not be told
    guards_edits: bool  # a write that met somebody's newer edit is refused
    guards_versions: bool  # an older version of ours that comes late is refused
    keeps_deleted: bool  # a deleted record can still be read, marked as such
    describes: Collection[str]  # attributes that `describe` must tell of; empty where the system cannot tell
    batch: int  # records of the batch; 1,000 unless the system is too slow for it

    def system(self, url: str, **settings: Any) -> SourceSystem:
        """The system as it is configured, at that address: a faulty proxy may stand in front of it."""

    def body(self, number: int) -> Record:
        """A wire body that the system takes; no two numbers share an attribute that must be unique."""

    def changed(self, number: int) -> Record:
        """The wire body of the same record after a change."""

    def refused(self) -> Record:
        """A wire body that the system's own validation refuses."""

    def unknown(self) -> Record:
        """A wire body with an attribute that the system does not have."""

    def shows(self, record: Record, body: Record) -> bool:
        """Whether a record as it was read says what the body said."""

    def is_write(self, call: Call) -> bool:
        """Whether a call on the wire writes a record."""

    def edit(self, key: str) -> None:
        """Somebody there changes the record."""

    def delete(self, key: str) -> None:
        """Somebody there deletes the record."""

    def count(self) -> int:
        """How many records it holds that are not deleted."""

    def end_sessions(self) -> bool:
        """Let every session run out; False where the system knows no sessions."""


def outgoing(
    peer: Peer, hub_key: str, body: Mapping[str, Any], *, version: int = 1, key: str | None = None, again: bool = False
) -> Outgoing:
    """A message as the relay would send it: one idempotency key for each version of a record and each sending anew."""
    again_mark = ":r1" if again else ""
    return Outgoing(
        entity_type=peer.entity_type,
        hub_key=hub_key,
        remote_key=key,
        body=body,
        version=version,
        idempotency_key=f"epoch1:{peer.connector}:{hub_key}:{version}:{wire_hash(body).hex()[:12]}{again_mark}",
        correlation_id=uuid4(),
        again=again,
    )


def deliver(connector: Connector, message: Outgoing) -> Receipt:
    """Send until it is confirmed, as the relay does: a record found under our key is updated, not made again."""
    for _ in range(5):
        try:
            return connector.push(message)
        except DeliveryError as error:
            if error.outcome not in {Outcome.UNKNOWN, Outcome.CONFLICT, Outcome.TRANSIENT}:
                raise
            if message.remote_key is None and (
                found := connector.find_by_hub_key(message.entity_type, message.hub_key)
            ):
                again = f"{message.idempotency_key}:r1"
                message = replace(message, remote_key=found.key, idempotency_key=again, again=True)
    raise AssertionError("it was never confirmed")
