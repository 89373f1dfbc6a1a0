"""A proxy in front of any HTTP system: what it is asked for goes wrong, everything else passes as it came."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import urlsplit

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Matches = Callable[[Call], bool]


@dataclass(slots=True)
class Fault:
    """What happens to a call. With `status` the system never hears of it; `cut` comes after it has answered.

    `meanwhile` runs before the call is passed on: somebody there was quicker.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    cut: bool = False
    cut_unheard: bool = False
    delay_seconds: float = 0
    meanwhile: Callable[[], None] | None = None


class FaultyProxy:
    """Listens on the loopback address and speaks to `upstream`. `calls` are all that came, oldest first."""

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self._wanted: deque[tuple[Matches, Fault]] = deque()
        self._lock = threading.Lock()
        self.calls: list[Call] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}{self._upstream.path.rstrip('/')}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def next(self, matches: Matches, **fault: object) -> None:
        """Have the next call that matches go wrong, once. Several wait in order."""
        with self._lock:
            self._wanted.append((matches, Fault(**fault)))  # type: ignore[arg-type]  # named like the fields

    def always(self, matches: Matches, **fault: object) -> None:
        """Have every such call go wrong until `heal`."""
        for _ in range(100):
            self.next(matches, **fault)

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._wanted.clear()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fault_for(self, call: Call) -> Fault:
        """The fault that this call meets; it is used up."""
        with self._lock:
            self.calls.append(call)
            for place, (matches, fault) in enumerate(self._wanted):
                if matches(call):
                    del self._wanted[place]
                    return fault
        return Fault()

    def pass_on(self, call: Call) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the system itself answers."""
        there = HTTPConnection(str(self._upstream.hostname), self._upstream.port, timeout=30)
        try:
            there.request(call.method, call.path, body=call.body or None, headers=dict(call.headers))
            reply = there.getresponse()
            return reply.status, reply.getheaders(), reply.read()
        finally:
            there.close()

    @property
    def upstream_host(self) -> str:
        return self._upstream.netloc


class _Handler(BaseHTTPRequestHandler):
    proxy: ClassVar[FaultyProxy]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """Let the call meet its fault, or pass it on."""
        call = self._call()
        fault = self.proxy.fault_for(call)
        if fault.meanwhile:
            fault.meanwhile()
        if fault.cut_unheard:
            self._cut()
        elif fault.status is not None:
            self._answer(fault.status, list(fault.headers.items()), fault.body)
        else:
            answer = self.proxy.pass_on(call)
            time.sleep(fault.delay_seconds)
            if fault.cut:
                self._cut()
            else:
                self._answer(*answer)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  http.server calls them so

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        """Say nothing."""

    def _call(self) -> Call:
        length = int(self.headers.get("Content-Length") or 0)
        kept = {n: v for n, v in self.headers.items() if n.lower() not in _HOP_BY_HOP}
        return Call(self.command, self.path, {**kept, "Host": self.proxy.upstream_host}, self.rfile.read(length))

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)
            self.wfile.flush()

    def _cut(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(2)
