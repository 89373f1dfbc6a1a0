"""The CRM's REST API: objects under `sobjects`, idempotency keys, a guard against older versions of the hub."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from mdm.models import SourceSystem
from sync.connectors.base import (
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
from sync.connectors.rest import RestClient, json_of, path_step
from sync.outcomes import Outcome

_TIME = "%Y-%m-%dT%H:%M:%S.%f%z"
_TYPES = {"string": "text", "reference": "text", "datetime": "time", "double": "number", "complexvalue": "object"}
_OUTCOMES = {
    "ENTITY_IS_DELETED": Outcome.GONE,
    "UNABLE_TO_LOCK_ROW": Outcome.TRANSIENT,
    "REQUEST_LIMIT_EXCEEDED": Outcome.THROTTLED,
    "DUPLICATES_DETECTED": Outcome.AMBIGUOUS,
    "DUPLICATE_VALUE": Outcome.CONFLICT,  # our key is there already: look it up
}


@connectors.register("rest_crm")
class RestCrm:
    """Tier A: an `Idempotency-Key` is honored, an `X-Hub-Version` not above the last one of its record is refused.

    Settings: `paths`, `timeout_seconds` (see RestClient), `hub_key_field` (default `Golden_Id__c`; written on create),
    and the hub's own `creates`, `page_size`, `overlap_seconds`.
    """

    tier = Tier.A
    limits = Limits(page_size=2000)

    def __init__(self, system: SourceSystem) -> None:
        self._client = RestClient(system, explain=_explain)
        self.entity_types = self._client.entity_types
        self._hub_key_field = str(system.settings.get("hub_key_field", "Golden_Id__c"))

    def describe(self, entity_type: str) -> RemoteEntity | None:
        answer = json_of(self._client.get(f"{self._client.path(entity_type)}/describe"))
        return RemoteEntity(entity_type, str(answer["name"]), tuple(_attribute(each) for each in answer["fields"]))

    def pull(self, entity_type: str, token: Token | None, limit: int) -> Page:
        params: dict[str, str | int] = {"limit": limit, **{name: str(value) for name, value in (token or {}).items()}}
        answer = json_of(self._client.get(self._client.path(entity_type), params=params))
        records: list[dict[str, Any]] = answer["records"]
        last = records[-1] if records else None
        reached = {"modified_since": last["LastModifiedDate"], "after_key": last["Id"]} if last else None
        return Page(records, reached, more=answer.get("next") is not None)

    def rewind(self, token: Token, overlap: timedelta) -> Token:
        earlier = datetime.strptime(str(token["modified_since"]), _TIME).astimezone(UTC) - overlap
        return {"modified_since": f"{earlier:%Y-%m-%dT%H:%M:%S}.{earlier.microsecond // 1000:03d}+0000"}

    def push(self, message: Outgoing) -> Receipt:
        path = self._client.path(message.entity_type)
        headers = {"Idempotency-Key": message.idempotency_key, "X-Hub-Record": message.hub_key}
        if message.remote_key is None:
            body = {**message.body, self._hub_key_field: message.hub_key}
            headers["X-Hub-Version"] = str(message.version)
            reply = self._client.write("POST", path, message=message, body=body, headers=headers)
        else:
            path = f"{path}/{path_step(message.remote_key)}"
            headers |= self._guard(path, message)
            reply = self._client.write("PATCH", path, message=message, body=message.body, headers=headers)
        answer = json_of(reply)
        outcome = Outcome.CREATED if answer["created"] else Outcome.UPDATED
        return Receipt(outcome, str(answer["id"]), reply.headers.get("ETag", ""), reply.status_code)

    def erase(self, message: Outgoing) -> Receipt:
        return self._client.erase(message)

    def read_back(self, entity_type: str, key: str) -> Held | None:
        return _held(self._client.get_or_none(f"{self._client.path(entity_type)}/{path_step(key)}"))

    def find_by_hub_key(self, entity_type: str, hub_key: str) -> Held | None:
        path = f"{self._client.path(entity_type)}/{self._hub_key_field}/{path_step(hub_key)}"
        return _held(self._client.get_or_none(path))

    def hub_key_of(self, record: Record) -> str | None:
        return record.get(self._hub_key_field) or None

    def close(self) -> None:
        self._client.close()

    def _guard(self, path: str, message: Outgoing) -> dict[str, str]:
        """A version sent again is guarded by the state just read, since its number is no longer above the last."""
        if not message.again:
            return {"X-Hub-Version": str(message.version)}
        return {"If-Match": self._client.get(path).headers.get("ETag", "*")}


def _attribute(told: dict[str, Any]) -> RemoteAttribute:
    """A field that may be null, or is filled by the CRM itself, need not be sent."""
    writable = bool(told["createable"] and told["updateable"])
    return RemoteAttribute(
        str(told["name"]),
        type=_TYPES.get(told["type"], str(told["type"])),
        length=told["length"] or None,
        required=writable and not told["nillable"] and not told["defaultedOnCreate"],
        writable=writable,
    )


def _held(reply: httpx.Response | None) -> Held | None:
    if reply is None:
        return None
    record = json_of(reply)
    return Held(str(record["Id"]), record, reply.headers.get("ETag", ""))


def _explain(reply: httpx.Response) -> tuple[Outcome | None, str]:
    """The CRM answers errors with a list of {message, errorCode, fields}."""
    try:
        first = reply.json()[0]
        code, text, fields = str(first["errorCode"]), str(first["message"]), first.get("fields") or []
    except (ValueError, LookupError, TypeError):
        return None, ""
    named = f" ({', '.join(map(str, fields))})" if fields else ""
    return _OUTCOMES.get(code), f"{code}: {text}{named}"
