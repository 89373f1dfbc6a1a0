"""Test double of the ERP. Tier B: it knows no idempotency keys and no versions, only upserts by external id."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.targets.base import Reply, Request, json_reply, run
from tests.targets.erp_objects import ERP_OBJECTS
from tests.targets.objects import RemoteObject
from tests.targets.pages import pages_of
from tests.targets.reading import BadQuery, page_of
from tests.targets.store import Held, Store, Write, hash_of
from tests.targets.writing import parsed_body, whole_number


class Refused(Exception):
    """The ERP refuses a request; `field_name` is the property it complains about."""

    def __init__(self, status: int, code: str, text: str, *, field_name: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.text = text
        self.field_name = field_name


def erp_time(at: datetime) -> str:
    """A time as the ERP writes it: 17 digits, UTC, milliseconds at the end."""
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S}{at.microsecond // 1000:03d}"


def error(status: int, code: str, text: str, *, field_name: str = "") -> Reply:
    """An error in the form of an OData service."""
    detail = {"code": code, "message": text, "propertyref": field_name, "severity": "error"}
    return json_reply(
        status,
        {
            "error": {
                "code": code,
                "message": {"lang": "en", "value": text},
                "innererror": {"transactionid": "", "errordetails": [detail]},
            }
        },
    )


class Erp:
    """Business partners, materials, ship-to parties and price conditions behind an SAP-like API."""

    name = "ERP"
    root: tuple[str, ...] = ("api",)
    kinds: Mapping[str, RemoteObject] = ERP_OBJECTS

    def __init__(self, data: Path) -> None:
        self.store = Store(data / "erp.sqlite3", time_form=erp_time)

    def refuse(self, status: int, *, code: str, text: str) -> Reply:
        """An error that is not about a record."""
        return error(status, f"GW/{code}", text)

    def answer(self, request: Request) -> Reply:
        """Answer a call under `api`."""
        try:
            return self._routed(request)
        except Refused as refusal:
            return error(refusal.status, refusal.code, refusal.text, field_name=refusal.field_name)
        except BadQuery as bad:
            return error(400, "GW/001", str(bad))

    def edit(self, kind: RemoteObject, *, key: str, name: str, value: str) -> bool:
        """Change one field by hand."""
        write = Write("person", "EDIT", kind.name, {name: value}, hash_of(value.encode()))
        with self.store.changing():
            held = self.store.get(kind.name, key=key)
            if held is None:
                return False
            try:
                self._check(kind, write.body, held=held)
            except Refused:
                return False
            self.store.apply(write, kind=kind, key=key, held=held)
            self.store.log(write, key=key, status=200, outcome="applied")
        return True

    def _routed(self, request: Request) -> Reply:
        kind = self.kinds.get(request.path[0]) if request.path else None
        if kind is None:
            raise Refused(404, "GW/404", "Resource not found for the segment")
        match request.method, request.path[1:]:
            case "GET", () if "external_id" in request.query:
                found = self.store.by_external_id(kind.name, external_id=request.query["external_id"])
                return json_reply(200, {"records": [found.body] if found else [], "next": None})
            case "GET", ():
                return page_of(self.store, kind, request, since_name="changed_since")
            case "GET", (key,):
                return self._metadata(kind) if key == "$metadata" else self._shown(self._existing(kind, key))
            case "POST", ():
                return self._post(kind, request)
            case "DELETE", (key,):
                return self._delete(kind, key, request)
            case "PUT", (key,):
                return self._put(kind, key, request)
        raise Refused(405, "GW/405", "Method not allowed")

    def _shown(self, held: Held) -> Reply:
        return json_reply(200, held.body, headers={"ETag": held.etag})

    def _metadata(self, kind: RemoteObject) -> Reply:
        """The properties of a set, in the words of an OData service's metadata."""
        properties = [
            {
                "Name": name,
                "Type": "Collection(Edm.ComplexType)" if name in kind.nested else "Edm.String",
                "MaxLength": kind.longest(name),
                "Nullable": kind.titles != (name,),
                "sap:updatable": name not in kind.read_only,
            }
            for name in (*kind.fields, kind.external_id)
        ]
        return json_reply(200, {"Name": kind.name, "Property": properties})

    def _existing(self, kind: RemoteObject, key: str) -> Held:
        held = self.store.get(kind.name, key=key)
        if held is None:
            raise Refused(404, "R11/101", f"{kind.name}: the record does not exist")
        return held

    def _post(self, kind: RemoteObject, request: Request) -> Reply:
        """Create under the next number, or update the record that has this external id already."""
        write = self._write_of(kind, request)
        with self.store.changing():
            external_id = write.body.get(kind.external_id)
            held = self.store.by_external_id(kind.name, external_id=str(external_id)) if external_id else None
            return self._upserted(write, kind=kind, key=held.key if held else None, held=held)

    def _put(self, kind: RemoteObject, key: str, request: Request) -> Reply:
        """Merge into the record of this number, or create it under this number."""
        write = self._write_of(kind, request)
        with self.store.changing():
            return self._upserted(write, kind=kind, key=key, held=self.store.get(kind.name, key=key))

    def _upserted(self, write: Write, *, kind: RemoteObject, key: str | None, held: Held | None) -> Reply:
        try:
            self._check_record(kind, key=key, held=held)
            self._check(kind, write.body, held=held)
            self._check_unique(kind, write.body, own_key=key)
        except Refused as refusal:
            self.store.log(write, key=key or "", status=refusal.status, outcome="refused")
            return error(refusal.status, refusal.code, refusal.text, field_name=refusal.field_name)
        number = key or str(int(kind.key_form) + self.store.next_serial()).zfill(len(kind.key_form))
        now = self.store.apply(write, kind=kind, key=number, held=held)
        status = 200 if held else 201
        self.store.log(write, key=number, status=status, outcome="applied")
        headers = {"ETag": now.etag, "Location": f"/api/{kind.name}/{number}"}
        return replace(json_reply(status, now.body, headers=headers), applied=True)

    def _delete(self, kind: RemoteObject, key: str, request: Request) -> Reply:
        """For good: what is asked to be forgotten leaves no mark of deletion."""
        with self.store.changing():
            self._existing(kind, key)
            self.store.delete(kind.name, key=key)
            self.store.log(self._write_of(kind, request), key=key, status=204, outcome="applied")
        return Reply(204, applied=True)

    def _write_of(self, kind: RemoteObject, request: Request) -> Write:
        body = parsed_body(request)
        if body is None:
            raise Refused(400, "GW/400", "The body must be a JSON object")
        return Write(
            sender="hub",
            method=request.method,
            object=kind.name,
            body=body,
            body_hash=hash_of(request.body),
            idempotency_key=request.headers.get("idempotency-key"),
            hub_record=request.headers.get("x-hub-record"),
            hub_version=whole_number(request.headers.get("x-hub-version", "")),
        )

    def _check_record(self, kind: RemoteObject, *, key: str | None, held: Held | None) -> None:
        if held is None and key is not None and (not key.isdigit() or len(key) != len(kind.key_form)):
            raise Refused(400, "R11/006", f"A number has {len(kind.key_form)} digits", field_name=kind.key)
        if held is not None and kind.is_deleted(held.body):
            raise Refused(404, "R11/107", "The record is marked for deletion")

    def _check(self, kind: RemoteObject, body: dict[str, Any], *, held: Held | None) -> None:
        if unknown := kind.unknown_fields(body):
            raise Refused(400, "GW/110", f"Property '{unknown[0]}' is invalid", field_name=unknown[0])
        if read_only := sorted(body.keys() & kind.read_only):
            raise Refused(400, "GW/111", f"Property '{read_only[0]}' cannot be written", field_name=read_only[0])
        plain = {name: value for name, value in body.items() if name not in kind.nested}
        not_text = sorted(name for name, value in plain.items() if not isinstance(value, str))
        if bad := not_text or kind.misshapen_fields(body):
            raise Refused(400, "R11/124", f"Value of '{bad[0]}' is not valid", field_name=bad[0])
        if not kind.title((held.body if held else {}) | body):
            raise Refused(400, "R11/401", "Enter a name", field_name=kind.titles[0])
        for name, target in kind.references.items():
            if body.get(name) and not self.store.get(target, key=str(body[name])):
                raise Refused(400, "R11/302", f"The record named in '{name}' does not exist", field_name=name)

    def _check_unique(self, kind: RemoteObject, body: dict[str, Any], *, own_key: str | None) -> None:
        if not (value := body.get(kind.external_id)):
            return
        other = self.store.by_external_id(kind.name, external_id=str(value))
        if other and other.key != own_key:
            text = f"The external id belongs to record {other.key}"
            raise Refused(409, "R11/229", text, field_name=kind.external_id)


if __name__ == "__main__":
    run(Erp, pages_of)
