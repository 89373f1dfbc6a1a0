"""HTTP for connectors: timeouts, bearer token, and what statuses and broken connections mean."""

import os
import ssl
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx

from mdm.models import SourceSystem
from sync.connectors.base import DeliveryError, Outgoing, Receipt
from sync.outcomes import Outcome

_TRANSIENT = frozenset({408, 425, 500, 502, 503, 504})
_BY_STATUS = {401: Outcome.AUTH, 404: Outcome.GONE, 410: Outcome.GONE, 409: Outcome.CONFLICT, 412: Outcome.CONFLICT}
_LONGEST_WAIT_SECONDS = 3600
# The request never left this machine; every other break may have come after the remote had applied it.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

Explain = Callable[[httpx.Response], tuple[Outcome | None, str]]


class RestClient:
    """Calls one system. Reads `settings`: `paths` (entity type → path), `timeout_seconds` (default 10).

    The bearer token is the value of the environment variable that `credentials_reference` names. `explain` reads an
    error answer: the outcome where the body knows better than the status, and the remote's words.
    """

    def __init__(self, system: SourceSystem, *, explain: Explain) -> None:
        self._paths: Mapping[str, str] = system.settings.get("paths", {})
        self._explain = explain
        self._label = system.label
        token = os.environ.get(system.credentials_reference, "") if system.credentials_reference else ""
        self._http = httpx.Client(
            base_url=system.base_url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(float(system.settings.get("timeout_seconds", 10)), connect=5),
            verify=trust(),
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=16, keepalive_expiry=30),
        )

    @property
    def entity_types(self) -> Collection[str]:
        """Those that the system has a path for."""
        return tuple(self._paths)

    def path(self, entity_type: str) -> str:
        """Where records of that entity type live. Raises DeliveryError when the system has none."""
        if entity_type not in self._paths:
            raise DeliveryError(
                Outcome.REJECTED, f"{self._label} has no path for {entity_type}; add it to its settings."
            )
        return self._paths[entity_type]

    def get(self, path: str, *, params: Mapping[str, str | int] | None = None) -> httpx.Response:
        """Read. Raises DeliveryError; a broken connection is transient, since reading again does no harm."""
        try:
            reply = self._http.get(path, params=dict(params or {}))
        except httpx.TransportError as error:
            raise DeliveryError(Outcome.TRANSIENT, f"{self._label} did not answer ({type(error).__name__}).") from error
        return self._checked(reply)

    def get_or_none(self, path: str) -> httpx.Response | None:
        """Read what may not exist. Raises DeliveryError."""
        try:
            return self.get(path)
        except DeliveryError as error:
            if error.outcome is Outcome.GONE:
                return None
            raise

    def write(
        self, method: str, path: str, *, message: Outgoing, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> httpx.Response:
        """Write a JSON body. Raises DeliveryError; a connection cut after sending is an unknown outcome."""
        traced = {"X-Correlation-Id": str(message.correlation_id), **headers}
        try:
            reply = self._http.request(method, path, json=dict(body), headers=traced)
        except NOT_SENT as error:
            raise DeliveryError(
                Outcome.TRANSIENT, f"{self._label} could not be reached ({type(error).__name__})."
            ) from error
        except httpx.TransportError as error:
            raise DeliveryError(
                Outcome.UNKNOWN, f"{self._label} broke off before its answer ({type(error).__name__})."
            ) from error
        return self._checked(reply)

    def erase(self, message: Outgoing) -> Receipt:
        """DELETE the record. Raises DeliveryError."""
        key = message.remote_key or ""
        path = f"{self.path(message.entity_type)}/{path_step(key)}"
        headers = {"Idempotency-Key": message.idempotency_key, "X-Hub-Record": message.hub_key}
        try:
            reply = self.write("DELETE", path, message=message, body={}, headers=headers)
        except DeliveryError as error:
            if error.outcome is Outcome.GONE:
                return Receipt(Outcome.UNCHANGED, key, status_code=error.status_code)
            raise
        return Receipt(Outcome.UPDATED, key, status_code=reply.status_code)

    def close(self) -> None:
        """Give up connections."""
        self._http.close()

    def _checked(self, reply: httpx.Response) -> httpx.Response:
        if reply.is_success:
            return reply
        told, words = self._explain(reply)
        wait = retry_after(reply)
        raise DeliveryError(
            told or outcome_of_status(reply.status_code, asked_to_wait=wait is not None),
            words or f"{self._label} replied {reply.status_code}.",
            retry_after=wait,
            status_code=reply.status_code,
        )


@cache
def trust() -> ssl.SSLContext:
    """Whose certificates count. Read once a process: loading the certificates costs more than a call."""
    return httpx.create_ssl_context()


def json_of(reply: httpx.Response) -> Any:
    """The decoded body. Any: another program's JSON. Raises DeliveryError when it is none."""
    try:
        return reply.json()
    except ValueError as error:
        raise DeliveryError(Outcome.UNKNOWN, "The answer was not JSON.", status_code=reply.status_code) from error


def outcome_of_status(status: int, *, asked_to_wait: bool) -> Outcome:
    """What an error status means where the body does not know better."""
    if status == 429 or (status == 503 and asked_to_wait):
        return Outcome.THROTTLED
    if status in _TRANSIENT:
        return Outcome.TRANSIENT
    return _BY_STATUS.get(status, Outcome.REJECTED)


def retry_after(reply: httpx.Response) -> timedelta | None:
    """How long the remote asks to be left alone, at most an hour; None when it says nothing that can be read.

    A date is measured against the answer's own Date, so that both are by one clock.
    """
    told = reply.headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return timedelta(seconds=min(int(told), _LONGEST_WAIT_SECONDS))
    until = _http_date(told)
    if until is None:
        return None
    answered_at = _http_date(reply.headers.get("Date", "")) or datetime.now(UTC)
    return min(max(until - answered_at, timedelta()), timedelta(seconds=_LONGEST_WAIT_SECONDS))


def _http_date(told: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def path_step(key: str) -> str:
    """A remote key as one step of a path: it comes from outside and must not lead anywhere else."""
    if key in {"", ".", ".."}:
        raise DeliveryError(Outcome.REJECTED, "The remote key cannot stand in an address.")
    return quote(key, safe="")
