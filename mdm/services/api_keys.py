"""Keys of API clients: made, shown once, recognized, revoked."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from mdm.actors import Actor
from mdm.entity_types import entity_types
from mdm.errors import MdmError, NotFound
from mdm.models import ApiKey, SourceSystem
from mdm.services.audit import Act, record_audit_entries

OTHER_SCOPES = (
    "price:read",
    "source_record:read",
    "source_record:write",
    "change_request:read",
    "change_request:write",
    "change_request:approve",
    "match_decision:write",
)
_PREFIX_BYTES = 6
_NOBODY = bytes(32)


class UnknownScope(MdmError):
    code = "unknown_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"There is no scope {scope!r}; there are {', '.join(known_scopes())}.")


def known_scopes() -> tuple[str, ...]:
    """Every scope a key may have: reading each entity type, and the verbs on what clients send."""
    return (*(f"{name}:read" for name in entity_types), *OTHER_SCOPES)


@transaction.atomic
def create_api_key(
    name: str,
    *,
    scopes: Sequence[str],
    source_system: SourceSystem | None,
    expires_at: datetime,
    actor: Actor,
    at: datetime,
) -> tuple[ApiKey, str]:
    """A new key and its text, which is told here and never again. `source_system` None may send for any system."""
    for scope in scopes:
        if scope not in known_scopes():
            raise UnknownScope(scope)
    prefix = secrets.token_hex(_PREFIX_BYTES)
    secret = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        name=name,
        prefix=prefix,
        key_hash=_hash(secret),
        scopes=sorted(set(scopes)),
        source_system=source_system,
        created_at=at,
        expires_at=expires_at,
    )
    record_audit_entries([Act("api_key.created", "api_key", key.pk)], actor=actor, at=at)
    return key, f"{prefix}.{secret}"


def recognize_api_key(text: str, *, at: datetime) -> ApiKey | None:
    """The key with that text, neither expired nor revoked; None for every other text, told in equal time."""
    prefix, _, secret = text.partition(".")
    key = ApiKey.objects.select_related("source_system").filter(prefix=prefix).first()
    same = hmac.compare_digest(_hash(secret), bytes(key.key_hash) if key else _NOBODY)
    if key is None or not same or key.revoked_at is not None or key.expires_at <= at:
        return None
    return key


@transaction.atomic
def revoke_api_key(prefix: str, *, actor: Actor, at: datetime) -> ApiKey:
    """The key is refused from now on. Repeating it changes nothing. Raises NotFound."""
    key = ApiKey.objects.select_for_update().filter(prefix=prefix).first()
    if key is None:
        raise NotFound("There is no API key with this prefix.")
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        record_audit_entries([Act("api_key.revoked", "api_key", key.pk)], actor=actor, at=at)
    return key


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
