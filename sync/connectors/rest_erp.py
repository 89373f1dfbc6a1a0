"""The ERP's REST API: sets of records under their own numbers, upserts by `EXTERNAL_ID`."""

from datetime import datetime, timedelta
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

# Set → the properties that hold its number and the time of its last change.
_PROPERTIES = {
    "business_partners": ("BUSINESS_PARTNER", "CHANGED_AT"),
    "materials": ("MATNR", "CHANGED_AT"),
    "ship_to_parties": ("SHIP_TO_PARTY", "CHANGED_AT"),
    "price_conditions": ("ConditionContract", "ChangedAt"),
}
_TYPES = {"Edm.String": "text", "Collection(Edm.ComplexType)": "list"}
_OUTCOMES = {"R11/107": Outcome.GONE, "R11/006": Outcome.GONE, "R11/229": Outcome.CONFLICT}


@connectors.register("rest_erp")
class RestErp:
    """Tier B: no idempotency keys and no versions; creating again with a known `EXTERNAL_ID` updates that record.

    Settings: `paths` ending in the names of the sets, `timeout_seconds` (see RestClient), and the hub's own `creates`,
    `page_size`, `overlap_seconds`.
    """

    tier = Tier.B
    limits = Limits(page_size=2000)

    def __init__(self, system: SourceSystem) -> None:
        self._client = RestClient(system, explain=_explain)
        self.entity_types = self._client.entity_types

    def describe(self, entity_type: str) -> RemoteEntity | None:
        path = self._client.path(entity_type)
        answer = json_of(self._client.get(f"{path}/$metadata"))
        attributes = tuple(
            RemoteAttribute(
                str(told["Name"]),
                type=_TYPES.get(told["Type"], str(told["Type"])),
                length=told.get("MaxLength"),
                required=not told["Nullable"],
                writable=bool(told["sap:updatable"]),
            )
            for told in answer["Property"]
        )
        return RemoteEntity(entity_type, str(answer["Name"]), attributes)

    def pull(self, entity_type: str, token: Token | None, limit: int) -> Page:
        path = self._client.path(entity_type)
        params: dict[str, str | int] = {"limit": limit, **{name: str(value) for name, value in (token or {}).items()}}
        answer = json_of(self._client.get(path, params=params))
        records: list[dict[str, Any]] = answer["records"]
        number, changed = _properties(path)
        last = records[-1] if records else None
        reached = {"changed_since": last[changed], "after_key": last[number]} if last else None
        return Page(records, reached, more=answer.get("next") is not None)

    def rewind(self, token: Token, overlap: timedelta) -> Token:
        earlier = datetime.strptime(f"{token['changed_since']}+0000", "%Y%m%d%H%M%S%f%z") - overlap
        return {"changed_since": f"{earlier:%Y%m%d%H%M%S}{earlier.microsecond // 1000:03d}"}

    def push(self, message: Outgoing) -> Receipt:
        path = self._client.path(message.entity_type)
        number, _ = _properties(path)
        headers = {
            "Idempotency-Key": message.idempotency_key,
            "X-Hub-Record": message.hub_key,
            "X-Hub-Version": str(message.version),
        }
        if message.remote_key is None:
            body = {**message.body, "EXTERNAL_ID": message.hub_key}
            reply = self._client.write("POST", path, message=message, body=body, headers=headers)
        else:
            path = f"{path}/{path_step(message.remote_key)}"
            reply = self._client.write("PUT", path, message=message, body=message.body, headers=headers)
        outcome = Outcome.CREATED if reply.status_code == 201 else Outcome.UPDATED
        return Receipt(outcome, str(json_of(reply)[number]), reply.headers.get("ETag", ""), reply.status_code)

    def erase(self, message: Outgoing) -> Receipt:
        return self._client.erase(message)

    def read_back(self, entity_type: str, key: str) -> Held | None:
        path = self._client.path(entity_type)
        reply = self._client.get_or_none(f"{path}/{path_step(key)}")
        return None if reply is None else Held(key, json_of(reply), reply.headers.get("ETag", ""))

    def find_by_hub_key(self, entity_type: str, hub_key: str) -> Held | None:
        path = self._client.path(entity_type)
        found = json_of(self._client.get(path, params={"external_id": hub_key}))["records"]
        return Held(str(found[0][_properties(path)[0]]), found[0]) if found else None

    def hub_key_of(self, record: Record) -> str | None:
        return record.get("EXTERNAL_ID") or None

    def close(self) -> None:
        self._client.close()


def _properties(path: str) -> tuple[str, str]:
    return _PROPERTIES[path.rstrip("/").rpartition("/")[2]]


def _explain(reply: httpx.Response) -> tuple[Outcome | None, str]:
    """The ERP answers errors as an OData service does: {error: {code, message: {value}, innererror}}."""
    try:
        error = reply.json()["error"]
        code, text = str(error["code"]), str(error["message"]["value"])
    except (ValueError, LookupError, TypeError):
        return None, ""
    return _OUTCOMES.get(code), f"{code}: {text}"
