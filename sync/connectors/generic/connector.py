"""The connector that an interface document describes."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from mdm.entity_types import JsonValue
from mdm.mapping.paths import MISSING, Path
from mdm.models import SourceSystem
from sync.connectors.base import (
    DeliveryError,
    Held,
    Limits,
    Outgoing,
    Page,
    Receipt,
    Record,
    RemoteAttribute,
    RemoteEntity,
    Tier,
    Token,
    connectors,
)
from sync.connectors.generic import listing
from sync.connectors.generic.answers import EMPTY, Answer, unclear
from sync.connectors.generic.comparing import dropped
from sync.connectors.generic.documents import Call, Description, Lookup, RemoteType, Style, Verify
from sync.connectors.generic.parsing import parse_interface
from sync.connectors.generic.session import Session
from sync.connectors.generic.templates import Values
from sync.connectors.generic.transport import Request, Transport
from sync.outcomes import Outcome

Part = TypeVar("Part")


@connectors.register("generic")
class Generic:
    """Any system that answers HTTP with JSON. The setting `interface` says how: see docs/reference/interfaces.md.

    Raises InvalidInterface when it is made. Other settings: `timeout_seconds`, and the hub's own `creates`,
    `page_size`, `overlap_seconds`.
    """

    def __init__(self, system: SourceSystem) -> None:
        self._interface = parse_interface(system.settings.get("interface"))
        self._label = system.label
        self._transport = Transport(system, self._interface.answers, calls_per_second=self._interface.calls_per_second)
        self._session = Session(system, self._interface.authentication, self._transport)
        self.tier: Tier = self._interface.tier
        self.limits = Limits(page_size=self._interface.page_cap, per_second=self._interface.calls_per_second)
        self.entity_types: Collection[str] = tuple(self._interface.entity_types)

    def describe(self, entity_type: str) -> RemoteEntity | None:
        how = self._type(entity_type).description
        if how is None:
            return None
        found = self._read(how.call, {}).at(how.attributes)
        if not isinstance(found, list):
            raise unclear("The description holds no list of attributes.")
        return RemoteEntity(entity_type, entity_type, tuple(_attribute(how, each) for each in found))

    def pull(self, entity_type: str, token: Token | None, limit: int) -> Page:
        remote = self._type(entity_type)
        how = self._has(remote.listing, "list", entity_type)
        progress = listing.Progress.of(token)
        time = self._interface.time
        values = listing.asked(how, progress, limit=min(limit, self.limits.page_size or limit), time=time)
        followed = progress.position if how.style is Style.LINK and isinstance(progress.position, str) else None
        answer = self._read(how.call, values) if followed is None else self._follow(how.call, followed)
        stamps = [_at(record, remote.changed_at) for record in listing.records_in(answer, how)]
        try:
            return listing.page_of(how, progress, answer, stamps=stamps, time=time)
        except ValueError as error:
            raise unclear("A record's time of change is not in the form that the interface says.") from error

    def rewind(self, token: Token, overlap: timedelta) -> Token:
        """A token in a form that the interface no longer says reads everything again."""
        since = token.get("since")
        try:
            return {} if since is None else {"since": self._interface.time.earlier(since, overlap)}
        except ValueError:
            return {}

    def push(self, message: Outgoing) -> Receipt:
        remote = self._type(message.entity_type)
        return self._create(remote, message) if message.remote_key is None else self._update(remote, message)

    def erase(self, message: Outgoing) -> Receipt:
        remote = self._type(message.entity_type)
        self._has(remote.erase, "erase", message.entity_type)
        key = message.remote_key or ""
        try:
            values = self._known(remote, message, remote.erase)
            self._write_all(remote.erase, values, message)
        except DeliveryError as error:
            if error.outcome is Outcome.GONE:
                return Receipt(Outcome.UNCHANGED, key, status_code=error.status_code)
            raise
        return Receipt(Outcome.UPDATED, key)

    def read_back(self, entity_type: str, key: str) -> Held | None:
        remote = self._type(entity_type)
        return self._look_up(remote, self._has(remote.read, "read", entity_type), {"key": key})

    def find_by_hub_key(self, entity_type: str, hub_key: str) -> Held | None:
        remote = self._type(entity_type)
        found = self._look_up(remote, self._has(remote.find, "find", entity_type), {"hub_key": hub_key})
        # A system that does not know the filter passes over it, and answers with whatever it has.
        if found is not None and str(_at(found.record, remote.hub_key)) != hub_key:
            raise DeliveryError(Outcome.REJECTED, f"{self._label} finds a record that keeps another key than ours.")
        return found

    def hub_key_of(self, record: Record) -> str | None:
        for remote in self._interface.entity_types.values():
            if (found := _at(record, remote.hub_key)) not in EMPTY:
                return str(found)
        return None

    def close(self) -> None:
        self._transport.close()

    def _create(self, remote: RemoteType, message: Outgoing) -> Receipt:
        how = self._has(remote.create, "create", message.entity_type)
        if self.tier is Tier.C and self.find_by_hub_key(message.entity_type, message.hub_key) is not None:
            raise DeliveryError(Outcome.CONFLICT, "The record is there already under our key.")
        values = _of(message)
        answer = self._write(how.calls[0], values, message)
        found = answer.at(how.key) if how.key else _last_step(answer.headers.get(how.key_header, ""))
        if found in EMPTY or isinstance(found, dict | list):
            raise unclear("The answer holds no key of the new record.", status=answer.status)
        values |= {"key": str(found), "answers": [answer.document]}
        self._write_all(how.calls[1:], values, message)
        return self._confirmed(remote, message, str(found), Outcome.CREATED, answer)

    def _update(self, remote: RemoteType, message: Outgoing) -> Receipt:
        self._has(remote.update, "update", message.entity_type)
        values = self._known(remote, message, remote.update)
        answer = self._write_all(remote.update, values, message)
        return self._confirmed(remote, message, str(message.remote_key), Outcome.UPDATED, answer)

    def _known(self, remote: RemoteType, message: Outgoing, calls: tuple[Call, ...]) -> dict[str, JsonValue]:
        """What the places of these calls may ask for; the record itself, just read, only where one of them does."""
        values = _of(message) | {"key": message.remote_key}
        if any(call.mentions("record") or call.mentions("remote_version") for call in calls):
            held = self.read_back(message.entity_type, str(message.remote_key))
            if held is None:
                raise DeliveryError(Outcome.GONE, "The record is not there any more.")
            values |= {"record": held.record, "remote_version": held.remote_version or None}
        return values

    def _confirmed(
        self, remote: RemoteType, message: Outgoing, key: str, outcome: Outcome, answer: Answer | None
    ) -> Receipt:
        """The receipt, once the record was read and says what was sent."""
        status = answer.status if answer else None
        if not message.body or remote.read is None or remote.verify is Verify.NONE:
            return Receipt(outcome, key, status_code=status)
        held = self.read_back(message.entity_type, key)
        if held is None:
            raise unclear("The record cannot be read after it was written.", status=status)
        if missing := dropped(message.body, held.record, verify=remote.verify):
            words = f"{self._label} said yes, but did not keep {', '.join(missing)}."
            raise DeliveryError(Outcome.REJECTED, words, status_code=status)
        return Receipt(outcome, key, held.remote_version, status)

    def _look_up(self, remote: RemoteType, how: Lookup, values: Values) -> Held | None:
        try:
            answer = self._read(how.call, values)
        except DeliveryError as error:
            if error.outcome is Outcome.GONE:
                return None
            raise
        found = answer.at(how.record)
        rows = found if isinstance(found, list) else [] if found in EMPTY else [found]
        if len(rows) > 1:
            keys = ", ".join(sorted(str(_at(row, remote.key)) for row in rows))
            raise DeliveryError(Outcome.AMBIGUOUS, f"Several records keep our key: {keys}.")
        if not rows:
            return None
        record = rows[0]
        if not isinstance(record, dict) or _at(record, remote.key) in EMPTY:
            raise unclear("The answer holds no record with a key.", status=answer.status)
        token = _at(record, remote.version) or answer.headers.get(remote.version_header or "-", "")
        return Held(str(_at(record, remote.key)), record, str(token))

    def _write_all(self, calls: tuple[Call, ...], values: dict[str, JsonValue], message: Outgoing) -> Answer | None:
        """The last answer; what each one answered is known to those after it."""
        answer = None
        for call in calls:
            wanted = all(place.read(values) not in EMPTY for place in call.only_if)
            if wanted and (call.unless is None or call.unless.read(values) in EMPTY):
                answer = self._write(call, values, message)
                values["answers"] = [*values.get("answers", []), answer.document]
        return answer

    def _write(self, call: Call, values: Values, message: Outgoing) -> Answer:
        return self._exchange(Request.of(call, values), hidden=tuple(_texts_in(message.body)), writes=True)

    def _read(self, call: Call, values: Values) -> Answer:
        return self._exchange(Request.of(call, values), hidden=(), writes=False)

    def _follow(self, call: Call, link: str) -> Answer:
        path = self._transport.within(link, path=str(call.path.raw))
        headers = Request.of(call, {}).headers
        return self._exchange(Request("GET", path, headers=headers), hidden=(), writes=False)

    def _exchange(self, request: Request, *, hidden: tuple[str, ...], writes: bool) -> Answer:
        """A token that was refused is renewed once."""
        proof = self._session.headers()
        try:
            return self._exchange_with(proof, request, hidden=hidden, writes=writes)
        except DeliveryError as error:
            if error.outcome is not Outcome.AUTH or not self._session.renew(proof):
                raise
        return self._exchange_with(self._session.headers(), request, hidden=hidden, writes=writes)

    def _exchange_with(
        self, proof: Mapping[str, str], request: Request, *, hidden: tuple[str, ...], writes: bool
    ) -> Answer:
        proven = replace(request, headers={**self._interface.headers, **request.headers, **proof})
        return self._transport.exchange(proven, hidden=(*hidden, *self._session.hidden()), writes=writes)

    def _type(self, entity_type: str) -> RemoteType:
        return self._has(self._interface.entity_types.get(entity_type), "interface", entity_type)

    def _has(self, part: Part | None, name: str, entity_type: str) -> Part:
        """Raises DeliveryError when the document does not say it."""
        if part is None or part == ():
            words = f"{self._label} has no {name} for {entity_type}; add it to its interface."
            raise DeliveryError(Outcome.REJECTED, words)
        return part


def _of(message: Outgoing) -> dict[str, JsonValue]:
    return {
        "hub_key": message.hub_key,
        "hub_version": message.version,
        "idempotency_key": message.idempotency_key,
        "correlation_id": str(message.correlation_id),
        "body": message.body,
    }


def _at(record: JsonValue, path: Path | None) -> JsonValue:
    """What stands there, None when nothing does."""
    found = path.read(record) if path else None
    return None if found is MISSING else found


def _last_step(address: str) -> str:
    """The key at the end of `/customers/17`, or in `/customers(17)`; the header `Location` is written so."""
    return unquote(urlsplit(address).path.rstrip("/").rpartition("/")[2].rpartition("(")[2].rstrip(")").strip("'"))


def _texts_in(body: JsonValue) -> Iterator[str]:
    if isinstance(body, Mapping):
        for value in body.values():
            yield from _texts_in(value)
    elif isinstance(body, list):
        for value in body:
            yield from _texts_in(value)
    elif body is not None and not isinstance(body, bool):
        yield str(body)


def _attribute(how: Description, told: JsonValue) -> RemoteAttribute:
    length, required, writable = (_at(told, path) for path in (how.length, how.required, how.writable))
    kind = _at(told, how.type)
    return RemoteAttribute(
        str(_at(told, how.name)),
        type=None if kind is None else str(kind),
        length=length if isinstance(length, int) else None,
        required=required if isinstance(required, bool) else None,
        writable=writable if isinstance(writable, bool) else None,
    )
