"""Who asks, and what they may: API keys with scopes, signed-in users with permissions. Everything else is denied."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework import authentication, exceptions, permissions, throttling
from rest_framework.request import Request

from mdm.actors import Actor, person
from mdm.entity_types import entity_types
from mdm.models import ApiKey
from mdm.services.api_keys import key_actor, recognize_api_key, scopes_of
from mdm.services.consents import groups_of

if TYPE_CHECKING:
    from rest_framework.views import APIView

REQUESTS_A_MINUTE = 6000  # of one client, in each process


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks. `may` tells whether a scope is granted; `source_system` is the only one a bound key speaks for.

    `groups` are those a person may consent for; a key consents for none.
    """

    name: str
    actor: Actor
    may: Callable[[str], bool]
    source_system: str | None = None
    is_authenticated: bool = True
    groups: frozenset[str] = frozenset()

    def readable_entity_types(self) -> list[str]:
        """Names of the entity types this client may read."""
        return [name for name in entity_types if self.may(f"{name}:read")]

    def speaks_for(self, system: str) -> bool:
        """Whether records of that system are this client's business."""
        return self.source_system in (None, system)


def client_of(request: Request) -> Client:
    """Who asks. Nobody may do nothing."""
    user: Any = request.user  # a Client or a Django user, whichever recognized the request
    if isinstance(user, Client):
        return user
    if isinstance(user, User) and user.is_active:
        name = user.get_username()
        return Client(f"user:{user.pk}", person(name), lambda scope: _user_may(user, scope), groups=groups_of(name))
    return Client("nobody", Actor("nobody"), lambda _scope: False, is_authenticated=False)


def _user_may(user: User, scope: str) -> bool:
    permissions = settings.ASSAY_API_PERMISSIONS
    permission = permissions.get(scope) or permissions.get("read" if scope.endswith(":read") else "")
    return permission is not None and user.has_perm(permission)


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <prefix>.<secret>`, or the same text in `X-Api-Key`."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        """The key's client; None when the request carries no key. Raises AuthenticationFailed for a wrong one."""
        text = _key_text(request)
        if text is None:
            return None
        key = recognize_api_key(text, at=timezone.now())
        if key is None:
            raise exceptions.AuthenticationFailed("The API key is unknown, expired or revoked.")
        scopes = scopes_of(key)
        system = key.source_system.name if key.source_system else None
        return Client(f"key:{key.prefix}", key_actor(key), scopes.__contains__, system), key

    def authenticate_header(self, request: Request) -> str:
        """What an unrecognized client is told to send."""
        return 'Bearer realm="assay"'


def _key_text(request: Request) -> str | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return text.strip()
    return request.headers.get("X-Api-Key")


class ByScope(permissions.BasePermission):
    """Asks the view whether the client may; a view that does not say is closed."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Unrecognized clients are told to identify themselves, others that they may not."""
        client = client_of(request)
        if not client.is_authenticated:
            raise exceptions.NotAuthenticated("Send an API key, or sign in.")
        allows = getattr(view, "allows", None)
        return bool(allows is not None and allows(client))


class PerMinute(throttling.BaseThrottle):
    """So many requests of one client a minute, counted in this process: it needs nothing that could be down."""

    _lock = threading.Lock()
    _minute = 0
    _counts: dict[str, int] = {}

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Counts the request."""
        minute = int(time.time() // 60)
        with self._lock:
            if minute != PerMinute._minute:
                PerMinute._minute, PerMinute._counts = minute, {}
            name = client_of(request).name
            count = PerMinute._counts[name] = PerMinute._counts.get(name, 0) + 1
        return count <= REQUESTS_A_MINUTE

    def wait(self) -> float:
        """Seconds until the next minute."""
        return 60 - time.time() % 60
