"""Parts of a request with places to fill in: `{{key}}`, `{{body.address.city}}`, `{{key|number}}`.

Forms: `number`, `text` (null is an empty one), and `or_empty`, an empty text where nothing is known.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Final

from mdm.entity_types import JsonValue
from mdm.mapping.paths import MISSING, Path, parse_path
from sync.connectors.rest import path_step

_PLACE = re.compile(r"\{\{\s*(?P<path>[^{}|]+?)\s*(?:\|\s*(?P<form>\w+)\s*)?\}\}")
_FORMS = ("text", "number", "or_empty")
Values = Mapping[str, JsonValue]


class _LeftOut(Enum):
    LEFT_OUT = "left out"


LEFT_OUT: Final = _LeftOut.LEFT_OUT


@dataclass(frozen=True, slots=True)
class Template:
    """JSON whose texts may hold places. `names` are the values that it asks for."""

    raw: JsonValue = None
    names: frozenset[str] = field(default_factory=frozenset)

    def fill(self, values: Values) -> JsonValue:
        """The JSON with every place filled in; what asks for an unknown value is left out, None when all of it does.

        A text that is one place takes the value as it is, null too; among other text the value is written as text. An
        object or list of which nothing is left is left out itself.
        """
        filled = _filled(self.raw, values)
        return None if filled is LEFT_OUT else filled

    def fill_path(self, values: Values) -> str:
        """As a path: each value is one step, wherever it came from. Raises DeliveryError, ValueError."""

        def step(place: re.Match[str]) -> str:
            value = _value(place, values)
            if value is LEFT_OUT or value is None:
                raise ValueError(f"the path needs {place['path']}")
            return path_step(_text(value))

        return _PLACE.sub(step, str(self.raw))


def parse_template(raw: JsonValue) -> Template:
    """Raises ValueError for a place that cannot be read."""
    return Template(raw, frozenset(_names(raw)))


def _names(raw: JsonValue) -> set[str]:
    if isinstance(raw, Mapping):
        return set().union(*(_names(value) for value in raw.values()))
    if isinstance(raw, list):
        return set().union(*(_names(value) for value in raw))
    if not isinstance(raw, str):
        return set()
    if "{{" in _PLACE.sub("", raw):
        raise ValueError("has a place that is not closed or not written like {{body.name}}")
    for place in _PLACE.finditer(raw):
        if place["form"] not in {None, *_FORMS}:
            raise ValueError(f"has a place of a form that is none of {', '.join(_FORMS)}")
    return {str(parse_path(place["path"]).steps[0]) for place in _PLACE.finditer(raw)}


def _filled(raw: JsonValue, values: Values) -> JsonValue | _LeftOut:
    if isinstance(raw, Mapping):
        members = {name: _filled(value, values) for name, value in raw.items()}
        kept = {name: value for name, value in members.items() if value is not LEFT_OUT}
        return kept if kept or not raw else LEFT_OUT
    if isinstance(raw, list):
        items = [value for each in raw if (value := _filled(each, values)) is not LEFT_OUT]
        return items if items or not raw else LEFT_OUT
    if not isinstance(raw, str):
        return raw
    if whole := _PLACE.fullmatch(raw):
        return _value(whole, values)
    found = [_value(place, values) for place in _PLACE.finditer(raw)]
    if any(value is LEFT_OUT for value in found):
        return LEFT_OUT
    texts = iter(found)
    return _PLACE.sub(lambda _: _text(next(texts)), raw)


def _value(place: re.Match[str], values: Values) -> JsonValue | _LeftOut:
    value, form = _path(place["path"]).read(values), place["form"]
    if value is MISSING:
        return "" if form == "or_empty" else LEFT_OUT
    if form is None:
        return value
    if form == "number":
        return None if value is None else _number(value)
    return "" if value is None else value if form == "or_empty" else _text(value)


@cache
def _path(text: str) -> Path:
    return parse_path(text)


def _text(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _number(value: JsonValue) -> int | float:
    text = str(value)
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def texts_of(filled: JsonValue) -> dict[str, str]:
    """The members of a filled template that hold a value, as texts: for headers, queries and forms."""
    members = filled if isinstance(filled, dict) else {}
    return {name: _text(value) for name, value in members.items() if value is not None}
