"""The one byte form of a canonical value, and its hash."""

import hashlib

import orjson
import rfc8785

from mdm.entity_types.base import JsonValue
from mdm.rules.errors import NotCanonical

_MOST_EXACT = 2**53 - 1


def canonical_bytes(value: JsonValue) -> bytes:
    """RFC 8785 (JCS) bytes of a JSON value. Raises NotCanonical.

    Floats are refused, whole ones too: money, prices and quantities are strings, so that no reader's rounding can
    change what was approved. So are integers beyond 2**53, which other readers would round.
    """
    try:
        if _is_plain(value):
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)  # several times faster
        _refuse_inexact(value, "")
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, TypeError) as error:
        raise NotCanonical("", type(error).__name__) from error


def value_hash(value: JsonValue) -> bytes:
    """SHA-256 of the canonical bytes, 32 bytes. Raises NotCanonical."""
    return hashlib.sha256(canonical_bytes(value)).digest()


def _is_plain(value: JsonValue) -> bool:
    """Whether orjson writes it as RFC 8785 asks: names of ASCII, which any order sorts alike, and exact numbers."""
    if value is None or isinstance(value, str | bool):
        return True
    if isinstance(value, dict):
        return all(map(str.isascii, value)) and all(map(_is_plain, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return isinstance(value, int) and -_MOST_EXACT <= value <= _MOST_EXACT


def _refuse_inexact(value: JsonValue, pointer: str) -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, dict):
        for name, component in value.items():
            _refuse_inexact(component, f"{pointer}/{name}")
    elif isinstance(value, list | tuple):
        for position, component in enumerate(value):
            _refuse_inexact(component, f"{pointer}/{position}")
    else:
        raise NotCanonical(pointer, f"{type(value).__name__} is not exact JSON; write it as a string")
