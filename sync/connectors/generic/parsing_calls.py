"""Reading calls, and the paths and templates that they are made of."""

import re
from collections.abc import Collection

from mdm.mapping.paths import Path, parse_path
from mdm.rules.reading import Reader
from sync.connectors.generic.documents import Call
from sync.connectors.generic.templates import Template, parse_template

WHOLE = "$"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_KEYS = ("method", "path", "query", "headers", "body", "form", "only_if", "unless")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def call_of(read: Reader, *, names: Collection[str], beside: Collection[str] = ()) -> Call:
    """The call in a section; `names` are the values that its places may ask for, `beside` the keys of others there."""
    read.known_keys((*_KEYS, *beside))
    headers = template_of(read, "headers", names=names)
    for name in headers.raw or {}:
        if not _HEADER.fullmatch(str(name)):
            read.section("headers").mistake(str(name), "is not the name of a header")
    return Call(
        method=read.one_of("method", _METHODS) if "method" in read else "GET",
        path=_request_path(read, names=names),
        query=template_of(read, "query", names=names),
        headers=headers,
        body=template_of(read, "body", names=names, is_object=False),
        form=read.flag("form", default=False),
        only_if=_known_places(read, "only_if", names=names),
        unless=next(iter(_known_places(read, "unless", names=names)), None),
    )


def path_of(read: Reader, key: str, *, required: bool = False) -> Path | None:
    """The path under `key`; `$` is the whole answer, None when it is absent."""
    if key not in read and not required:
        return None
    text = read.text(key)
    if text in {"", WHOLE}:
        return Path(())
    try:
        return parse_path(text)
    except ValueError as error:
        read.mistake(key, str(error))
        return Path(())


def template_of(read: Reader, key: str, *, names: Collection[str], is_object: bool = True) -> Template:
    """The template under `key`, empty when there is none."""
    if key not in read:
        return Template()
    raw = read.table(key) if is_object else read.value(key)
    try:
        template = parse_template(raw)
    except ValueError as error:
        read.mistake(key, str(error))
        return Template()
    for name in sorted(template.names - set(names)):
        read.mistake(key, f"asks for {name}; there is {', '.join(sorted(names))}")
    return template


def _request_path(read: Reader, *, names: Collection[str]) -> Template:
    text = read.text("path")
    # A path that could name another host, or climb out of the address, would take the proof along.
    if text and (not text.startswith("/") or text.startswith("//") or re.search(r"[\\?#\s]|(^|/)\.\.?(/|$)", text)):
        read.mistake("path", "must begin with one slash and have neither steps like .., nor a query")
    return template_of(read, "path", names=names, is_object=False) if text else Template("/")


def _known_places(read: Reader, key: str, *, names: Collection[str]) -> tuple[Path, ...]:
    """One path, or a list of them."""
    told = (read.text(key),) if isinstance(read.value(key), str) else read.names(key, required=False)
    places = []
    for text in told:
        try:
            place = parse_path(text)
        except ValueError as error:
            read.mistake(key, str(error))
            continue
        if place.steps[0] not in names:
            read.mistake(key, f"asks for {place.steps[0]}; there is {', '.join(sorted(names))}")
        places.append(place)
    return tuple(places)
