"""Requests of one system over the wire: under its address only, at its pace, with timeouts and no redirects."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic, sleep
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from mdm.entity_types import JsonValue
from mdm.models import SourceSystem
from sync.connectors.base import DeliveryError
from sync.connectors.generic.answers import Answer, read_answer
from sync.connectors.generic.documents import Answers, Call
from sync.connectors.generic.templates import Values, texts_of
from sync.connectors.rest import NOT_SENT, trust
from sync.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Request:
    """One request, filled in. `path` begins with a slash; an address in its place is an OAuth server's."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: JsonValue = None
    form: bool = False

    @classmethod
    def of(cls, call: Call, values: Values) -> "Request":
        """A call with its places filled in. Raises DeliveryError when a value cannot stand in the path."""
        try:
            path = call.path.fill_path(values)
        except ValueError as error:
            raise DeliveryError(Outcome.REJECTED, f"The call cannot be made: {error}.") from error
        return cls(
            call.method,
            path,
            query=texts_of(call.query.fill(values)),
            headers=texts_of(call.headers.fill(values)),
            body=call.body.fill(values),
            form=call.form,
        )


class Transport:
    """Sends requests and reads their answers. Used by several threads; `calls_per_second` holds for all of them."""

    def __init__(self, system: SourceSystem, answers: Answers, *, calls_per_second: float | None) -> None:
        self._answers = answers
        self._label = system.label
        self._base = system.base_url.rstrip("/")
        self._pause_seconds = 1 / calls_per_second if calls_per_second else 0.0
        self._next_at = 0.0
        self._lock = threading.Lock()
        self._http = httpx.Client(
            timeout=httpx.Timeout(float(system.settings.get("timeout_seconds", 10)), connect=5),
            verify=trust(),
            follow_redirects=False,  # a redirect would carry the proof to whoever it names
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=16, keepalive_expiry=30),
        )

    def exchange(
        self, request: Request, *, hidden: Iterable[str], writes: bool, answers: Answers | None = None
    ) -> Answer:
        """Send it and read the answer, by the system's rules unless others are given.

        Raises DeliveryError without anything `hidden`. A connection that breaks after a write was sent leaves its
        outcome unknown; a read can be asked again.
        """
        self._wait_for_turn()
        try:
            reply = self._http.request(
                request.method,
                self._address(request.path),
                params=request.query or None,
                headers={"Accept": "application/json", **request.headers},
                data=texts_of(request.body) if request.form else None,
                json=None if request.form else request.body,
            )
        except NOT_SENT as error:
            words = f"{self._label} could not be reached ({type(error).__name__})."
            raise DeliveryError(Outcome.TRANSIENT, words) from error
        except UnicodeError as error:
            words = f"A value cannot stand in a header of a call to {self._label}."
            raise DeliveryError(Outcome.REJECTED, words) from error
        except httpx.RequestError as error:
            outcome = Outcome.UNKNOWN if writes else Outcome.TRANSIENT
            words = f"{self._label} broke off before its answer ({type(error).__name__})."
            raise DeliveryError(outcome, words) from error
        return read_answer(reply, answers or self._answers, label=self._label, hidden=hidden)

    def within(self, link: str, *, path: str) -> str:
        """A link of an answer as a path of ours. Raises DeliveryError when it leads out of the system's address."""
        target = urlsplit(urljoin(self._base + path, link))
        base = urlsplit(self._base)
        inside = target.path == base.path or target.path.startswith(f"{base.path}/")
        if (
            (target.scheme, target.netloc) != (base.scheme, base.netloc)
            or not inside
            or ".." in unquote(target.path).split("/")
        ):
            raise DeliveryError(Outcome.REJECTED, f"{self._label} names a next page outside its own address.")
        rest = target.path.removeprefix(base.path) or "/"
        return f"{rest}?{target.query}" if target.query else rest

    def close(self) -> None:
        """Give up connections."""
        self._http.close()

    def _address(self, path: str) -> str:
        return self._base + path if path.startswith("/") else path

    def _wait_for_turn(self) -> None:
        if not self._pause_seconds:
            return
        with self._lock:
            turn = max(monotonic(), self._next_at)
            self._next_at = turn + self._pause_seconds
        sleep(max(0.0, turn - monotonic()))
