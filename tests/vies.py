"""A double of VIES's REST service on the loopback address, which refuses what the real one refuses.

Numbers of the Commission's own test service (`check-vat-test-service`) have the meaning that they have there: 100 is
valid, 200 is not, 201 to 601 are the errors it may answer with. Other numbers are unknown, hence not valid, unless a
test registers them.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PATH = "/rest-api/check-vat-number"
_STATES = "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI"
STATES = frozenset(_STATES.split())
_MEMBERS = (
    "countryCode vatNumber requesterMemberStateCode requesterNumber traderName traderStreet traderPostalCode traderCity"
    " traderCompanyType"
)
MEMBERS = frozenset(_MEMBERS.split())
ERRORS = {
    "201": "INVALID_INPUT",
    "202": "INVALID_REQUESTER_INFO",
    "300": "SERVICE_UNAVAILABLE",
    "301": "MS_UNAVAILABLE",
    "302": "TIMEOUT",
    "400": "VAT_BLOCKED",
    "401": "IP_BLOCKED",
    "500": "GLOBAL_MAX_CONCURRENT_REQ",
    "501": "GLOBAL_MAX_CONCURRENT_REQ_TIME",
    "600": "MS_MAX_CONCURRENT_REQ",
    "601": "MS_MAX_CONCURRENT_REQ_TIME",
}
_NUMBER = re.compile(r"[0-9A-Za-z+*.]{2,12}")
# Germany and Spain disclose neither name nor address.
_SILENT = frozenset({"DE", "ES"})


@dataclass(slots=True)
class Register:
    """What the double knows and was asked. `down` names states whose register does not answer."""

    url: str = ""
    traders: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    requesters: set[tuple[str, str]] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    asked: list[dict[str, Any]] = field(default_factory=list)
    says: Any = None  # what is answered instead, with status 200: any JSON, or bytes as they are

    def answer(self, said: Any) -> tuple[int, Any]:
        """Status and body for a decoded request."""
        if not _is_wellformed(said):
            return 400, _error("INVALID_INPUT")
        self.asked.append(said)
        country, number = said["countryCode"], said["vatNumber"]
        requester = said.get("requesterMemberStateCode", ""), said.get("requesterNumber", "")
        if any(requester) and requester not in self.requesters:
            return 400, _error("INVALID_REQUESTER_INFO")
        if self.says is not None:
            return 200, self.says
        if number in ERRORS or country in self.down:
            return 200, _error(ERRORS.get(number, "MS_UNAVAILABLE"))
        valid = number == "100" or (country, number) in self.traders
        name, address = self.traders.get((country, number), ("---", "---"))
        if country in _SILENT:
            name = address = "---"
        return 200, {
            "countryCode": country,
            "vatNumber": number,
            "requestDate": "2026-03-02T12:00:00.000Z",
            "valid": valid,
            "requestIdentifier": f"WAPIAAAA{len(self.asked):08d}" if any(requester) and valid else "",
            "name": name,
            "address": address,
            "traderName": "---",
            "traderStreet": "---",
            "traderPostalCode": "---",
            "traderCity": "---",
            "traderCompanyType": "---",
            "traderNameMatch": "NOT_PROCESSED",
        }


@contextmanager
def vies_double() -> Iterator[Register]:
    """The double, answering until the block ends."""
    register = Register()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            body = self.rfile.read(int(length)) if length.isdecimal() else b""
            if self.path != PATH:
                return self._reply(404, {"error": "Not Found"})
            if self.headers.get("Content-Type", "").partition(";")[0] != "application/json":
                return self._reply(415, {"error": "Unsupported Media Type"})
            try:
                said = json.loads(body)
            except ValueError:
                return self._reply(400, {"error": "Bad Request"})
            return self._reply(*register.answer(said))

        def do_GET(self) -> None:
            self._reply(405, {"error": "Method Not Allowed"})

        def _reply(self, status: int, said: Any) -> None:
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing: bodies hold numbers."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    register.url = f"http://127.0.0.1:{server.server_port}/rest-api"
    try:
        yield register
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _is_wellformed(said: Any) -> bool:
    if not isinstance(said, dict) or not said.keys() <= MEMBERS:
        return False
    country, number = said.get("countryCode"), said.get("vatNumber")
    if not isinstance(country, str) or not isinstance(number, str) or country not in STATES:
        return False
    return _NUMBER.fullmatch(number) is not None and not number.startswith(country)


def _error(code: str) -> dict[str, Any]:
    return {"actionSucceed": False, "errorWrappers": [{"error": code, "message": code.replace("_", " ").lower()}]}
