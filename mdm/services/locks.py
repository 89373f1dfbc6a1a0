"""Locks that make concurrent arrivals of one thing wait for each other. Held until the transaction ends."""

from collections import defaultdict
from collections.abc import Iterable, Set
from zlib import crc32

from django.db import connection

from mdm.references import Target

STRIPES = 4096
_WHOLE = -1
_MANY = 256  # beyond this, one lock over everything costs less than the stripes, and keeps within the lock table


def lock_blocking_keys(entity_type: str, key_hashes: Iterable[int]) -> None:
    """Lock the stripes of these keys, in order. Records that could match share a key, hence a stripe."""
    _lock_stripes(entity_type, {key % STRIPES for key in key_hashes})


def lock_all_blocking_keys(entity_type: str) -> None:
    """Lock every key of the entity type."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_family(entity_type), _WHOLE])


def lock_identities(identities: Iterable[Target]) -> None:
    """Lock (system, entity type, key): whoever speaks of a source record waits for whoever moves it, and the other way.

    Neither would see what the other is about to commit, and the reference would stay as it was.
    """
    stripes: dict[str, set[int]] = defaultdict(set)
    for system, entity_type, key in identities:
        stripes[f"references to {entity_type}"].add(crc32(f"{system}:{key}".encode()) % STRIPES)
    for family, chosen in sorted(stripes.items()):
        _lock_stripes(family, chosen)


def lock_rule_versions(entity_type: str) -> None:
    """Whoever drafts or publishes rules waits for whoever does: rows alone would not show what the other has added."""
    _lock_rules("pg_advisory_xact_lock", f"rule versions of {entity_type}")


def hold_rules(entity_type: str) -> None:
    """Keep the rules in force as they are until the transaction ends: whoever changes them waits for it."""
    _lock_rules("pg_advisory_xact_lock_shared", f"rules of {entity_type}")


def await_rule_users(entity_type: str) -> None:
    """Wait for all that work by the rules in force, and keep others from beginning: they change in this transaction.

    Else what arrives meanwhile would be placed under the former rules and never looked at again.
    """
    _lock_rules("pg_advisory_xact_lock", f"rules of {entity_type}")


def _lock_rules(function: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_family(name), _WHOLE])


def _family(name: str) -> int:
    return crc32(name.encode()) - 2**31


def lock_price_scopes(scopes: Iterable[str]) -> None:
    """Lock whom agreements are made for: agreements of one scope are written one after another."""
    _lock_stripes("prices", {crc32(scope.encode()) % STRIPES for scope in scopes})


def lock_price_radar() -> None:
    """One look at all prices at a time: two would open the same findings."""
    _lock_stripes("price radar", {0})


def _lock_stripes(name: str, chosen: Set[int]) -> None:
    family = _family(name)
    stripes = sorted(chosen)
    with connection.cursor() as cursor:
        if len(stripes) > _MANY:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [family, _WHOLE])
            return
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [family, _WHOLE])
        cursor.execute("SELECT pg_advisory_xact_lock(%s, stripe) FROM unnest(%s::int[]) AS stripe", [family, stripes])
