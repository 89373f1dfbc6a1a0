"""The pages on which a person sees a test double's records, the hub's writes arrive, and can change a field."""

import json
from collections.abc import Callable
from urllib.parse import quote

from tests.targets.base import Reply, Request, System
from tests.targets.markup import Markup, document, element, joined
from tests.targets.objects import RemoteObject
from tests.targets.store import Held, Logged

_HTML = "text/html; charset=utf-8"
_ROWS = 50


def pages_of(system: System) -> Callable[[Request], Reply]:
    """The pages of one system: `/`, `/{object}`, `/{object}/{key}` and the edit form's door."""
    return _Pages(system).answer


class _Pages:
    def __init__(self, system: System) -> None:
        self._system = system

    def answer(self, request: Request) -> Reply:
        """Answer a browser."""
        kind = self._system.kinds.get(request.path[0]) if request.path else None
        match request.method, request.path:
            case "GET", ():
                return self._home()
            case "GET", (_,) if kind:
                return self._list(kind, text=request.query.get("q", ""))
            case "GET", (_, key) if kind:
                return self._record(kind, key=key, note=request.query.get("note", ""))
            case "POST", (_, key, "edit") if kind:
                return self._edit(kind, key=key, form=request.form())
        return self._page(404, "Not found", element("p", "There is no such page."))

    def _home(self) -> Reply:
        rows = [
            element("tr", _cell(_link(kind.name, f"/{kind.name}")), _cell(f"{self._system.store.count(kind.name):,}"))
            for kind in self._system.kinds.values()
        ]
        return self._page(
            200,
            "Records",
            _table(("Object", "Records"), rows),
            element("h2", "Last writes"),
            self._writes(self._system.store.writes(limit=25)),
            refresh_seconds=5,
        )

    def _list(self, kind: RemoteObject, *, text: str) -> Reply:
        found = self._system.store.search(kind.name, text=text, limit=_ROWS)
        rows = [
            element("tr", _cell(_record_link(held)), _cell(held.title or "(no name)"), _cell(held.modified))
            for held in found
        ]
        search = element(
            "form",
            element("label", "Search", for_="q"),
            element("input", id="q", name="q", type="search", value=text),
            element("button", "Find"),
            method="get",
            action=f"/{kind.name}",
            role="search",
        )
        shown = f"{len(found)} shown of {self._system.store.count(kind.name):,}, last changed first"
        return self._page(200, kind.name, search, element("p", shown), _table(("Key", "Name", "Modified"), rows))

    def _record(self, kind: RemoteObject, *, key: str, note: str) -> Reply:
        held = self._system.store.get(kind.name, key=key)
        if held is None:
            return self._page(404, "Not found", element("p", "There is no such record."))
        writes = self._system.store.writes(kind=kind.name, key=key)
        notes = {
            "saved": "Saved. The hub sees it at its next pull.",
            "refused": "Refused: this field does not take that value.",
        }
        return self._page(
            200,
            held.title or key,
            element("p", notes[note], class_="note", role="status") if note in notes else "",
            element("p", f"{kind.name} {key}, modified {held.modified}, state {held.version}", class_="quiet"),
            _fields(held, writes=writes),
            element("h2", "Change a field"),
            _edit_form(kind, held),
            element("h2", "Last writes to this record"),
            self._writes(writes),
        )

    def _edit(self, kind: RemoteObject, *, key: str, form: dict[str, str]) -> Reply:
        name = form.get("field", "")
        allowed = name in kind.fields and name not in kind.read_only | kind.nested
        saved = allowed and self._system.edit(kind, key=key, name=name, value=form.get("value", ""))
        place = f"/{quote(kind.name)}/{quote(key)}?note={'saved' if saved else 'refused'}"
        return Reply(303, headers={"Location": place}, content_type=_HTML)

    def _writes(self, writes: list[Logged]) -> Markup:
        if not writes:
            return element("p", "None yet.", class_="quiet")
        rows = [
            element(
                "tr",
                _cell(element("span", _clock(write.at), class_="mark")),
                _cell(write.sender),
                _cell(element("span", f"{write.method} {write.status}", class_="mark")),
                _cell(write.outcome),
                _cell(_link(f"{write.object} {write.key}", f"/{quote(write.object)}/{quote(write.key)}")),
                _cell("" if write.hub_version is None else str(write.hub_version)),
                _cell(", ".join(write.fields)),
                class_=f"{write.sender} {write.outcome}",
            )
            for write in writes
        ]
        return _table(("Time (UTC)", "From", "Request", "Outcome", "Record", "Hub version", "Fields"), rows)

    def _page(self, status: int, title: str, *body: str, refresh_seconds: int | None = None) -> Reply:
        name = self._system.name
        links = [_link(name, "/"), *(_link(kind, f"/{kind}") for kind in self._system.kinds)]
        page = document(
            f"{title} · {name}",
            element("header", element("nav", *links), element("p", f"Demo {name}, a test double", class_="quiet")),
            element("main", element("h1", title), *body),
            refresh_seconds=refresh_seconds,
        )
        return Reply(status, page, _HTML)


def _fields(held: Held, *, writes: list[Logged]) -> Markup:
    """The record's fields; each one that was written carries who wrote it last, and when."""
    last: dict[str, Logged] = {}
    for write in reversed(writes):
        if write.outcome == "applied":
            last |= dict.fromkeys(write.fields, write)
    rows = [
        element(
            "tr",
            element("th", name, scope="row"),
            _cell(_shown(value)),
            _cell(_mark(last[name])) if name in last else _cell(""),
            class_="touched" if name in last else "",
        )
        for name, value in held.body.items()
    ]
    return _table(("Field", "Value", "Last write"), rows)


def _mark(write: Logged) -> Markup:
    whose = {"hub": "from the hub", "person": "by hand"}[write.sender]
    return element("span", f"{whose}, {_clock(write.at)}", class_="mark")


def _clock(at: str) -> str:
    """A time of the log as people read it, UTC."""
    return at.replace("T", " ").removesuffix("+00:00")


def _shown(value: object) -> str:
    if value is None or value == "":
        return element("span", "empty", class_="quiet")
    if isinstance(value, list | dict):
        return element("pre", json.dumps(value, indent=2, ensure_ascii=False))
    return str(value)


def _edit_form(kind: RemoteObject, held: Held) -> Markup:
    names = [name for name in held.body if name in kind.fields and name not in kind.read_only | kind.nested]
    return element(
        "form",
        element("label", "Field", for_="field"),
        element("select", *(element("option", name) for name in names), id="field", name="field"),
        element("label", "New value", for_="value"),
        element("input", id="value", name="value", type="text", autocomplete="off"),
        element("button", "Save"),
        method="post",
        action=f"/{quote(held.object)}/{quote(held.key)}/edit",
    )


def _table(heads: tuple[str, ...], rows: list[Markup]) -> Markup:
    head = element("tr", *(element("th", text, scope="col") for text in heads))
    table = element("table", element("thead", head), element("tbody", joined(*rows)))
    return element("div", table, class_="wide")


def _cell(content: str) -> Markup:
    return element("td", content)


def _link(text: str, place: str) -> Markup:
    return element("a", text, href=place)


def _record_link(held: Held) -> Markup:
    return _link(held.key, f"/{quote(held.object)}/{quote(held.key)}")
