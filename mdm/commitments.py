"""What stands in an audit entry for the values of its detail, before and after these are erased."""

import hashlib
import hmac

from mdm.canonical import canonical_bytes
from mdm.entity_types.base import JsonValue


def commitment(values: JsonValue, *, key: bytes) -> bytes:
    """HMAC-SHA256 over the canonical bytes. Raises NotCanonical.

    Keyed, so that a short value cannot be guessed from its commitment once the detail is erased.
    """
    return hmac.digest(key, canonical_bytes(values), hashlib.sha256)
