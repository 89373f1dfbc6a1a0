"""Two small strict shops, programs without any code of the hub: one with good manners and one with every bad habit."""

import base64
import json
import secrets
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

SECRET = "a-secret-of-the-shops"
FIELDS = {"name": 60, "email": 80, "phone": 30, "note": 200}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """One answer."""

    status: int
    document: Any = None  # Any: JSON, or bytes sent as they are
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Customer:
    """One record."""

    id: int
    values: dict[str, Any]
    changed_at: datetime
    version: int = 1


class Shop(ABC):
    """Customers in memory behind HTTP on the loopback address. `clock` may be set to play a moment."""

    def __init__(self) -> None:
        self.customers: dict[int, Customer] = {}
        self.sessions: set[str] = set()
        self.asked: list[Asked] = []
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._lock = threading.RLock()
        self._last = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"shop": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def make(self, **values: Any) -> None:
        """Somebody there makes a record."""
        with self._lock:
            self._add(values)

    def edit(self, key: str, **values: Any) -> None:
        """Somebody there changes a record."""
        with self._lock:
            self._change(self.customers[int(key)], values)

    def delete(self, key: str) -> None:
        """Somebody there deletes a record."""
        with self._lock:
            del self.customers[int(key)]

    def answer(self, asked: Asked) -> Told:
        with self._lock:
            self.asked.append(asked)
            return self.routed(asked)

    @abstractmethod
    def routed(self, asked: Asked) -> Told:
        """The answer of this shop to what it was asked."""

    def _add(self, values: dict[str, Any]) -> Customer:
        self._last += 1
        customer = Customer(self._last, dict(values), self.clock())
        self.customers[customer.id] = customer
        return customer

    def _change(self, customer: Customer, values: Mapping[str, Any]) -> None:
        customer.values |= values
        customer.changed_at = self.clock()
        customer.version += 1

    def _in_order(self) -> list[Customer]:
        return sorted(self.customers.values(), key=lambda customer: (customer.changed_at, customer.id))


class PolitePlace(Shop):
    """REST: OAuth client credentials, idempotency keys, entity tags that must be sent, links to the next page."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: dict[str, tuple[str, Told]] = {}

    def routed(self, asked: Asked) -> Told:
        if asked.path == "/oauth/token":
            return self._token(asked)
        if asked.headers.get("authorization", "").removeprefix("Bearer ") in self.sessions:
            return self._inside(asked)
        return _error(401, "unauthorized", "Token unknown or expired")

    def _inside(self, asked: Asked) -> Told:
        match asked.method, asked.path.strip("/").split("/"):
            case "GET", ["shop", "api", "schema", "customers"]:
                return Told(200, {"fields": [_described(name) for name in (*FIELDS, "golden_id", "id")]})
            case "GET", ["shop", "api", "customers"]:
                return self._list(asked)
            case "POST", ["shop", "api", "customers"]:
                return self._once(asked, self._created)
            case method, ["shop", "api", "customers", key]:
                customer = self.customers.get(int(key)) if key.isdigit() else None
                return (
                    _error(404, "not_found", "No such customer")
                    if customer is None
                    else self._one(method, customer, asked)
                )
        return _error(404, "no_route", "No such place")

    def _token(self, asked: Asked) -> Told:
        given = base64.b64decode(asked.headers.get("authorization", "").removeprefix("Basic ")).decode()
        form = parse_qs(asked.body.decode())
        if given != f"hub:{SECRET}" or form.get("grant_type") != ["client_credentials"]:
            return Told(400, {"error": "invalid_client", "error_description": "Client authentication failed"})
        token = secrets.token_hex(8)
        self.sessions.add(token)
        return Told(200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    def _one(self, method: str, customer: Customer, asked: Asked) -> Told:
        if method == "GET":
            return self._shown(customer)
        if method == "DELETE":
            del self.customers[customer.id]
            return Told(204)
        return self._once(asked, lambda values: self._updated(customer, values, asked.headers.get("if-match")))

    def _list(self, asked: Asked) -> Told:
        if golden_id := asked.query.get("golden_id"):
            found = [_row(each) for each in self.customers.values() if each.values.get("golden_id") == golden_id]
            return Told(200, {"customers": found})
        limit = int(asked.query.get("limit", "50"))
        if limit > 250:
            return _error(403, "page_too_large", "At most 250 customers a page")
        since, after = asked.query.get("updated_since", ""), asked.query.get("after", "")
        place = (after.split("|")[0], int(after.split("|")[1])) if after else (since, 0)
        rows = [row for row in map(_row, self._in_order()) if (row["updated_at"], row["id"]) > place]
        page = rows[:limit]
        headers = {}
        if len(rows) > limit:
            more = f"{page[-1]['updated_at']}|{page[-1]['id']}".replace("+", "%2B").replace("|", "%7C")
            headers["Link"] = f'</shop/api/customers?limit={limit}&after={more}>; rel="next", </shop>; rel="up"'
        return Told(200, {"customers": page}, headers)

    def _once(self, asked: Asked, act: Callable[[dict[str, Any]], Told]) -> Told:
        """One idempotency key takes effect once; the answer to it is kept."""
        key, request = asked.headers.get("idempotency-key", ""), f"{asked.method} {asked.path} {asked.body!r}"
        if not key:
            return _error(400, "no_idempotency_key", "Send an Idempotency-Key")
        if key in self._answers:
            kept, answer = self._answers[key]
            return answer if kept == request else _error(422, "key_reused", "This Idempotency-Key was used otherwise")
        values = json.loads(asked.body)
        if unknown := sorted(values.keys() - FIELDS.keys() - {"golden_id"}):
            return _error(422, "unknown_field", "A customer has no such field", unknown[0])
        if "@" not in values.get("email", "@"):
            return _error(422, "not_an_address", f"{values['email']} is no e-mail address", "email")
        answer = act(values)
        if answer.status < 300:
            self._answers[key] = request, deepcopy(answer)
        return answer

    def _created(self, values: dict[str, Any]) -> Told:
        customer = self._add(values)
        headers = {"ETag": f'"{customer.version}"', "Location": f"/shop/api/customers/{customer.id}"}
        return Told(201, {"customer": _row(customer)}, headers)

    def _updated(self, customer: Customer, values: dict[str, Any], if_match: str | None) -> Told:
        if if_match is None:
            return _error(428, "precondition_required", "Send If-Match")
        if if_match != f'"{customer.version}"':
            return _error(412, "stale", "The customer has changed since")
        self._change(customer, values)
        return self._shown(customer)

    def _shown(self, customer: Customer) -> Told:
        return Told(200, {"customer": _row(customer)}, {"ETag": f'"{customer.version}"'})


class RudePlace(Shop):
    """JSON-RPC with one address, where nearly every answer is a 200.

    Errors stand inside it, faults of validation are a 500, a creation answers a bare number, what is not known is
    dropped without a word, like-looking customers are a 409 with candidates. Times are local, without a zone, in whole
    seconds; a list leaves out the time asked for, and at most 200 records are given, however many are asked for.
    """

    zone = ZoneInfo("Europe/Berlin")

    def routed(self, asked: Asked) -> Told:
        call = json.loads(asked.body)
        method, params = call["method"], call.get("params", {})
        if method == "session.login":
            return self._login(params)
        if asked.headers.get("x-session") in self.sessions:
            return self._inside(method, params)
        return _fault("SESSION", "Session not found")

    def _login(self, params: dict[str, Any]) -> Told:
        if (params["user"], params["password"]) != ("hub", SECRET):
            return _fault("ACCESS", f"Wrong password {params['password']}")
        token = secrets.token_hex(8)
        self.sessions.add(token)
        return Told(200, {"result": {"sid": token}})

    def _inside(self, method: str, params: dict[str, Any]) -> Told:
        match method:
            case "customer.create":
                return self._create(params["values"])
            case "customer.search":
                return self._search(params)
        if not isinstance(params["id"], int):
            return _fault("TYPE", "id must be a number")
        customer = self.customers.get(params["id"])
        if customer is None:
            return _fault("NOT_FOUND", f"No customer {params['id']}")
        return self._one(method, customer, params)

    def _one(self, method: str, customer: Customer, params: dict[str, Any]) -> Told:
        if method == "customer.delete":
            del self.customers[customer.id]
        if method == "customer.write":
            if refusal := self._refusal(params["values"], customer=customer):
                return refusal
            self._change(customer, _known(params["values"]))
        return Told(200, {"result": self._shown(customer) if method == "customer.read" else True})

    def _create(self, values: dict[str, Any]) -> Told:
        if refusal := self._refusal(values):
            return refusal
        return Told(200, self._add(_known(values)).id)

    def _refusal(self, values: dict[str, Any], *, customer: Customer | None = None) -> Told | None:
        email = values.get("email")
        if email and "@" not in email:
            return Told(500, {"error": {"code": "VALIDATION", "message": f"Traceback: {email} is no address"}})
        alike = [each for each in self.customers.values() if email and each.values.get("email") == email]
        if alike and customer is None:
            candidates = [{"id": each.id, "likeness": 0.97} for each in alike]
            return Told(409, {"error": {"code": "ALIKE", "message": "Looks like others"}, "candidates": candidates})
        return None

    def _search(self, params: dict[str, Any]) -> Told:
        rows = [self._shown(each) for each in sorted(self.customers.values(), key=lambda c: (self._stamp(c), c.id))]
        if golden_id := params.get("golden_id"):
            return Told(200, {"result": [row for row in rows if row.get("golden_id") == golden_id]})
        rows = [row for row in rows if row["write_date"] > params.get("since", "")]
        offset = params.get("offset", 0)
        return Told(200, {"result": rows[offset : offset + min(params.get("max", 200), 200)]})

    def _shown(self, customer: Customer) -> dict[str, Any]:
        return {"id": customer.id, **customer.values, "write_date": self._stamp(customer)}

    def _stamp(self, customer: Customer) -> str:
        return f"{customer.changed_at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"


class _Handler(BaseHTTPRequestHandler):
    shop: ClassVar[Shop]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """Answer any request."""
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = self.shop.answer(Asked(self.command, parts.path, query, headers, body))
        payload = told.document if isinstance(told.document, bytes) else json.dumps(told.document).encode()
        self.send_response(told.status)
        for name, value in told.headers.items():
            self.send_header(name, value)
        if told.status != 204:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if told.status != 204:
            with suppress(OSError):
                self.wfile.write(payload)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  http.server calls them so

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        """Say nothing."""


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in FIELDS or name == "golden_id"}


def _row(customer: Customer) -> dict[str, Any]:
    moment = customer.changed_at.astimezone(UTC).isoformat(timespec="microseconds")
    return {"id": customer.id, **customer.values, "updated_at": moment}


def _described(name: str) -> dict[str, Any]:
    return {"name": name, "kind": "text", "max": FIELDS.get(name), "required": name == "name", "writable": name != "id"}


def _error(status: int, code: str, message: str, place: str = "") -> Told:
    return Told(status, {"errors": [{"code": code, "message": message, "field": place}]})


def _fault(code: str, message: str) -> Told:
    return Told(200, {"error": {"code": code, "message": message}})


def strictly_later(clock: Callable[[], datetime]) -> Callable[[], datetime]:
    """The clock, but never the same moment twice."""
    last = [datetime.min.replace(tzinfo=UTC)]

    def now() -> datetime:
        last[0] = max(clock(), last[0] + timedelta(microseconds=1))
        return last[0]

    return now
