"""What stands in an audit entry for the values of its detail, before and after these are erased."""

import hashlib
import hmac

from mdm.canonical import canonical_bytes
from mdm.entity_types.base import JsonValue


def commitment(values: JsonValue, *, reason: str = "", key: bytes) -> bytes:
    """HMAC-SHA256 over the canonical bytes of the values, and of the reason where there is one. Raises NotCanonical.

    Keyed, so that a short value cannot be guessed from its commitment once the detail is erased.
    """
    told = canonical_bytes(values)
    if reason:
        # No JSON text begins so: a reason is never taken for a part of the values, nor the other way round.
        told = b"\0" + hashlib.sha256(reason.encode()).digest() + told
    return hmac.digest(key, told, hashlib.sha256)
