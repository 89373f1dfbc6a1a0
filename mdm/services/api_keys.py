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

PROPOSING = "change_request:write"
NATIONAL_IDS = "national_id:read"
# Nothing here lets a key consent: that is for people who sign in.
OTHER_SCOPES = (
    "price:read",
    "source_record:read",
    "source_record:write",
    "change_request:read",
    PROPOSING,
    "match_decision:write",
    NATIONAL_IDS,
)
_ACTOR = "api:"
_PREFIX_BYTES = 6
_NOBODY = bytes(32)


class UnknownScope(MdmError):
    code = "unknown_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"There is no scope {scope!r}; there are {', '.join(known_scopes())}.")


def known_scopes() -> tuple[str, ...]:
    """Every scope a key may have: reading each entity type, and the verbs on what clients send."""
    return (*(f"{name}:read" for name in entity_types), *OTHER_SCOPES)


class OwnerMissing(MdmError):
    """A key that proposes changes needs a person who answers for it."""

    code = "owner_missing"

    def __init__(self) -> None:
        super().__init__(f"A key with {PROPOSING} needs an owner, who then cannot consent to what it proposes.")


@transaction.atomic
def create_api_key(
    name: str,
    *,
    scopes: Sequence[str],
    source_system: SourceSystem | None,
    expires_at: datetime,
    owner: str = "",
    actor: Actor,
    at: datetime,
) -> tuple[ApiKey, str]:
    """A new key and its text, which is told here and never again. `source_system` None may send for any system.

    `owner` is the user name of who answers for it. Raises UnknownScope, and OwnerMissing for a key that proposes.
    """
    if PROPOSING in scopes and not owner:
        raise OwnerMissing
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
        owner=owner,
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


def scopes_of(key: ApiKey) -> frozenset[str]:
    """What it may: of its scopes those that keys still have, and proposing only where a person answers for it."""
    return frozenset(key.scopes).intersection(known_scopes()) - (frozenset() if key.owner else {PROPOSING})


def key_actor(key: ApiKey) -> Actor:
    """Whom versions, proposals and audit entries name for what is done with the key."""
    return Actor(f"{_ACTOR}{key.prefix}")


def person_behind(name: str) -> str:
    """The owner of the key that an actor's name stands for; of every other name the name itself."""
    if not name.startswith(_ACTOR):
        return name
    return ApiKey.objects.filter(prefix=name.removeprefix(_ACTOR)).values_list("owner", flat=True).first() or name


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
