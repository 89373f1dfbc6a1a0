"""Test double of the CRM. Tier A: an idempotency key is honored, an older version of the hub is refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.targets.base import Reply, Request, json_reply, run
from tests.targets.crm_objects import CRM_OBJECTS, crm_id
from tests.targets.objects import RemoteObject
from tests.targets.pages import pages_of
from tests.targets.reading import BadQuery, page_of
from tests.targets.store import Answer, Held, Store, Write, hash_of
from tests.targets.writing import parsed_body, whole_number

_API = ("services", "data", "v62.0", "sobjects")


class Refused(Exception):
    """The CRM refuses a request."""

    def __init__(self, status: int, code: str, text: str, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.status = status
        self.document = [{"message": text, "errorCode": code, "fields": list(fields)}]


def crm_time(at: datetime) -> str:
    """A time in the form of the API."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


class Crm:
    """Accounts, products, ship-tos and contracts behind a Salesforce-like API."""

    name = "CRM"
    root: tuple[str, ...] = _API
    kinds: Mapping[str, RemoteObject] = CRM_OBJECTS

    def __init__(self, data: Path) -> None:
        self.store = Store(data / "crm.sqlite3", time_form=crm_time)

    def refuse(self, status: int, *, code: str, text: str) -> Reply:
        """An error as the CRM writes it: always a list."""
        return json_reply(status, [{"message": text, "errorCode": code, "fields": []}])

    def answer(self, request: Request) -> Reply:
        """Answer a call under `sobjects`."""
        try:
            return self._routed(request)
        except Refused as refusal:
            return json_reply(refusal.status, refusal.document)
        except BadQuery as bad:
            return self.refuse(400, code="MALFORMED_QUERY", text=str(bad))

    def edit(self, kind: RemoteObject, *, key: str, name: str, value: str) -> bool:
        """Change one field by hand."""
        body: dict[str, Any] = {name: typed(value)}
        write = Write("person", "EDIT", kind.name, body, hash_of(value.encode()))
        with self.store.changing():
            held = self.store.get(kind.name, key=key)
            if held is None:
                return False
            try:
                self._check_fields(kind, body, creating=False)
            except Refused:
                return False
            self.store.apply(write, kind=kind, key=key, held=held)
            self.store.log(write, key=key, status=200, outcome="applied")
        return True

    def _routed(self, request: Request) -> Reply:
        kind = self.kinds.get(request.path[0]) if request.path else None
        if kind is None:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        match request.method, request.path[1:]:
            case "GET", ():
                return page_of(self.store, kind, request, since_name="modified_since")
            case "POST", ():
                return self._create(kind, request)
            case "GET", (key,):
                return (
                    json_reply(200, _description(kind)) if key == "describe" else self._shown(self._existing(kind, key))
                )
            case "GET", (name, value) if name == kind.external_id:
                found = self.store.by_external_id(kind.name, external_id=value)
                if found is None:
                    raise Refused(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible")
                return self._shown(found)
            case "DELETE", (key,):
                return self._delete(kind, key, request)
            case "PATCH", (key,):
                return self._update(kind, key, request)
        raise Refused(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed")

    def _shown(self, held: Held) -> Reply:
        headers = {"ETag": held.etag}
        if held.hub_version is not None:
            headers["X-Hub-Version"] = str(held.hub_version)
        return json_reply(200, held.body, headers=headers)

    def _existing(self, kind: RemoteObject, key: str) -> Held:
        held = self.store.get(kind.name, key=key)
        if held is None:
            raise Refused(404, "NOT_FOUND", "Provided record id does not exist")
        return held

    def _create(self, kind: RemoteObject, request: Request) -> Reply:
        write = self._write_of(kind, request)
        asked = f"POST {kind.name} {write.body_hash}"
        with self.store.changing():
            if replay := self._replayed(write, asked=asked):
                return replay
            try:
                self._check_fields(kind, write.body, creating=True)
                self._check_unique(kind, write.body, own_key=None)
            except Refused as refusal:
                return self._noted_refusal(write, refusal, key="")
            key = crm_id(kind.key_form, serial=self.store.next_serial())
            return self._applied(write, kind=kind, key=key, held=None, asked=asked, status=201)

    def _update(self, kind: RemoteObject, key: str, request: Request) -> Reply:
        write = self._write_of(kind, request)
        asked = f"PATCH {kind.name} {key} {write.body_hash}"
        with self.store.changing():
            if replay := self._replayed(write, asked=asked, key=key):
                return replay
            try:
                held = self._existing(kind, key)
                self._check_guards(kind, held, write, if_match=request.headers.get("if-match"))
                self._check_fields(kind, write.body, creating=False)
                self._check_unique(kind, write.body, own_key=key)
            except Refused as refusal:
                return self._noted_refusal(write, refusal, key=key)
            return self._applied(write, kind=kind, key=key, held=held, asked=asked, status=200)

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
            raise Refused(400, "JSON_PARSER_ERROR", "The body must be a JSON object")
        version = request.headers.get("x-hub-version")
        if version is not None and whole_number(version) is None:
            raise Refused(400, "INVALID_HEADER", "X-Hub-Version must be a whole number")
        return Write(
            sender="hub",
            method=request.method,
            object=kind.name,
            body=body,
            body_hash=hash_of(request.body),
            idempotency_key=request.headers.get("idempotency-key"),
            hub_record=request.headers.get("x-hub-record"),
            hub_version=whole_number(version) if version else None,
        )

    def _replayed(self, write: Write, *, asked: str, key: str = "") -> Reply | None:
        """The stored answer when this idempotency key was seen before; 422 when it was for something else."""
        if not write.idempotency_key or not (stored := self.store.answer_for(write.idempotency_key)):
            return None
        if stored.asked != asked:
            text = "This Idempotency-Key was used for another request"
            return self._noted_refusal(write, Refused(422, "IDEMPOTENCY_KEY_REUSED", text), key=key)
        self.store.log(write, key=stored.key, status=stored.status, outcome="replayed")
        return _confirmation(stored, replayed=True)

    def _noted_refusal(self, write: Write, refusal: Refused, *, key: str) -> Reply:
        self.store.log(write, key=key, status=refusal.status, outcome="refused")
        return json_reply(refusal.status, refusal.document)

    def _applied(
        self, write: Write, *, kind: RemoteObject, key: str, held: Held | None, asked: str, status: int
    ) -> Reply:
        now = self.store.apply(write, kind=kind, key=key, held=held)
        answer = Answer(asked=asked, status=status, key=key, version=now.version)
        if write.idempotency_key:
            self.store.keep_answer(write.idempotency_key, answer=answer)
        self.store.log(write, key=key, status=status, outcome="applied")
        return _confirmation(answer, replayed=False)

    def _check_guards(self, kind: RemoteObject, held: Held, write: Write, *, if_match: str | None) -> None:
        if kind.is_deleted(held.body):
            raise Refused(404, "ENTITY_IS_DELETED", "entity is deleted")
        if if_match not in {None, "*", held.etag}:
            raise Refused(412, "PRECONDITION_FAILED", "The record has changed since this ETag")
        if write.hub_version is None or held.hub_version is None or write.hub_record != held.hub_record:
            return
        if write.hub_version <= held.hub_version:
            raise Refused(412, "STALE_HUB_VERSION", f"Version {held.hub_version} of the hub is already applied")

    def _check_fields(self, kind: RemoteObject, body: dict[str, Any], *, creating: bool) -> None:
        if unknown := kind.unknown_fields(body):
            raise Refused(400, "INVALID_FIELD", f"No such column on {kind.name}", fields=tuple(unknown))
        if read_only := sorted(body.keys() & kind.read_only):
            text = "Unable to create/update fields. Check the security settings of these fields"
            raise Refused(400, "INVALID_FIELD_FOR_INSERT_UPDATE", text, fields=tuple(read_only))
        if misshapen := kind.misshapen_fields(body):
            raise Refused(400, "INVALID_TYPE_ON_FIELD_IN_RECORD", "Value of the wrong form", fields=tuple(misshapen))
        name = kind.titles[0]
        if (creating or name in body) and not body.get(name):
            raise Refused(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{name}]", fields=(name,))
        for field_name, target in kind.references.items():
            if body.get(field_name) and not self.store.get(target, key=str(body[field_name])):
                text = f"invalid cross reference id on {field_name}"
                raise Refused(400, "INVALID_CROSS_REFERENCE_KEY", text, fields=(field_name,))

    def _check_unique(self, kind: RemoteObject, body: dict[str, Any], *, own_key: str | None) -> None:
        if not (value := body.get(kind.external_id)):
            return
        other = self.store.by_external_id(kind.name, external_id=str(value))
        if other and other.key != own_key:
            text = f"duplicate value found: {kind.external_id} duplicates value on record with id: {other.key}"
            raise Refused(400, "DUPLICATE_VALUE", text, fields=(kind.external_id,))


def _description(kind: RemoteObject) -> dict[str, Any]:
    """The fields of a kind, as the CRM's own describe call tells them."""
    return {"name": kind.name, "fields": [_field(kind, name) for name in (*kind.fields, kind.external_id)]}


def _field(kind: RemoteObject, name: str) -> dict[str, Any]:
    writable = name not in kind.read_only
    return {
        "name": name,
        "type": "complexvalue" if name in kind.nested else "reference" if name in kind.references else "string",
        "length": kind.longest(name) or 0,
        "nillable": name not in kind.titles,
        "defaultedOnCreate": name in kind.defaults,
        "createable": writable,
        "updateable": writable,
    }


def typed(text: str) -> Any:
    """A typed-in value as the CRM holds it."""
    named: dict[str, Any] = {"": None, "true": True, "false": False}
    return named.get(text, text)


def _confirmation(answer: Answer, *, replayed: bool) -> Reply:
    created = answer.status == 201
    headers = {"ETag": f'"v{answer.version}"'}
    if created:
        headers["Location"] = f"/{'/'.join(_API)}/{answer.asked.split(' ')[1]}/{answer.key}"
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    document = {"id": answer.key, "success": True, "created": created, "errors": []}
    return replace(json_reply(answer.status, document, headers=headers), applied=not replayed)


if __name__ == "__main__":
    run(Crm, pages_of)
