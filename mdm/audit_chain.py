"""The chain of audit seals as bytes: hashes, heads and their signatures. No database.

A seal lists the id and the digest of each of its entries. Its hash covers them and the hash of the seal before, so the
hash of the last seal, the head, stands for every entry there was. A head that is kept elsewhere proves later that the
chain still begins with all of them.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import pack

from mdm.entity_types import JsonValue
from mdm.errors import MdmError

GENESIS = bytes(32)  # stands for the seal before the first
FORM = "assay-audit-head-1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotAHead(MdmError):
    """What was given is not a head as `to_document` writes it."""

    code = "not_an_audit_head"


@dataclass(frozen=True, slots=True)
class Head:
    """How far the chain reached at a time: the last position, and the hash of the seal that ends there."""

    position: int
    hash: bytes
    sealed_at: datetime
    key_id: str
    signature: bytes

    def to_document(self) -> dict[str, JsonValue]:
        return {
            "form": FORM,
            "position": self.position,
            "hash": self.hash.hex(),
            "sealed_at": self.sealed_at.astimezone(UTC).isoformat(),
            "key_id": self.key_id,
            "signature": self.signature.hex(),
        }

    @classmethod
    def from_document(cls, document: JsonValue) -> "Head":
        """Raises NotAHead."""
        if not isinstance(document, dict) or document.get("form") != FORM:
            raise NotAHead(f"The file is not a head of an audit chain: its form is not {FORM!r}.")
        try:
            return cls(
                position=int(str(document["position"])),
                hash=bytes.fromhex(str(document["hash"])),
                sealed_at=_aware(str(document["sealed_at"])),
                key_id=str(document["key_id"]),
                signature=bytes.fromhex(str(document["signature"])),
            )
        except (KeyError, ValueError) as error:
            raise NotAHead("The head of the audit chain lacks a member or has one that cannot be read.") from error


class SealKey:
    """Signs heads. Derived from the hub's commitment key, apart from what else that keys."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"assay audit seal key 1", hashlib.sha256)
        self.id = hmac.digest(self._key, b"assay audit seal key id", hashlib.sha256)[:8].hex()

    def head(self, *, position: int, chain_hash: bytes, sealed_at: datetime) -> Head:
        return Head(position, chain_hash, sealed_at, self.id, self._signature(position, chain_hash, sealed_at))

    def signed(self, head: Head) -> bool:
        """Whether this key made the signature."""
        wanted = self._signature(head.position, head.hash, head.sealed_at)
        return head.key_id == self.id and hmac.compare_digest(head.signature, wanted)

    def _signature(self, position: int, chain_hash: bytes, sealed_at: datetime) -> bytes:
        told = b"assay audit head 1\n" + pack(">qq", position, _microseconds(sealed_at)) + chain_hash
        return hmac.digest(self._key, told, hashlib.sha256)


def chain_hash(
    *,
    previous: bytes,
    first_position: int,
    last_position: int,
    sealed_at: datetime,
    entry_ids: bytes,
    digests: bytes,
) -> bytes:
    """SHA-256 over what a seal says and the hash before it; every part has a fixed length."""
    numbers = pack(">qqq", first_position, last_position, _microseconds(sealed_at))
    parts = (hashlib.sha256(entry_ids).digest(), hashlib.sha256(digests).digest())
    return hashlib.sha256(b"assay audit seal 1\n" + previous + numbers + b"".join(parts)).digest()


def _microseconds(at: datetime) -> int:
    """Since 1970, exactly: a float of seconds would lose some."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at
