"""Proving who the hub is. Secrets and tokens live here alone; nothing else sees or prints them."""

import base64
import os
import threading
from time import monotonic

from mdm.entity_types import JsonValue
from mdm.mapping.paths import parse_path
from mdm.models import SourceSystem
from sync.connectors.base import DeliveryError
from sync.connectors.generic.answers import Answer
from sync.connectors.generic.documents import Answers, Authentication, ErrorPlace, Proof
from sync.connectors.generic.transport import Request, Transport
from sync.outcomes import Outcome

_EARLY_SECONDS = 30
# A token's server answers by RFC 6749, whatever the system itself does.
_ERROR = ErrorPlace(parse_path("error"), parse_path("error_description"), None, None, None)
_OAUTH = Answers(frozenset(), (), (_ERROR,), ())


class Session:
    """The proof of one connector, shared by its threads. Logs in when first asked."""

    def __init__(self, system: SourceSystem, authentication: Authentication, transport: Transport) -> None:
        self._how = authentication
        self._variable = system.credentials_reference
        self._secret = os.environ.get(system.credentials_reference, "") if system.credentials_reference else ""
        self._label = system.label
        self._transport = transport
        self._lock = threading.Lock()
        self._token = ""
        self._ends_at: float | None = None

    def __repr__(self) -> str:
        return f"<Session {self._how.proof}>"

    def hidden(self) -> tuple[str, ...]:
        """What must never be told."""
        return self._secret, self._token, self._basic()

    def headers(self) -> dict[str, str]:
        """The headers that prove it. Raises DeliveryError when there is no secret or the login is refused."""
        how = self._how
        if how.proof is Proof.NONE:
            return {}
        if not self._secret:
            where = f"set {self._variable}" if self._variable else "the system names no credentials"
            raise DeliveryError(Outcome.AUTH, f"There is no secret for {self._label}: {where}.")
        if how.proof is Proof.BASIC:
            return {"Authorization": f"Basic {self._basic()}"}
        return {how.header: f"{how.prefix}{self._current() if how.renewable else self._secret}"}

    def renew(self, used: dict[str, str]) -> bool:
        """Forget the token that was refused, unless another thread has; False when there is none to be had anew."""
        if not self._how.renewable:
            return False
        with self._lock:
            if used.get(self._how.header) == f"{self._how.prefix}{self._token}":
                self._token = ""
        return True

    def _current(self) -> str:
        with self._lock:
            if self._token and self._ends_at is not None and monotonic() > self._ends_at:
                self._token = ""
            if not self._token:
                self._token, lifetime = self._log_in() if self._how.proof is Proof.LOGIN else self._ask_for_token()
                self._ends_at = None if lifetime is None else monotonic() + max(lifetime - _EARLY_SECONDS, lifetime / 2)
            return self._token

    def _log_in(self) -> tuple[str, float | None]:
        login = self._how.login
        if login is None:  # the parser refuses that
            raise DeliveryError(Outcome.AUTH, f"{self._label} says no login call.")
        answer = self._refusing(Request.of(login, {"user": self._how.user, "secret": self._secret}))
        found: JsonValue = answer.headers.get(self._how.token_header) if self._how.token_header else None
        if self._how.token is not None:
            found = self._how.token.read(answer.document)
        if not isinstance(found, str) or not found:
            raise DeliveryError(Outcome.AUTH, f"{self._label} gave no token.", status_code=answer.status)
        return found, None

    def _ask_for_token(self) -> tuple[str, float | None]:
        form = {"grant_type": "client_credentials"} | ({"scope": self._how.scope} if self._how.scope else {})
        if self._how.in_form:
            form |= {"client_id": self._how.user, "client_secret": self._secret}
            headers = {}
        else:
            headers = {"Authorization": f"Basic {self._basic()}"}
        request = Request("POST", self._how.token_url, headers=headers, body=form, form=True)
        answer = self._refusing(request, answers=_OAUTH)
        told = answer.document if isinstance(answer.document, dict) else {}
        token, lifetime = told.get("access_token"), told.get("expires_in")
        if not isinstance(token, str) or not token:
            raise DeliveryError(Outcome.AUTH, f"{self._label} gave no token.", status_code=answer.status)
        return token, float(str(lifetime)) if str(lifetime).isdecimal() else None

    def _refusing(self, request: Request, *, answers: Answers | None = None) -> Answer:
        """A login that is refused is about the secret, whatever the system calls it."""
        try:
            return self._transport.exchange(request, hidden=self.hidden(), writes=False, answers=answers)
        except DeliveryError as error:
            if error.outcome in {Outcome.TRANSIENT, Outcome.THROTTLED}:
                raise
            raise DeliveryError(Outcome.AUTH, error.message, status_code=error.status_code) from error

    def _basic(self) -> str:
        return base64.b64encode(f"{self._how.user}:{self._secret}".encode()).decode()
