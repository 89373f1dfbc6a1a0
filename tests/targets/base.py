"""The server both test doubles are made of: HTTP/1.1 on the loopback address, bearer token, faults, clean stop."""

import argparse
import hmac
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from tests.targets.objects import RemoteObject
from tests.targets.store import Store

_LONGEST_BODY = 4_000_000
_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'"
_STYLE = Path(__file__).parent / "style.css"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read to its end. `path` is in parts, without percent-encoding."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """The fields of a posted HTML form."""
        return {name: values[-1] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `applied` says that it confirms a change, for the fault that cuts such answers off."""

    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    applied: bool = False


def json_reply(status: int, document: object, *, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply with a JSON body."""
    return Reply(status, json.dumps(document, ensure_ascii=False).encode(), headers=headers or {})


class System(Protocol):
    """What makes a test double the system it doubles."""

    name: str
    root: tuple[str, ...]
    kinds: Mapping[str, RemoteObject]
    store: Store

    def answer(self, request: Request) -> Reply:
        """Answer a call of the API; the token is checked already."""

    def refuse(self, status: int, *, code: str, text: str) -> Reply:
        """An error in the system's own form."""

    def edit(self, kind: RemoteObject, *, key: str, name: str, value: str) -> bool:
        """Change one field as a person at the system would; False when the system refuses the value."""


class Faults:
    """Faults a test asked for; each one holds for a number of calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: dict[str, Any] = {}  # Any: a JSON object of the test's making.

    def want(self, wanted: dict[str, Any]) -> None:
        """Replace what is wanted; an empty object ends all faults."""
        with self._lock:
            self._wanted = dict(wanted)

    def take(self) -> dict[str, Any]:
        """The fault for this call, if any is left."""
        with self._lock:
            if self._wanted.get("count", 1) < 1:
                self._wanted = {}
            elif self._wanted:
                self._wanted = self._wanted | {"count": self._wanted.get("count", 1) - 1}
                return self._wanted
            return {}


class Server(ThreadingHTTPServer):
    """Serves one system; knows how many requests are under way."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, system: System, pages: Callable[[Request], Reply], *, port: int, token: str) -> None:
        self.system = system
        self.pages = pages
        self.token = token
        self.faults: Faults | None = Faults() if os.environ.get("TARGET_FAULTS") == "1" else None
        self._busy = 0
        self._idle = threading.Condition()
        super().__init__(("127.0.0.1", port), Handler)

    def enter(self) -> None:
        """A request begins."""
        with self._idle:
            self._busy += 1

    def leave(self) -> None:
        """A request is answered."""
        with self._idle:
            self._busy -= 1
            self._idle.notify_all()

    def drain(self, *, timeout_seconds: float) -> None:
        """Wait for the requests under way."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, timeout=timeout_seconds)

    def answer(self, request: Request) -> Reply:
        """Find who answers: the API, the faults' door or the pages."""
        root = self.system.root
        if request.path[: len(root)] == root:
            return self._answer_with_token(replace(request, path=request.path[len(root) :]))
        match request.method, request.path:
            case "GET", ("healthz",):
                return Reply(200, b"ok\n", "text/plain; charset=utf-8")
            case "GET", ("style.css",):
                return Reply(200, _STYLE.read_bytes(), "text/css; charset=utf-8")
            case "POST", ("_test", "fault") if self.faults and self._knows_token(request):
                self.faults.want(json.loads(request.body or b"{}"))
                return json_reply(200, {"ok": True})
        return self.pages(request)

    def _answer_with_token(self, request: Request) -> Reply:
        if not self._knows_token(request):
            return self.system.refuse(401, code="INVALID_SESSION_ID", text="Session expired or invalid")
        return self._answer_under_faults(request)

    def _answer_under_faults(self, request: Request) -> Reply:
        fault = self.faults.take() if self.faults else {}
        if fault.get("delay_seconds"):
            time.sleep(min(float(fault["delay_seconds"]), 30))
        if "status" in fault:
            reply = self.system.refuse(
                int(fault["status"]), code="SERVER_UNAVAILABLE", text="Fault asked for by a test"
            )
            wait = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
            return replace(reply, headers=wait)
        reply = self.system.answer(request)
        if fault.get("cut_after_apply") and reply.applied:
            raise ConnectionAbortedError
        return reply

    def _knows_token(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode())


class Handler(BaseHTTPRequestHandler):
    """Reads a request whole, has it answered, writes the answer in one piece."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120
    server: Server
    own_hosts: ClassVar[tuple[str, ...]] = ("127.0.0.1", "localhost")

    def do_GET(self) -> None:
        """Answer a read."""
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815  http.server calls them so

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        """Say nothing: requests stand in the store, and a path may hold personal data."""

    def _serve(self) -> None:
        self.server.enter()
        try:
            self._send(self._answer())
        except (ConnectionError, TimeoutError):
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(2)
        finally:
            self.server.leave()

    def _answer(self) -> Reply:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdigit() or int(length) > _LONGEST_BODY:
            self.close_connection = True
            return self.server.system.refuse(413, code="REQUEST_TOO_LARGE", text="Send a body with its length")
        body = self.rfile.read(int(length))
        # Another site's page must not write here through a person's browser, nor read through a rebound name.
        origin = self.headers.get("Origin")
        if self.headers.get("Host", "").partition(":")[0] not in self.own_hosts or (
            origin is not None and urlsplit(origin).netloc != self.headers.get("Host")
        ):
            return self.server.system.refuse(403, code="INSUFFICIENT_ACCESS", text="Not from another site")
        parts = urlsplit(self.path)
        request = Request(
            method="GET" if self.command == "HEAD" else self.command,
            path=tuple(unquote(part) for part in parts.path.split("/") if part),
            query={name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        try:
            return self.server.answer(request)
        except (json.JSONDecodeError, UnicodeDecodeError):
            return self.server.system.refuse(400, code="JSON_PARSER_ERROR", text="The body is not valid JSON")

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        headers = {
            "Content-Type": reply.content_type,
            "Content-Length": str(len(reply.body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": _POLICY,
        }
        for name, value in (headers | dict(reply.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)


def run(make_system: Callable[[Path], System], make_pages: Callable[[System], Callable[[Request], Reply]]) -> None:
    """Read the command line, start holding the extract's records, serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description="A test double of the demo. The token comes from TARGET_TOKEN.")
    parser.add_argument("--port", type=int, required=True, help="0 takes any free port")
    parser.add_argument("--data", type=Path, required=True, help="directory of the state, kept over restarts")
    parser.add_argument("--seed-from", type=Path, help="directory of the extracts, read on the first start")
    given = parser.parse_args()
    token = os.environ.get("TARGET_TOKEN", "")
    if not token:
        parser.error("set TARGET_TOKEN: the API asks for it as a bearer token")
    system = make_system(given.data)
    if given.seed_from:
        system.store.seed(system.kinds.values(), folder=given.seed_from)
    server = Server(system, make_pages(system), port=given.port, token=token)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"{system.name} listens on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    server.drain(timeout_seconds=5)
    system.store.close()
